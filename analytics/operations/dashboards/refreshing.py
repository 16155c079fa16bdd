"""The data behind the dashboards is read anew when another snapshot comes to serve.

What AWS knows of a refresh is the record: its id begins with the snapshot that it was for, so the newest one tells
whether the copy is of what serves now. That holds after a rollback too.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from analytics.dashboards import registry
from analytics.dashboards.base import Check, DashboardError, Refresh, RefreshState
from analytics.operations import shelf
from analytics.operations.lake import home, serving
from analytics.operations.lake.base import LakeError
from analytics.operations.refusal import Refused
from analytics.rules.datasets.registry import COVID_CASES
from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.audit import ledger

SETTLED_S = 600


def follow(*, now: datetime) -> Sequence[Refresh]:
    """Will begin a refresh where the newest one was for another snapshot than serves. Raises DashboardError."""
    revision = _serving()
    there = registry.current()
    copied = [one for one in there.refreshes() if one.state is not RefreshState.DIRECT]
    if not revision or all(one.token.startswith(f"{revision}-") for one in copied):
        return ()
    # AWS's list may lag behind what was begun a minute ago: until the moment is another, so is no token.
    moment = int(now.timestamp() // SETTLED_S)
    return there.refresh(f"{revision}-{moment}")


def again(*, by: Actor, now: datetime) -> Sequence[Refresh]:
    """Will begin a refresh now, whatever was before. Raises Refused where `by` may not, and DashboardError."""
    if not by.may(Verb.BRING_DATA):
        raise Refused(
            "role", "Refreshing dashboards is for analysts and operators. Nothing was begun. Ask one of them."
        )
    begun = registry.current().refresh(f"{_serving() or 'nothing'}-asked-{int(now.timestamp())}")
    with transaction.atomic():
        names = ", ".join(one.name for one in begun) or "no data set is copied"
        ledger.append(ledger.Entry("refresh_dashboards", sentence=f"{names}."), by=by, now=now)
    return begun


def states() -> Sequence[Refresh]:
    """Will give the newest refresh of each data set. Raises DashboardError."""
    return registry.current().refreshes()


def _serving() -> str:
    """The snapshot that serves, in the account's lake where there is one; "" for none, or while it changes."""
    lake = home.configured()
    if lake is None:
        return shelf.serving(Path(settings.STATE_DIR), COVID_CASES)
    try:
        revision = serving.serving(lake, COVID_CASES)
    except LakeError as error:
        sentence = f"{error}. The dashboards go on with the copy that they have. It is looked at again by itself."
        raise DashboardError(Check.SERVICE, sentence) from None
    return "" if " " in revision else revision
