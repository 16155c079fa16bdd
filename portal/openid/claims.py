"""What a program learns of a person, and whose codes and tokens count."""

from collections.abc import Callable
from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request


class Validator(OAuth2Validator):
    """Will tell who somebody is, and let nobody in whom the client isn't open to (any more).

    `sub` is the number of the person's account, for good: names may change, and JupyterHub folds their case.
    """

    oidc_claim_scope = {**OAuth2Validator.oidc_claim_scope, "groups": "profile"}

    # Without a request: the library's other form, which the discovery document can list.
    def get_additional_claims(self) -> dict[str, Callable[[Request], Any]]:  # type: ignore[override]
        return {
            "preferred_username": lambda request: request.user.username,
            "name": lambda request: request.user.shown_name,
            "groups": lambda request: sorted(request.user.roles),
        }

    def validate_code(self, client_id: str, code: str, client: Any, request: Request, *args: Any, **kw: Any) -> bool:
        return super().validate_code(client_id, code, client, request, *args, **kw) and _is_open(request)

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Request, *args: Any, **kw: Any) -> bool:
        return super().validate_refresh_token(refresh_token, client, request, *args, **kw) and _is_open(request)

    def validate_bearer_token(self, token: str, scopes: list[str], request: Request) -> bool:
        # In an address it would stand in logs.
        is_header = "Authorization" in request.headers
        return is_header and super().validate_bearer_token(token, scopes, request) and _is_open(request)

    def validate_silent_login(self, request: Request) -> bool:  # noqa: ARG002 - the library's signature
        # Who isn't signed in is answered before the library asks (prompt=none).
        return True

    def validate_silent_authorization(self, request: Request) -> bool:  # noqa: ARG002 - the library's signature
        # Nobody is asked for consent.
        return True


def _is_open(request: Request) -> bool:
    return bool(request.client.is_open_to(request.user))
