"""All probes at once, each bounded in time, with the moment since when this process has found it so."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import connections

from portal.health.probes import Finding, State

LIMIT_S = 2.0
_pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="probe")


@dataclass(frozen=True)
class Component:
    """A part with what was found; `since` is when this process first found it in that state."""

    finding: Finding
    since: datetime


class Board:
    """Remembers what the probes last found. A probe that hangs is not started a second time."""

    def __init__(self, probes: Mapping[str, Callable[[], Finding]], *, limit_s: float = LIMIT_S) -> None:
        self._probes = probes
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._running: dict[str, Future[Finding]] = {}
        self._known: dict[str, Component] = {}

    def look(self, *, now: datetime) -> dict[str, Component]:
        """Will run every probe and give each part's state within the limit."""
        with self._lock:
            started = {name: self._start(name) for name in self._probes}
        deadline = _Deadline(self._limit_s)
        findings = {name: self._finding(future, deadline) for name, future in started.items()}
        with self._lock:
            for name, finding in findings.items():
                known = self._known.get(name)
                is_same = known is not None and known.finding.state is finding.state
                self._known[name] = Component(finding, known.since if known and is_same else now)
            return dict(self._known)

    def _start(self, name: str) -> Future[Finding]:
        running = self._running.get(name)
        if running is None or running.done():
            running = self._running[name] = _pool.submit(_probe, self._probes[name])
        return running

    def _finding(self, future: Future[Finding], deadline: "_Deadline") -> Finding:
        try:
            return future.result(timeout=deadline.left_s())
        except TimeoutError:
            return Finding(State.DOWN, f"It did not answer within {self._limit_s:g} s.")
        except Exception as error:  # noqa: BLE001 - whatever a probe meets, the others must be told
            return Finding(State.DOWN, f"It could not be asked: {type(error).__name__}.")


def _probe(probe: Callable[[], Finding]) -> Finding:
    try:
        return probe()
    finally:
        # The pool's threads are not requests: nobody else gives their connections back.
        connections.close_all()


class _Deadline:
    def __init__(self, limit_s: float) -> None:
        self._end = monotonic() + limit_s

    def left_s(self) -> float:
        return max(0.0, self._end - monotonic())
