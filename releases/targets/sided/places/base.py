"""What a two-sided target needs to know and do of what stands at a side."""

from dataclasses import dataclass
from typing import Protocol

from releases.rules.observation import Health
from releases.targets.base import Artifact


@dataclass(frozen=True)
class Standing:
    """How what stands at a side does; `is_failed` means that it will not come up any more by itself."""

    health: Health
    message: str = ""
    is_failed: bool = False
    log_tail: str = ""


ABSENT = Standing(Health.ABSENT)


class Place(Protocol):
    """One side. `outside_id` is what `bring` gave for the release that is on its way, or "" for what stands there.

    Every call may raise TargetError.
    """

    @property
    def preview_url(self) -> str: ...

    @property
    def pace(self) -> str: ...

    @property
    def call_limit_s(self) -> float: ...

    @property
    def start_limit_s(self) -> float: ...

    def look(self, outside_id: str) -> Standing: ...

    def bring(self, artifact: Artifact, token: str) -> str:
        """Will begin to bring a release to this side; the same token gives the same id and brings nothing twice."""
        ...

    def open(self, outside_id: str) -> None:
        """Will make the release the only one that answers here; raises, not permanent, until it is."""
        ...

    def drop(self, outside_id: str) -> None:
        """Will take away a release that is still on its way here; one that has arrived stays."""
        ...

    def revive(self) -> None:
        """Will start again what stands here; raises, not permanent, where that can't be done from here."""
        ...

    def foresee(self) -> str:
        """Will name what answers here, for people."""
        ...
