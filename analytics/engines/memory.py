"""An engine in memory, for tests and rehearsals: it answers what it was told, and keeps every promise of the port."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pyarrow as pa

from analytics.engines import base, types
from analytics.engines.base import Estimate, QueryError, RunStatus, State, Submission

_BATCH_ROWS = 1000


@dataclass(frozen=True)
class Answer:
    """What the engine says to one query: a table, or how it fails. One that `is_held` runs until it is let go."""

    table: pa.Table = field(default_factory=lambda: pa.table({"_col0": pa.array([1], pa.int32())}))
    bytes_scanned: int = 0
    tables: tuple[str, ...] = ()
    error: QueryError | None = None
    is_refused: bool = False
    is_held: bool = False


@dataclass
class _Run:
    submission: Submission
    answer: Answer
    status: RunStatus
    has_ended: threading.Event = field(default_factory=threading.Event)


class MemoryEngine:
    """Answers by the text of the SQL; anything it doesn't know gives one row, 1."""

    name = "memory"

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self._runs: dict[str, _Run] = {}
        self._lock = threading.RLock()

    def estimate(self, submission: Submission) -> Estimate:
        """Will say what the answer was told to read."""
        answer = self._answer(submission)
        return Estimate(answer.bytes_scanned, 0.0, answer.tables)

    def submit(self, submission: Submission) -> str:
        """Will run the query at once, unless its answer is held."""
        answer = self._answer(submission)
        with self._lock:
            known = self._runs.get(submission.token)
            if known is None:
                self._runs[submission.token] = run = _Run(submission, answer, RunStatus(State.RUNNING))
                if not answer.is_held:
                    _end(run, _outcome(run))
            elif known.submission != submission:
                raise base.token_taken()
        return submission.token

    def poll(self, outside_id: str, *, patience_s: float = 0) -> RunStatus:
        """Will say where the run is."""
        run = self._run(outside_id)
        if patience_s:
            run.has_ended.wait(patience_s)
        return run.status

    def page(self, outside_id: str, *, after: int = 0, size: int = 1000) -> pa.Table:
        """Will give `size` rows behind the first `after`."""
        return self._result(outside_id).slice(after, size)

    def batches(self, outside_id: str, *, patience_s: float = 0) -> Iterator[pa.RecordBatch]:
        """Will give the rows."""
        self.poll(outside_id, patience_s=patience_s)
        yield from self._result(outside_id).to_batches(max_chunksize=_BATCH_ROWS)

    def cancel(self, outside_id: str) -> None:
        """Will cancel a run that is held."""
        run = self._run(outside_id)
        with self._lock:
            if not run.status.state.is_end:
                _end(run, RunStatus(State.CANCELLED, code="cancelled", message="The query was cancelled."))

    def forget(self, outside_id: str) -> None:
        """Will forget the run."""
        with self._lock:
            if outside_id in self._runs and self._runs[outside_id].status.state.is_end:
                del self._runs[outside_id]

    def let_go(self) -> None:
        """Will let every run that is held end as it was told to."""
        with self._lock:
            for run in self._runs.values():
                if not run.status.state.is_end:
                    _end(run, _outcome(run))

    def forget_all(self) -> None:
        """Will be as new."""
        with self._lock:
            self.answers.clear()
            self._runs.clear()

    def _answer(self, submission: Submission) -> Answer:
        answer = self.answers.get(submission.sql, Answer())
        if answer.is_refused and answer.error is not None:
            raise answer.error
        return answer

    def _run(self, outside_id: str) -> _Run:
        with self._lock:
            if outside_id not in self._runs:
                raise base.unknown()
            return self._runs[outside_id]

    def _result(self, outside_id: str) -> pa.Table:
        run = self._run(outside_id)
        if run.status.state is not State.SUCCEEDED:
            raise base.no_result(run.status)
        return run.answer.table


def _end(run: _Run, status: RunStatus) -> None:
    run.status = replace(status, bytes_scanned=run.answer.bytes_scanned)
    run.has_ended.set()


def _outcome(run: _Run) -> RunStatus:
    answer, limits = run.answer, run.submission.limits
    code = ""
    if answer.table.num_rows > limits.rows:
        code = base.OVER_ROWS
    elif answer.table.nbytes > limits.result_bytes:
        code = base.OVER_BYTES
    if answer.error or code:
        error = answer.error or QueryError(code, base.over_limit(code, limits))
        return RunStatus(State.FAILED, code=error.code, message=error.message)
    return RunStatus(State.SUCCEEDED, types.columns_of(answer.table.schema), answer.table.num_rows)


ENGINE = MemoryEngine()
