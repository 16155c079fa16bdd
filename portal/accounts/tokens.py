"""Tokens: made, found again by their digest, withdrawn."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from portal.accounts.models import Token, User
from portal.accounts.permissions import Scope

PREFIX = "vdg_"
LONGEST = timedelta(days=366)
# How stale `used_at` may be: a busy token must not turn every read into a write.
USED_EVERY = timedelta(minutes=1)


class TokenError(ValueError):
    """The token can't be made as asked; the message says why."""


def make(*, owner: User, name: str, scopes: Iterable[Scope], valid_for: timedelta, now: datetime) -> tuple[Token, str]:
    """Will make a token and give it with its secret, which is kept nowhere.

    Raises TokenError for an empty name, no scope, or a life that is not between now and a year.
    """
    wanted = sorted(set(scopes))
    if not name.strip():
        raise TokenError("Give the token a name that says what uses it.")
    if not wanted:
        raise TokenError("Choose at least one scope.")
    if not timedelta(0) < valid_for <= LONGEST:
        raise TokenError("A token lives between a moment and a year.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        owner=owner,
        name=name.strip(),
        digest=_digest(secret),
        hint=f"{secret[:8]}…",
        scopes=[scope.value for scope in wanted],
        made_at=now,
        expires_at=now + valid_for,
    )
    return token, secret


def find(secret: str, *, now: datetime) -> Token | None:
    """Will give the valid token with this secret, or None; notes that it was used."""
    token = (
        Token.objects.select_related("owner").prefetch_related("owner__grants").filter(digest=_digest(secret)).first()
    )
    if token is None or not token.is_valid(now=now):
        return None
    if token.used_at is None or now - token.used_at > USED_EVERY:
        Token.objects.filter(pk=token.pk).update(used_at=now)
    return token


def withdraw(*, token_id: int, owner: User, now: datetime) -> bool:
    """Will make the owner's token useless from now on; False where there is no such token."""
    return bool(Token.objects.filter(pk=token_id, owner=owner, withdrawn_at=None).update(withdrawn_at=now))


def _digest(secret: str) -> str:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()
