"""What a person may see, and the address that opens it for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.dashboards import registry
from analytics.dashboards.base import Dashboard, Embed, Viewer
from portal.accounts.models import User

# A session is renewed so long before its end: time for a few tries.
RENEWED_BEFORE = timedelta(minutes=2)


@dataclass(frozen=True)
class Opened:
    """An embed with our own clock of its session, in seconds from now: AWS tells of no end."""

    embed: Embed
    renew_in_s: float
    ends_in_s: float


def viewer(user: User) -> Viewer:
    """Will give the person as dashboards know them."""
    return Viewer(user.username, user.email, frozenset(role.value for role in user.roles))


def listed(user: User) -> tuple[Dashboard, ...]:
    """Will give the dashboards that a person may see. Raises DashboardError."""
    return registry.current().listed(viewer(user))


def open_frame(dashboard_id: str, *, user: User, now: datetime) -> Opened:
    """Will give what opens a dashboard in a frame, once. Raises DashboardError, and LookupError where none is."""
    embed = registry.current().embed(dashboard_id, viewer=viewer(user), now=now)
    if embed.ends_at is None:
        raise LookupError(f"{dashboard_id} is drawn by its page.")
    ends_in = embed.ends_at - now
    return Opened(embed, (ends_in - RENEWED_BEFORE).total_seconds(), ends_in.total_seconds())
