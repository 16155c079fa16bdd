"""Load from a process of its own: every request with when it was sent, when it was answered, and by whom.

`Load` starts this file as a program; it asks until its input ends, and then writes what it saw.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.ground.trouble import Trouble

STOP_LIMIT_S = 60


@dataclass(frozen=True)
class Lane:
    """`connections` visitors who together send `per_second` requests, evenly, on kept or on fresh connections.

    `{id}` in `path` becomes another word for each request. `mark` is a pattern whose first group names who answered.
    `accepts` is how the answer may be packed.
    """

    port: int
    per_second: float
    path: str = "/"
    method: str = "GET"
    connections: int = 8
    is_kept: bool = True
    mark: str = r"(?i)x-colour: (\w+)"
    accepts: str = "identity"


@dataclass(frozen=True)
class Visit:
    """One request; times are the system's monotonic clock. `status` is 0 where the connection broke."""

    lane: int
    sent: float
    ended: float
    status: int
    by: str
    was_retried: bool

    @property
    def is_failed(self) -> bool:
        return not 200 <= self.status < 300


class Load(AbstractContextManager["Load"]):
    """The load, for as long as the block lasts; `visits` are there afterwards.

    A kept connection that was closed while idle is opened again for a GET, as a browser does; that is counted apart.
    """

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.lanes = tuple(lanes)
        self.visits: list[Visit] = []
        self._file = Path(tempfile.mkstemp(prefix="vd-load-", suffix=".json")[1])
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        given = json.dumps([asdict(lane) for lane in self.lanes])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.traffic.asking", str(self._file), given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C is for the benchmark, which then ends this by closing its input.
            start_new_session=True,
        )
        if not self._process.stdout or self._process.stdout.readline() != "asking\n":
            raise Trouble("The load generator did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        try:
            self._process.communicate("", timeout=STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        text = self._file.read_text()
        self._file.unlink()
        if kind is None:
            if not text:
                raise Trouble("The load generator wrote nothing")
            self.visits = [Visit(*record) for record in json.loads(text)]
            if any(not visit.by and not visit.is_failed for visit in self.visits):
                raise Trouble("An answer did not say who gave it")

    def of(self, wanted: Callable[[Lane], bool]) -> list[Visit]:
        """Will give the visits of the lanes that are wanted."""
        lanes = {number for number, lane in enumerate(self.lanes) if wanted(lane)}
        return [visit for visit in self.visits if visit.lane in lanes]


def failed(visits: Sequence[Visit]) -> int:
    """Will count the visits that were not answered well."""
    return sum(visit.is_failed for visit in visits)


def retried(visits: Sequence[Visit]) -> int:
    """Will count the visits that needed a second connection."""
    return sum(visit.was_retried for visit in visits)
