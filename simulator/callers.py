"""Who is behind an access key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import get_account_id_from
from moto.sts.models import sts_backends

# The names by which some services sign differ from botocore's names of them.
SIGNED_AS = {
    "monitoring": "cloudwatch",
    "elasticloadbalancing": "elbv2",
    "states": "stepfunctions",
    "email": "ses",
    "servicequotas": "service-quotas",
}
_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Signature:
    """What a signed request says of itself."""

    key: str
    region: str
    service: str

    @property
    def account(self) -> str:
        return str(get_account_id_from(self.key)) if self.key else DEFAULT_ACCOUNT_ID

    @property
    def caller(self) -> str:
        """The ARN of the role session, or of the account's root for a key that nobody assumed a role with."""
        role = sts_backends[self.account]["aws"].get_assumed_role_from_access_key(self.key)
        return str(role.arn) if role else f"arn:aws:iam::{self.account}:root"


def read(environ: Mapping[str, Any]) -> Signature | None:
    """Will read the signature of a request; None for one that isn't signed by a header."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if scope is None:
        return None
    key, region, service = scope.groups()
    return Signature(key, region, SIGNED_AS.get(service, service))
