"""Signs in who has an access token: the portal's API takes what a client was given, for as long as it counts."""

import hashlib
from datetime import datetime

from oauth2_provider.models import AccessToken

from portal.accounts.authentication import TokenAuthentication
from portal.accounts.models import Token
from portal.accounts.permissions import Scope
from portal.openid import keys

# What a notebook's own token may; a client is never given more, whatever it asks for.
SCOPES = (Scope.QUERY, Scope.READ)


class BearerAuthentication(TokenAuthentication):
    """Will know the portal's own tokens, and those that it gave out as an OpenID provider."""

    def find(self, secret: str, *, now: datetime) -> Token | None:
        return super().find(secret, now=now) or token_of(secret, now=now)


def token_of(secret: str, *, now: datetime) -> Token | None:
    """Will give what the access token allows, as a token that no row stands for; None where it allows nothing.

    A token that was asked for another resource (RFC 8707) is none of ours.
    """
    if not keys.is_on():
        return None
    checksum = hashlib.sha256(secret.encode()).hexdigest()
    found = AccessToken.objects.select_related("user", "application").filter(token_checksum=checksum).first()
    if found is None or found.user is None or found.application is None:
        return None
    if now >= found.expires or found.resource or not found.application.is_open_to(found.user):
        return None
    scopes = [scope.value for scope in SCOPES if scope in found.scope.split()]
    if not scopes:
        return None
    return Token(
        owner=found.user,
        name=found.application.name,
        scopes=scopes,
        made_at=found.created,
        expires_at=found.expires,
    )
