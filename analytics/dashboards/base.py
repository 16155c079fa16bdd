"""The port through which dashboards are shown.

Eight promises, held by tests/contracts/test_dashboards.py for every adapter:

1. `listed` gives the dashboards that the viewer may see, in the order of their names, and no others.
2. `embed` gives what opens one of them for this viewer: an address for a frame, which opens once, until `opens_until`,
   and whose session is over at `ends_at`; or no address, where the page draws the dashboard itself, without an end.
3. Two embeds never share an address, and no address stands where an embed is printed or logged.
4. What isn't listed isn't embedded: DashboardError (dashboard).
5. `refresh` begins to read the data anew, once for each token: asked again with the same one, it does nothing. It gives
   what it began.
6. `refreshes` gives the newest state of each data set behind the dashboards, in the order of their names.
7. A call has no other effect, except that a viewer may become known as a reader there.
8. Whatever fails is a DashboardError that names the check that failed, with a sentence in three parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Check(StrEnum):
    """What must be right before a dashboard is opened. What only the browser finds out stands in its own checks.js."""

    USER = "user"
    PLAN = "plan"
    PERMISSION = "permission"
    DASHBOARD = "dashboard"
    ROWS = "rows"
    SERVICE = "service"


class DashboardError(Exception):
    """A dashboard can't be shown or refreshed. The sentence has three parts: what happened, what holds, what to do."""

    def __init__(self, check: Check, sentence: str) -> None:
        super().__init__(sentence)
        self.check = check


@dataclass(frozen=True)
class Viewer:
    """Who looks: the name they sign in with, and their roles, which decide about rows where nobody is registered."""

    username: str
    email: str
    roles: frozenset[str]


@dataclass(frozen=True)
class Dashboard:
    """One dashboard. `about` is empty where nobody wrote it down."""

    id: str
    name: str
    about: str = ""


@dataclass(frozen=True)
class Embed:
    """What opens a dashboard. `domains` are the addresses whose pages may show the frame; empty isn't known here."""

    address: str = field(repr=False)
    opens_until: datetime | None = None
    ends_at: datetime | None = None
    domains: tuple[str, ...] = ()


class RefreshState(StrEnum):
    """DIRECT reads its tables each time, so that it is never behind; NEVER was never refreshed by anybody."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DIRECT = "direct"
    NEVER = "never"


@dataclass(frozen=True)
class Refresh:
    """The newest refresh of a data set, by the token that it was begun with. `message` says why it failed."""

    data_set: str
    name: str
    state: RefreshState
    token: str = ""
    began_at: datetime | None = None
    rows: int | None = None
    message: str = ""


class Dashboards(Protocol):
    """Where dashboards are. `frames_from` is the origin of the frames, "" where the page draws them itself."""

    frames_from: str

    def listed(self, viewer: Viewer) -> tuple[Dashboard, ...]: ...

    def embed(self, dashboard_id: str, *, viewer: Viewer, now: datetime) -> Embed: ...

    def refresh(self, token: str) -> Sequence[Refresh]: ...

    def refreshes(self) -> Sequence[Refresh]: ...
