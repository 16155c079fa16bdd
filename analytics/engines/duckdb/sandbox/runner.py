"""Watches one fenced process: gives it a file for its rows, and ends it when its time or its reader's patience is over.

Started ahead of need (`python -m analytics.engines.duckdb.sandbox.runner`, a socket as its standard input), told its
run's folder over the socket together with that folder's lock, it outlives the process that told it.
"""

import fcntl
import os
import select
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from duckdb import DuckDBPyConnection

from analytics.engines.duckdb.sandbox.child import Fenced, connected
from analytics.engines.duckdb.sandbox.folder import RunFolder, Status
from analytics.engines.duckdb.sandbox.order import Order, Report

_LOOK_S = 0.05
_LONGEST_REPORT = 1 << 16
CANCELLED = Status("CANCELLED", code="cancelled", message="The query was cancelled. Nothing of its result is kept.")


class _EndError(Exception):
    """The run ends before its query does; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Watch:
    """One run. `began` and `told_at` are seconds of the monotonic clock."""

    folder: RunFolder
    order: Order
    connection: DuckDBPyConnection
    told_at: float = field(default_factory=time.monotonic)
    began: float = 0.0
    last_words: bytes = b""

    def run(self) -> None:
        """Will bring the run to its end, whatever that is, and write it down."""
        self.folder.write_status(Status("QUEUED"))
        try:
            slot = self._wait_for_slot()
        except _EndError:
            self._end(CANCELLED)
            return
        self.began = time.monotonic()
        self.folder.write_status(Status("RUNNING", queued_ms=_ms(self.told_at, self.began)))
        self._end(self._supervise())
        os.close(slot)

    def _end(self, status: Status) -> None:
        now = time.monotonic()
        began = self.began or now
        if status.state == "SUCCEEDED":
            self.folder.draft.replace(self.folder.result)
        else:
            self.folder.draft.unlink(missing_ok=True)
        self.folder.write_status(replace(status, queued_ms=_ms(self.told_at, began), ran_ms=_ms(began, now)))

    def _wait_for_slot(self) -> int:
        """Will give the descriptor that holds one of this machine's slots for queries."""
        folder = self.folder.path.parent / ".slots"
        folder.mkdir(mode=0o700, exist_ok=True)
        slots = [os.open(folder / str(number), os.O_RDWR | os.O_CREAT, 0o600) for number in range(self.order.slots)]
        while True:
            for slot in slots:
                with suppress(BlockingIOError):
                    fcntl.flock(slot, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return slot
            if self.folder.is_cancel_wanted:
                raise _EndError("cancelled")
            select.select([], [], [], _LOOK_S)

    def _supervise(self) -> Status:
        # The rows go there by themselves: of all files it is the only one that the fenced process holds.
        results = os.open(self.folder.draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        report, report_in = os.pipe()
        child = os.fork()
        if not child:
            with suppress(BaseException):
                Fenced(self.order, self.connection, results, report_in).run()
            os._exit(0)
        os.close(results)
        os.close(report_in)
        code = ""
        try:
            self._listen(report)
        except _EndError as error:
            code = error.code
        finally:
            if code:
                os.kill(child, signal.SIGKILL)
            _, ended = os.waitpid(child, 0)
        return self._outcome(code, os.waitstatus_to_exitcode(ended))

    def _listen(self, report: int) -> None:
        """Will hear the fenced process until it has said all. Raises _EndError."""
        while True:
            left_s = self.began + self.order.wall_s - time.monotonic()
            if left_s <= 0:
                raise _EndError("over-time")
            if self.folder.is_cancel_wanted:
                raise _EndError("cancelled")
            if select.select([report], [], [], min(left_s, _LOOK_S))[0]:
                content = os.read(report, _LONGEST_REPORT)
                if not content:
                    return
                self.last_words += content
            if len(self.last_words) > _LONGEST_REPORT:
                raise _EndError("engine-crashed")

    def _outcome(self, code: str, exit_code: int) -> Status:
        if code == "cancelled":
            return CANCELLED
        if code:
            return Status("FAILED", code=code)
        if exit_code in {-signal.SIGXCPU, -signal.SIGKILL}:
            return Status("FAILED", code="over-cpu")
        told = Report.from_json(self.last_words)
        if told is None:
            return Status("FAILED", code="engine-crashed")
        state = "FAILED" if told.code else "SUCCEEDED"
        return Status(state, told.rows, told.bytes_read, code=told.code, message=told.message, fences=told.fences)


def _ms(since: float, until: float) -> int:
    return round((until - since) * 1000)


def main() -> None:
    """Will wait to be told a run, and run it; without one it ends when its starter does."""
    connection = connected()
    with socket.socket(fileno=os.dup(0)) as channel:
        told, descriptors, _, _ = socket.recv_fds(channel, 4096, 1)
    if told:
        # The lock stays held for as long as this process lives.
        assert descriptors  # noqa: S101 - or the starter is no starter
        folder = RunFolder(Path(told.decode()))
        Watch(folder, Order.from_json(folder.order.read_text(encoding="utf-8")), connection).run()


if __name__ == "__main__":
    main()
