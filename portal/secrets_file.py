"""Keys that a single machine makes for itself and keeps, readable by its owner alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr


def read_or_make(folder: Path, name: str, given: SecretStr | None) -> str:
    """Will give the key that was set, else the one kept in `folder`/secrets, made at the first call."""
    if given is not None:
        return given.get_secret_value()
    path = folder / "secrets" / name
    if not path.exists():
        _make(path)
    return path.read_text()


def _make(path: Path) -> None:
    # Written beside and linked into place: a process that starts at the same moment reads a whole key or none.
    path.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(50))
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
