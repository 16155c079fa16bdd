"""Signs machines in: `Authorization: Bearer vdg_…`."""

from datetime import datetime

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from portal import clock
from portal.accounts import tokens
from portal.accounts.models import Token, User

SCHEME = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """Will find the user and the token behind the header; `request.auth` is the Token."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        parts = get_authorization_header(request).decode("latin-1").split()
        if not parts or parts[0].lower() != SCHEME.lower():
            return None
        if len(parts) != 2:
            raise AuthenticationFailed("The header reads: Authorization: Bearer <token>.")
        token = self.find(parts[1], now=clock.now())
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired or withdrawn. Make a new one on your profile.")
        return token.owner, token

    def find(self, secret: str, *, now: datetime) -> Token | None:
        """Will give the valid token with this secret, or None."""
        return tokens.find(secret, now=now)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's signature
        return SCHEME
