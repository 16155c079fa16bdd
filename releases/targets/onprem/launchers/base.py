"""The port to what keeps a release's copies running.

1. Every verb is idempotent and waits for nothing: it asks, and `states` tells what became of it.
2. `start` defines the copies of a group and starts those that don't run. Defined copies are started again when they
   end by themselves, and when the launcher itself starts again.
3. A copy sees its own environment only, nothing of the launcher's.
4. `stop` asks every copy to end (SIGTERM) and forgets the group. The copy lets its requests in flight end within
   `drain_s`; a supervisor kills one that doesn't, a Docker engine leaves it to the next release.
5. `states` has a status for each copy that is defined or still runs; an unknown group has none.
6. Whatever fails raises LauncherError with a sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

LOG_BYTES = 64 * 1024


class LauncherError(Exception):
    """The launcher refused or did not answer; the message says what happened, without its full stop."""


class Phase(StrEnum):
    """What one copy's process does."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"  # and is not started again by itself


@dataclass(frozen=True)
class Copy:
    """One process that answers requests on `port`. `image` is empty where the checkout itself is run."""

    name: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    port: int
    log: Path
    drain_s: int
    settle_s: int
    image: str = ""
    reads: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Status:
    """One copy now; `age_s` is how long its process has run, never more than that."""

    name: str
    phase: Phase
    age_s: float = 0.0
    message: str = ""


class Launcher(Protocol):
    """What runs copies, in groups."""

    def start(self, group: str, copies: Sequence[Copy]) -> None: ...

    def stop(self, group: str) -> None: ...

    def states(self, group: str) -> Sequence[Status]: ...

    def groups(self, prefix: str) -> frozenset[str]:
        """Will give the groups that are defined or still run and whose names begin with `prefix`."""
        ...

    def log_tail(self, group: str, lines: int) -> str: ...


def tail(log: Path, lines: int) -> str:
    """Will give the last lines of a log, or nothing where there is none yet.

    Raises LauncherError when it can't be read.
    """
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            size = file.tell()
            file.seek(max(0, size - LOG_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise LauncherError(f"The log {log.name} can't be read ({error.strerror})") from error
    return "\n".join(text.splitlines()[-lines:])
