"""What a notebook's code asks the data with: a token for an hour, in a file that only its person's fence shows."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from notebooks import fence
from notebooks.models import Server
from portal import runtime_paths
from portal.accounts import tokens
from portal.accounts.models import Token, User
from portal.accounts.permissions import Scope

NAME = "Notebook"
SCOPES = (Scope.QUERY, Scope.READ)
LIFE = timedelta(hours=1)


def folder(server: Server) -> Path:
    """Will give the folder of the server's slot."""
    return runtime_paths.notebook_folder(settings.STATE_DIR, server.slot)


def renew(server: Server, *, now: datetime) -> None:
    """Will put a new token into the server's file when half of the old one's life is over."""
    if server.token is not None and now < server.token.expires_at - LIFE / 2:
        return
    # What was asked with the old one may still be on its way: it ends by itself.
    Token.objects.filter(owner=server.person, name=NAME, expires_at__lt=now).delete()
    server.token, secret = _made(server.person, now=now)
    _write(folder(server) / "token" / "token", secret, person_id=server.person_id)
    server.save(update_fields=["token"])


def withdraw(server: Server, *, now: datetime) -> None:
    """Will make the server's token useless and remove its file."""
    (folder(server) / "token" / "token").unlink(missing_ok=True)
    Token.objects.filter(owner=server.person, name=NAME, withdrawn_at=None).update(withdrawn_at=now)


def _made(person: User, *, now: datetime) -> tuple[Token, str]:
    return tokens.make(owner=person, name=NAME, scopes=SCOPES, valid_for=LIFE, now=now)


def _write(file: Path, secret: str, *, person_id: int) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(secret)
    fence.give(draft, person_id=person_id)
    draft.replace(file)
