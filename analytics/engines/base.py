"""The port to what answers SQL that people wrote.

Ten promises, held by tests/contracts/test_engine.py for every adapter:

1. `estimate` reads none of the data and changes nothing; `bytes_upper` is never less than what the run will read.
2. What may not run is refused by `estimate` and `submit` alike, with QueryError, before anything ran.
3. `submit` returns at once. The same submission under the same token has one id and runs once, however often it is
   asked; another under a used token raises QueryError with TOKEN_TAKEN.
4. `poll` returns as soon as the run has ended, at the latest `patience_s` later. SUCCEEDED, FAILED and CANCELLED are
   ends: nothing changes them any more.
5. A result is whole or it isn't there: a run over its time or its bytes ends FAILED with that limit's code; so does
   one over its rows where the engine counts them, which `rows` = -1 denies.
6. `page` and `batches` give the rows of a run that SUCCEEDED, always in the same order; of any other they raise
   QueryError with NO_RESULT. Neither holds more than a few batches in memory, whatever the result's size. `batches`
   with `patience_s` may be asked while the run goes on: it waits so long for the first rows, gives them as they come,
   and raises the same once the run has ended otherwise, which may be after some of them.
7. `cancel` cancels: the run ends CANCELLED soon and nothing goes on computing for it. What has ended stays as it ended.
8. `forget` removes the result of a run that has ended; whoever asks for it afterwards is told UNKNOWN. Forgetting twice
   is no error.
9. An id that the engine doesn't know raises QueryError with UNKNOWN, whatever the verb but `forget`.
10. Whatever fails raises QueryError, or ends the run FAILED, with a sentence that names no path, key or secret.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

import pyarrow as pa

TOKEN = re.compile(r"[A-Za-z0-9_-]{32,128}")

TOKEN_TAKEN = "token-taken"  # noqa: S105 - a code
NO_RESULT = "no-result"
UNKNOWN = "run-unknown"
OVER_TIME = "over-time"
OVER_CPU = "over-cpu"
OVER_MEMORY = "over-memory"
OVER_ROWS = "over-rows"
OVER_BYTES = "over-bytes"


class State(StrEnum):
    """Where a run is; the last three are ends."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_end(self) -> bool:
        """Whether nothing changes it any more."""
        return self in {State.SUCCEEDED, State.FAILED, State.CANCELLED}


class QueryError(Exception):
    """The engine did not do as asked: `message` says what happened and what to do, in whole sentences.

    `line` and `column` say where in the SQL, from 1; 0 is nowhere in particular. Only the engine knows whether the
    same query may do better later (`permanent`).
    """

    def __init__(self, code: str, message: str, *, permanent: bool = True, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent
        self.line = line
        self.column = column


def unknown() -> QueryError:
    """Will say that there is no such run."""
    message = "The engine knows no such run. Its result may have been removed. Run the query again."
    return QueryError(UNKNOWN, message)


def token_taken() -> QueryError:
    """Will say that a token belongs to another query."""
    message = "Another query was run under this token. That run is unchanged. Ask again with a new token."
    return QueryError(TOKEN_TAKEN, message)


@dataclass(frozen=True)
class Limits:
    """What one run may use: seconds on the wall and of all processors, memory, and the rows and bytes of its result."""

    wall_s: float = 60.0
    cpu_s: int = 120
    memory_bytes: int = 1 << 30
    rows: int = 5_000_000
    result_bytes: int = 1 << 30


@dataclass(frozen=True)
class Submission:
    """One query. `sql` is in Athena's dialect, its parameters already literals; `token` has 32 to 128 of [A-Za-z0-9_-].

    `pins` names the snapshot of each dataset that it may read, dataset -> revision; `database` is the dataset whose
    tables need no name in front; `person` is who asks.
    """

    sql: str
    token: str
    person: str
    database: str
    limits: Limits = field(default_factory=Limits)
    pins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if not TOKEN.fullmatch(self.token):
            raise ValueError("A token has 32 to 128 letters, digits, hyphens and underscores.")


@dataclass(frozen=True)
class Column:
    """A column of a result; `type` as Athena writes it: varchar, bigint, decimal(10,2), array(date)."""

    name: str
    type: str


@dataclass(frozen=True)
class RunStatus:
    """What a run says now. `code` and `message` are empty unless it FAILED or was CANCELLED.

    `rows` is -1 where the engine doesn't count them.
    """

    state: State
    columns: tuple[Column, ...] = ()
    rows: int = 0
    bytes_scanned: int = 0
    cost_usd: float = 0.0
    is_reused: bool = False
    queued_ms: int = 0
    ran_ms: int = 0
    code: str = ""
    message: str = ""


def no_result(status: RunStatus) -> QueryError:
    """Will say that a run gives no rows, or none yet."""
    if status.state.is_end:
        message = f"The query ended {status.state}, so there is no result. Run it again."
        return QueryError(NO_RESULT, message)
    message = f"The query is still {status.state}, so there is no result yet. Wait for its end."
    return QueryError(NO_RESULT, message, permanent=False)


def over_limit(code: str, limits: Limits) -> str:
    """Will say in a sentence what OVER_ROWS or OVER_BYTES means under these limits."""
    if code == OVER_ROWS:
        told = f"The result has more than {limits.rows:,} rows, the most that one may have."
    else:
        told = f"The result is larger than {limits.result_bytes / 1e6:,.0f} MB, the most that one may be."
    return f"{told} Nothing of it is kept. Ask for fewer rows or columns, or aggregate."


@dataclass(frozen=True)
class Finding:
    """Something to know before the query runs; it doesn't keep it from running."""

    code: str
    message: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class Estimate:
    """A dry run: the most that may be read and cost, and the tables, as database.table."""

    bytes_upper: int
    cost_usd: float
    tables: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


class Engine(Protocol):
    """What answers SQL."""

    @property
    def name(self) -> str: ...

    def estimate(self, submission: Submission) -> Estimate: ...

    def submit(self, submission: Submission) -> str: ...

    def poll(self, outside_id: str, *, patience_s: float = 0) -> RunStatus: ...

    def page(self, outside_id: str, *, after: int = 0, size: int = 1000) -> pa.Table: ...

    def batches(self, outside_id: str, *, patience_s: float = 0) -> Iterator[pa.RecordBatch]: ...

    def cancel(self, outside_id: str) -> None: ...

    def forget(self, outside_id: str) -> None: ...
