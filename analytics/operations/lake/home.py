"""Where this portal's snapshots are published; the only place where settings meet the account's lake."""

from typing import Any

from django.conf import settings

from analytics.operations.lake.base import Lake
from portal import aws

SESSION = "publish"


def configured() -> Lake | None:
    """Will give the account's lake, with the rights to publish in it; None where there is none."""
    configuration = settings.CONFIGURATION
    if not configuration.lake_bucket:
        return None
    access = aws.Access(
        configuration.lake_region, configuration.lake_role_arn, configuration.lake_external_id, session=SESSION
    )

    def client(service: str, *, may_repeat: bool = True) -> Any:
        return aws.client(service, access, may_repeat=may_repeat)

    return Lake(configuration.lake_bucket, client)
