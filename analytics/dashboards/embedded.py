"""The dashboards that come along, drawn by the portal itself from the snapshot that serves: no AWS account is asked."""

from datetime import datetime

from analytics.dashboards.base import Check, Dashboard, DashboardError, Embed, Refresh, Viewer
from analytics.dashboards.ours import OURS


class EmbeddedDashboards:
    """Everybody who may read sees all of them, and all rows."""

    frames_from = ""

    def listed(self, viewer: Viewer) -> tuple[Dashboard, ...]:  # noqa: ARG002 - the port's
        """Will give all of them."""
        found = (Dashboard(one.id, one.name, one.about) for one in OURS.values())
        return tuple(sorted(found, key=lambda one: one.name))

    def embed(self, dashboard_id: str, *, viewer: Viewer, now: datetime) -> Embed:  # noqa: ARG002 - the port's
        """Will say that the page draws it. Raises DashboardError for one that there isn't."""
        if dashboard_id not in OURS:
            raise DashboardError(Check.DASHBOARD, f"There is no dashboard {dashboard_id}. {HOLDS} {ADVICE}")
        return Embed("")

    def refresh(self, token: str) -> tuple[Refresh, ...]:  # noqa: ARG002 - the port's
        """Will do nothing: each page reads the snapshot that serves."""
        return ()

    def refreshes(self) -> tuple[Refresh, ...]:
        """Will give none, for nothing is copied."""
        return ()


HOLDS = "Nothing was opened."
ADVICE = "Choose one from the list of dashboards."
