"""Which processes belong to a supervisord: those of its session, also when it is gone itself.

It is started in a session of its own and its children never leave it, so nothing that it started can be missed,
and nothing else can be hit. Where there is no /proc, nothing is found.
"""

import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Session:
    """The session of one supervisord: its number, the boot it belongs to, and when its leader was started."""

    number: int
    boot: str
    started: int


@dataclass(frozen=True)
class _Process:
    pid: int
    session: int
    started: int


def record(pid: int, file: Path) -> Session:
    """Will write down the session whose leader is `pid`, for a later start to find what was left of it."""
    leader = _read(pid)
    session = Session(number=pid, boot=_boot(), started=leader.started if leader else 0)
    file.write_text(json.dumps(asdict(session)))
    return session


def recorded(file: Path) -> Session | None:
    """Will give the session that an earlier start wrote down, if the machine was not started since."""
    try:
        session = Session(**json.loads(file.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return session if session.boot == _boot() else None


def members(session: Session) -> list[int]:
    """Will give the processes that still run in the session."""
    leader = _read(session.number)
    if leader is not None and leader.started != session.started:
        return []  # the number was given to somebody else
    found = (_read(int(entry.name)) for entry in Path("/proc").glob("[0-9]*"))
    return [
        process.pid
        for process in found
        if process and process.session == session.number and process.started >= session.started
    ]


def end(session: Session, *, wait: Callable[[float], object]) -> int:
    """Will kill whatever still runs in the session, and give how many processes those were.

    `wait` takes seconds; it is asked to pass the time while the kernel takes them away.
    """
    ended: set[int] = set()
    # A process may have started another one between the look and the kill.
    for _ in range(50):
        left = members(session)
        if not left:
            break
        ended.update(left)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait(0.05)
    return len(ended)


def _read(pid: int) -> _Process | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name, in brackets, may hold blanks and brackets itself: fields are counted from the last one.
    fields = text.rpartition(")")[2].split()
    if fields[0] in {"Z", "X"}:
        return None
    return _Process(pid=pid, session=int(fields[3]), started=int(fields[19]))


def _boot() -> str:
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else ""
