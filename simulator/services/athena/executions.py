"""One query's life on the account's clock: QUEUED, RUNNING, and then an end that nothing changes any more."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any

from simulator import control
from simulator.services.athena.engine import files
from simulator.services.athena.engine.failures import CAUSED_BY_SYSTEM, INTERNAL, CutoffError, QueryError
from simulator.services.athena.engine.session import opened
from simulator.services.athena.statements import Asked, Kind, Outcome, Row
from simulator.services.athena.workgroups import ENGINE
from simulator.world import WORLD

log = logging.getLogger(__name__)
ENDS = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


@dataclass
class Pace:
    """How long a query waits and runs, in seconds of the account's time, however large it is (our choice).

    `limit_s`, of this machine's time, is how long DuckDB may take for it: DML of 30 minutes fails on AWS (user guide,
    "Service Quotas"), and nobody waits that long here.
    """

    queued_s: float = 0.1
    running_s: float = 0.3
    limit_s: float = 40.0


PACE = Pace()


@WORLD.on_reset
def _as_ever() -> None:
    set_pace(Pace())


def set_pace(pace: Pace) -> None:
    """Will let the queries that start from now on take that long."""
    PACE.queued_s, PACE.running_s, PACE.limit_s = pace.queued_s, pace.running_s, pace.limit_s


@dataclass
class Execution:
    """One query. What it does, it does when it ends, so that one that was stopped did nothing."""

    asked: Asked
    kind: Kind
    query: str
    request: dict[str, Any]
    state: str = "QUEUED"
    submitted_at: datetime = field(default_factory=WORLD.now)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str = ""
    error: QueryError | None = None
    outcome: Outcome = field(default_factory=Outcome)
    scanned: int = 0
    # Ends what DuckDB does for it.
    is_stopped: Event = field(default_factory=Event)

    def begin(self) -> None:
        """Will let time take its course."""
        running_s = PACE.running_s
        WORLD.after(PACE.queued_s, lambda: self._run(running_s))

    def stop(self) -> None:
        """Will cancel it; one that has ended stays as it is."""
        if self.state not in ENDS:
            self._end("CANCELLED", "Query cancelled by user")
            self.is_stopped.set()

    @property
    def output(self) -> str:
        """Where its results lie."""
        folder = "tables/" if self.kind.sub == "CREATE_TABLE_AS_SELECT" else ""
        return f"{self.asked.location}{folder}{self.asked.id}{self.kind.suffix}"

    @property
    def rows(self) -> Sequence[Row]:
        """What GetQueryResults gives; a query's first row are the names of its columns."""
        header = [[one.name for one in self.outcome.columns]] if self.kind.suffix == ".csv" else []
        return [*header, *self.outcome.rows]

    def _run(self, running_s: float) -> None:
        if self.state == "QUEUED":
            self.state, self.started_at = "RUNNING", WORLD.now()
            WORLD.after(running_s, self._finish)

    def _finish(self) -> None:
        if self.state != "RUNNING":
            return
        if self.kind.is_quick:
            self._do()
        else:
            # It may take a while, and the account answers others meanwhile.
            WORLD.outside(self._do)

    def _do(self) -> None:
        try:
            outcome = self._done()
            with WORLD.lock:
                self._succeed(outcome)
        except CutoffError as error:
            self._close("CANCELLED", error.message)
        except QueryError as error:
            self._close("FAILED", error.message, error)
        except Exception:
            log.exception("A query broke the simulated Athena: %s", self.query)
            ours = QueryError("GENERIC_INTERNAL_ERROR: the simulator failed", INTERNAL, CAUSED_BY_SYSTEM)
            self._close("FAILED", ours.message, ours)

    def _done(self) -> Outcome:
        asked = self.asked
        with opened(
            asked.context, asked.database, cutoff=asked.group.cutoff, end=self.is_stopped, limit_s=PACE.limit_s
        ) as session:
            try:
                return self.kind.do(asked, session)
            finally:
                self.scanned = session.tables.scanned

    def _succeed(self, outcome: Outcome) -> None:
        if self.state != "RUNNING":
            return
        self.outcome = outcome
        if outcome.manifest is not None:
            listed = "".join(f"{one}\n" for one in outcome.manifest)
            files.put(f"{self.output}-manifest.csv", listed.encode(), self.asked.context)
        if self.kind.suffix:
            content = _csv(self.rows) if self.kind.suffix == ".csv" else _tabbed(outcome.rows)
            files.put(self.output, content, self.asked.context)
            files.put(f"{self.output}.metadata", b"", self.asked.context)
        self._end("SUCCEEDED")

    def _close(self, state: str, reason: str, error: QueryError | None = None) -> None:
        """Ends it otherwise than well; one that was stopped meanwhile stays as it is."""
        with WORLD.lock:
            if self.state == "RUNNING":
                self.error = error
                self._end(state, reason)

    def _end(self, state: str, reason: str = "") -> None:
        self.state, self.reason, self.ended_at = state, reason, WORLD.now()

    def described(self) -> dict[str, Any]:
        """Will describe it as GetQueryExecution does."""
        known = {
            "QueryExecutionId": self.asked.id,
            "Query": self.query,
            "StatementType": self.kind.type,
            "SubstatementType": self.kind.sub,
            "ResultConfiguration": {**self.request.get("ResultConfiguration", {}), "OutputLocation": self.output},
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": self.request.get("QueryExecutionContext", {}),
            "Status": self._status(),
            "Statistics": self._statistics(),
            "WorkGroup": self.asked.group.name,
            "EngineVersion": ENGINE,
            "ExecutionParameters": self.request.get("ExecutionParameters"),
        }
        return {name: one for name, one in known.items() if one is not None}

    def _status(self) -> dict[str, Any]:
        known: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted_at}
        if self.ended_at:
            known["CompletionDateTime"] = self.ended_at
        if self.reason:
            known["StateChangeReason"] = self.reason
        if self.error:
            known["AthenaError"] = {
                "ErrorCategory": self.error.category,
                "ErrorType": self.error.type,
                "Retryable": False,
                "ErrorMessage": self.error.message,
            }
        return known

    def _statistics(self) -> dict[str, Any]:
        until = self.ended_at or WORLD.now()
        started = self.started_at or until
        known: dict[str, Any] = {
            "EngineExecutionTimeInMillis": _ms(started, until),
            "DataScannedInBytes": self.scanned,
            "TotalExecutionTimeInMillis": _ms(self.submitted_at, until),
            "QueryQueueTimeInMillis": _ms(self.submitted_at, started),
            "ServicePreProcessingTimeInMillis": 0,
            "ServiceProcessingTimeInMillis": 0,
            "ResultReuseInformation": {"ReusedPreviousResult": False},
        }
        if self.outcome.manifest is not None:
            known["DataManifestLocation"] = f"{self.output}-manifest.csv"
        return known


def new_id() -> str:
    """Will make a query's id."""
    return str(uuid.uuid4())


def _ms(since: datetime, until: datetime) -> int:
    return round((until - since).total_seconds() * 1000)


def _csv(rows: Sequence[Row]) -> bytes:
    """Every cell in quotes, and nothing at all for NULL: so PyAthena tells it from an empty text."""
    quoted = ([f'"{one.replace(chr(34), chr(34) * 2)}"' if one is not None else "" for one in row] for row in rows)
    return "".join(f"{','.join(row)}\n" for row in quoted).encode()


def _tabbed(rows: Sequence[Row]) -> bytes:
    return "".join("\t".join(one or "" for one in row) + "\n" for row in rows).encode()


def _control(body: control.Body) -> Any:
    """{"queued_s", "running_s", "limit_s"}: how long queries take from now on, such as one to be stopped."""
    with WORLD.lock:
        set_pace(Pace(**{name: float(one) for name, one in body.items()}))
    return vars(PACE)


control.register("athena", _control)
