"""The embedded engine: each query in a fenced process of its own, over the files of the snapshots it is pinned to."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from analytics.engines import base, waiting
from analytics.engines.base import Estimate, QueryError, RunStatus, State, Submission
from analytics.engines.duckdb import estimate, gate, outcomes, results
from analytics.engines.duckdb.gate import Admitted
from analytics.engines.duckdb.sandbox.folder import RunFolder
from analytics.engines.duckdb.sandbox.order import Order
from analytics.engines.duckdb.sandbox.starting import Runners
from analytics.engines.duckdb.snapshots import Snapshots

_LOOK_S = 0.01


@dataclass(frozen=True)
class Config:
    """`lake` holds a folder for each dataset, `results` one for each run; `slots` queries run at once on this machine,
    each on `threads` threads. `has_spare` keeps one process ready, for 80 MB.
    """

    lake: Path
    results: Path
    slots: int = 2
    threads: int = 2
    has_spare: bool = True


class DuckDBEngine:
    """Keeps the promises of analytics.engines.base; its cost is nothing."""

    name = "duckdb"

    def __init__(self, config: Config) -> None:
        self.config = config
        self.snapshots = Snapshots(config.lake)
        self.runners = Runners(has_spare=config.has_spare)

    def estimate(self, submission: Submission) -> Estimate:
        """Will read the query and the snapshots' metadata."""
        admitted = gate.admit(submission, self.snapshots)
        upper = estimate.bytes_upper(admitted.read, self.snapshots, submission.pins, submission.database)
        return Estimate(upper, 0.0, admitted.tables, gate.findings(admitted, submission, self.snapshots))

    def submit(self, submission: Submission) -> str:
        """Will start the query's process, or find the run that has this token."""
        order = self._order(submission, gate.admit(submission, self.snapshots))
        folder = self._folder(submission.token)
        self.config.results.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.path.mkdir(mode=0o700)
        lock = folder.lock()
        if lock is None or folder.has_begun:
            # Whoever holds the lock has the same order, or an older one that is written down already.
            _check_same(folder, order)
        else:
            _write(folder.order, order.to_json())
            self.runners.run(folder, lock)
        if lock is not None:
            os.close(lock)
        return submission.token

    def poll(self, outside_id: str, *, patience_s: float = 0) -> RunStatus:
        """Will read the status that the runner wrote."""
        folder = self._known(outside_id)
        found = waiting.until(folder.status, lambda one: one.is_end, patience_s, look_s=_LOOK_S)
        if found.is_end:
            self.runners.renew()
        columns = results.columns(folder.result) if found.state == State.SUCCEEDED else ()
        return outcomes.status_of(found, _order_of(folder), columns)

    def page(self, outside_id: str, *, after: int = 0, size: int = 1000) -> pa.Table:
        """Will read a part of the result's file."""
        return results.page(self._result(outside_id), after, size)

    def batches(self, outside_id: str, *, patience_s: float = 0) -> Iterator[pa.RecordBatch]:
        """Will read the result's file, with `patience_s` while the runner writes it."""
        if not patience_s:
            yield from results.batches(self._result(outside_id))
            return
        folder = self._known(outside_id)
        if waiting.until(folder.has_rows, bool, patience_s, look_s=_LOOK_S):
            yield from _coming(folder)
            self.poll(outside_id, patience_s=patience_s)
        # Only now it is known whether these were all.
        self._result(outside_id)

    def cancel(self, outside_id: str) -> None:
        """Will have the runner kill the query's process."""
        self._known(outside_id).want_cancel()

    def forget(self, outside_id: str) -> None:
        """Will remove the run's folder."""
        with suppress(QueryError):
            folder = self._known(outside_id)
            if folder.status().is_end:
                folder.remove()

    def _order(self, submission: Submission, admitted: Admitted) -> Order:
        limits = submission.limits
        # No more than the query reads: a snapshot that it doesn't name would only be opened in vain.
        named = {submission.database, *(one.partition(".")[0] for one in admitted.tables)}
        read = {name: revision for name, revision in submission.pins.items() if name in named}
        return Order(
            sql=admitted.sql,
            database=submission.database,
            files={name: str(self.snapshots.file(name, revision)) for name, revision in read.items()},
            wall_s=limits.wall_s,
            cpu_s=limits.cpu_s,
            memory_bytes=limits.memory_bytes,
            rows=limits.rows,
            result_bytes=limits.result_bytes,
            threads=self.config.threads,
            slots=self.config.slots,
        )

    def _folder(self, token: str) -> RunFolder:
        return RunFolder(self.config.results / token)

    def _known(self, outside_id: str) -> RunFolder:
        folder = self._folder(outside_id)
        if not base.TOKEN.fullmatch(outside_id) or not folder.order.exists():
            raise base.unknown()
        return folder

    def _result(self, outside_id: str) -> Path:
        status = self.poll(outside_id)
        if status.state is not State.SUCCEEDED:
            raise base.no_result(status)
        return self._folder(outside_id).result


def _coming(folder: RunFolder) -> Iterator[pa.RecordBatch]:
    try:
        yield from results.coming(folder)
    except QueryError:
        # A run that was ended half-way leaves half a batch.
        if folder.status().state == State.SUCCEEDED:
            raise


def _check_same(folder: RunFolder, order: Order) -> None:
    if folder.order.exists() and _order_of(folder) != order:
        raise base.token_taken()


def _order_of(folder: RunFolder) -> Order:
    return Order.from_json(folder.order.read_text(encoding="utf-8"))


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
