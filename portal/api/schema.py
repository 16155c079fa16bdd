"""The API's description of itself: how it is signed in to."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer vdg_…`, with a token made on the profile page."""

    target_class = "portal.accounts.authentication.TokenAuthentication"
    # portal.openid's, which stands above this room, is one too.
    match_subclasses = True
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002 - the framework's
        return {"type": "http", "scheme": "bearer", "description": "A token from your profile page: vdg_…"}
