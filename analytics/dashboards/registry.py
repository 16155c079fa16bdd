"""Finds where dashboards are; the only place where settings meet dashboards."""

from functools import partial

from django.conf import settings

from analytics.dashboards.base import Dashboards
from analytics.dashboards.embedded import EmbeddedDashboards
from analytics.dashboards.quicksight import QuickSight, QuickSightConfig
from portal import aws


def current() -> Dashboards:
    """Will give QuickSight where a region is set, else the dashboards that the portal draws itself."""
    known = settings.CONFIGURATION
    if not known.quicksight_region:
        return EmbeddedDashboards()
    config = QuickSightConfig(
        region=known.quicksight_region,
        account=known.quicksight_account,
        dashboards=_several(known.quicksight_dashboards),
        frames_from=known.quicksight_frames or f"https://{known.quicksight_region}.quicksight.aws.amazon.com",
        namespace=known.quicksight_namespace,
        reader_role_arn=known.quicksight_reader_role_arn,
        may_register=known.quicksight_registers,
        is_anonymous=known.quicksight_identity == "anonymous",
        rows=known.quicksight_rows,
        domains=_several(known.quicksight_domains),
        session_minutes=known.quicksight_session_minutes,
    )
    access = aws.Access(known.quicksight_region, known.quicksight_role_arn, known.quicksight_external_id)
    return QuickSight(config, partial(aws.client, access=access))


def _several(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())
