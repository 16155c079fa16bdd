"""Starts runners, one ahead of need: to load DuckDB and Arrow takes longer than most queries."""

import os
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import analytics
from analytics.engines.duckdb.sandbox.folder import RunFolder

_CODE = Path(analytics.__file__).resolve().parent.parent
_RUNNER = "analytics.engines.duckdb.sandbox.runner"
# All that a runner knows of its surroundings: no secret, no proxy, no credentials. Two arenas keep the address space
# small; no library may have started a thread of its own when the runner forks.
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONPATH": str(_CODE),
    "PYTHONDONTWRITEBYTECODE": "1",
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


@dataclass
class _Runner:
    process: subprocess.Popen[bytes]
    channel: socket.socket


@dataclass
class Runners:
    """Runners of this process; `has_spare` keeps one ready. A runner runs one query and is never used again."""

    has_spare: bool = True
    _spare: _Runner | None = None
    _busy: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _owner: int = field(default_factory=os.getpid)

    def run(self, folder: RunFolder, lock: int) -> None:
        """Will have a runner run what stands in `folder`; the runner holds `lock` from now on."""
        with self._lock:
            self._forget_ended()
            runner = self._spare if self._spare and self._spare.process.poll() is None else _started()
            self._spare = None
            with runner.channel:
                socket.send_fds(runner.channel, [str(folder.path).encode()], [lock])
            self._busy.append(runner.process)

    def renew(self) -> None:
        """Will start another spare runner for one that was used: behind a query, for it would take from its time."""
        if self._busy:
            self.warm_up()

    def warm_up(self) -> None:
        """Will start the spare runner, so that the first query needs not wait for it."""
        with self._lock:
            self._forget_ended()
            if self.has_spare and self._spare is None:
                self._spare = _started()

    def close(self) -> None:
        """Will send the spare home and wait for those that are busy."""
        with self._lock:
            if self._spare:
                self._spare.channel.close()
                self._spare.process.wait()
                self._spare = None
            for process in self._busy:
                process.wait()
            self._busy.clear()

    def _forget_ended(self) -> None:
        if self._owner != os.getpid():
            # After a fork the runners are the parent's.
            self._owner, self._spare, self._busy = os.getpid(), None, []
        self._busy = [process for process in self._busy if process.poll() is None]


def _started() -> _Runner:
    ours, theirs = socket.socketpair()
    with theirs:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", _RUNNER],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
    return _Runner(process, ours)
