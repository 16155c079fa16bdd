"""Where a function's code runs: a process that is kept for the next call, as AWS keeps its own warm."""

import io
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from simulator.world import WORLD

RUNTIME = Path(__file__).with_name("runtime.py")
# AWS doesn't say how long; its credentials, which are a session of an hour, last longer.
WARM = timedelta(minutes=10)
CHUNK_BYTES = 65_536


class TimedOutError(Exception):
    """The handler ran for longer than its function may; its process was ended."""


class EndedError(Exception):
    """The process ended instead of answering; `status` is what it ended with."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Said:
    """What the handler returned or raised, and what it printed."""

    answer: Mapping[str, Any]
    printed: str


class Container:
    """One process with a function's code and variables. It takes one call at a time, and goes with its folder."""

    def __init__(self, code: bytes, environment: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="lambda-")
        task = Path(self._folder.name, "task")
        zipfile.ZipFile(io.BytesIO(code)).extractall(task)
        self._answers, theirs = os.pipe()
        asked, ours = os.pipe()
        self._calls = os.fdopen(ours, "wb")
        printed = Path(self._folder.name, "printed")
        with printed.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(RUNTIME), str(theirs)],
                env={**environment, "LAMBDA_TASK_ROOT": str(task)},
                cwd=task,
                stdin=asked,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs,),
            )
        os.close(theirs)
        os.close(asked)
        self._printed = printed.open("rb")

    def call(self, event: Any, *, request: str, timeout_s: float) -> Said:
        """Will have the handler called. Raises TimedOutError and EndedError; the container is of no use then."""
        asked = json.dumps({"event": event, "request": request, "timeout_s": timeout_s})
        try:
            self._calls.write(asked.encode() + b"\n")
            self._calls.flush()
        except BrokenPipeError:
            raise EndedError(self._process.wait()) from None
        answer = self._read(time.monotonic() + timeout_s)
        return Said(json.loads(answer), self.printed())

    def printed(self) -> str:
        """Will give what was printed since it was last asked."""
        return self._printed.read().decode(errors="replace")

    def close(self) -> None:
        """Will end the process."""
        self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):
            self._calls.close()
        os.close(self._answers)
        self._printed.close()
        self._folder.cleanup()

    def _read(self, ends_at_s: float) -> bytes:
        found = b""
        while not found.endswith(b"\n"):
            is_there, _, _ = select.select([self._answers], [], [], max(0.0, ends_at_s - time.monotonic()))
            if not is_there:
                raise TimedOutError
            piece = os.read(self._answers, CHUNK_BYTES)
            if not piece:
                raise EndedError(self._process.wait())
            found += piece
        return found


@dataclass(frozen=True)
class Warm:
    """A container that waits for its next call, and the log stream that it writes to."""

    container: Container
    stream: str
    until: datetime


_WARM: defaultdict[str, list[Warm]] = defaultdict(list)
_LOCK = threading.Lock()


def take(version: str) -> Warm | None:
    """Will give a container that this version of a function ran in a moment ago, to one caller."""
    with _LOCK:
        while _WARM[version]:
            found = _WARM[version].pop()
            if found.until > WORLD.now():
                return found
            found.container.close()
    return None


def keep(version: str, container: Container, stream: str) -> None:
    """Will keep a container for the next call."""
    with _LOCK:
        _WARM[version].append(Warm(container, stream, WORLD.now() + WARM))


@WORLD.on_reset
def _close_all() -> None:
    with _LOCK:
        for some in _WARM.values():
            for one in some:
                one.container.close()
        _WARM.clear()
