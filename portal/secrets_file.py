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
    path = _path(folder, name)
    if not path.exists():
        with suppress(FileExistsError):
            keep(folder, name, secrets.token_urlsafe(50))
    return path.read_text()


def read(folder: Path, name: str, given: SecretStr | None) -> str:
    """Will give the key that was set, else the one kept in `folder`/secrets; "" where there is none."""
    if given is not None:
        return given.get_secret_value()
    path = _path(folder, name)
    return path.read_text() if path.exists() else ""


def keep(folder: Path, name: str, key: str) -> None:
    """Will keep the key in `folder`/secrets. Raises FileExistsError where one is kept already."""
    path = _path(folder, name)
    # Written beside and linked into place: a process that starts at the same moment reads a whole key or none.
    path.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(key)
    try:
        path.hardlink_to(draft)
    finally:
        draft.unlink()


def _path(folder: Path, name: str) -> Path:
    return folder / "secrets" / name
