"""System check: a key that can't sign is found when the portal starts."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from portal.openid import keys


@register(Tags.security)
def openid_key(**_: Any) -> Sequence[CheckMessage]:
    """Will refuse a key that can't sign ID tokens; none at all is no mistake."""
    problem = keys.problem_with(settings.OAUTH2_PROVIDER["OIDC_RSA_PRIVATE_KEY"]) if keys.is_on() else ""
    if not problem:
        return []
    return [
        Error(
            problem, hint="`manage.py openid key --print` makes one. Leave it out to be no provider.", id="portal.E007"
        )
    ]
