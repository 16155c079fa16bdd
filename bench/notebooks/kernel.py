"""This process as a kernel of somebody's: it knows the portal's door and a token, and nothing else of the portal."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from notebooks.operations import keys
from portal import clock, runtime_paths
from portal.accounts import tokens
from portal.accounts.models import User


@contextmanager
def of(username: str) -> Iterator[None]:
    """Will let `covid` ask the portal that runs in this process's state folder, as that person."""
    state_dir = Path(settings.STATE_DIR)
    owner = User.objects.get(username=username)
    token, secret = tokens.make(
        owner=owner, name=keys.NAME, scopes=keys.SCOPES, valid_for=timedelta(hours=1), now=clock.now()
    )
    file = state_dir / "kernel.token"
    file.touch(mode=0o600)
    file.write_text(secret, encoding="ascii")
    os.environ["COVID_PORTAL"] = f"http+unix://{runtime_paths.notebooks_door(state_dir)}"
    os.environ["COVID_TOKEN_FILE"] = str(file)
    try:
        yield
    finally:
        file.unlink()
        tokens.withdraw(token_id=token.pk, owner=owner, now=clock.now())
