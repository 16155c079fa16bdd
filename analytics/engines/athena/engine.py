"""The engine on AWS. It keeps nothing itself: what it must know of a run stands in its id and in Athena."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pyarrow as pa
from pyathena.model import AthenaQueryExecution

from analytics.engines import base, reading, waiting
from analytics.engines.athena import calls, estimate, objects, results, statements
from analytics.engines.athena.calls import Calls
from analytics.engines.athena.config import Config, Doors
from analytics.engines.athena.estimate import Tables
from analytics.engines.athena.objects import Objects
from analytics.engines.athena.ref import Ref
from analytics.engines.athena.run import Run
from analytics.engines.base import Estimate, QueryError, RunStatus, State, Submission
from analytics.rules import cost
from analytics.rules.sql.statement import Statement

ACTIONS = calls.ACTIONS | estimate.ACTIONS | objects.ACTIONS
_LOOK_S = 0.5
_CANCEL_PATIENCE_S = 5.0


class AthenaEngine:
    """Keeps the promises of analytics.engines.base. `doors` gives what stands for a boto3 session, by person."""

    name = "athena"

    def __init__(self, config: Config, doors: Doors) -> None:
        self.config = config
        self.doors = doors
        self.calls = Calls(config, doors)

    def estimate(self, submission: Submission) -> Estimate:
        """Will add up the files that the query may read, as Glue and S3 list them."""
        read = reading.read(submission.sql)
        return self._estimate(read, submission)

    def submit(self, submission: Submission) -> str:
        """Will start the query under the person's name; the token makes it one."""
        read = reading.read(submission.sql)
        forms = [statements.plain(read), statements.unload(read, self._folder(submission.token))]
        if self._is_large(read, submission):
            forms.reverse()
        try:
            query = self._start(forms[0], submission)
        except QueryError as error:
            if error.code != base.TOKEN_TAKEN:
                raise
            # Its tables have grown or shrunk since the token was used: it was started in its other form.
            query = self._start(forms[1], submission)
        return str(Ref(query, submission.limits))

    def poll(self, outside_id: str, *, patience_s: float = 0) -> RunStatus:
        """Will ask Athena; a run over its time is stopped here."""
        ref = Ref.read(outside_id)
        return waiting.until(lambda: self._status(ref), lambda one: one.state.is_end, patience_s, look_s=_LOOK_S)

    def page(self, outside_id: str, *, after: int = 0, size: int = 1000) -> pa.Table:
        """Will read the result's files up to the rows that are asked for."""
        return results.cut(self.batches(outside_id), after, size)

    def batches(self, outside_id: str, *, patience_s: float = 0) -> Iterator[pa.RecordBatch]:
        """Will read the result's files, which Athena writes when it has all rows."""
        if patience_s:
            self.poll(outside_id, patience_s=patience_s)
        ref = Ref.read(outside_id)
        run = self._run(ref, self.calls.look(ref.query))
        status = run.status()
        if status.state is not State.SUCCEEDED:
            raise base.no_result(status)
        return results.checked(run.result().batches())

    def cancel(self, outside_id: str) -> None:
        """Will stop the query, and look until it has ended."""
        ref = Ref.read(outside_id)
        if not self._status(ref).state.is_end:
            self.calls.stop(ref.query)
            self.poll(outside_id, patience_s=_CANCEL_PATIENCE_S)

    def forget(self, outside_id: str) -> None:
        """Will remove the result's files; Athena keeps its own record of the query for 45 days."""
        with suppress(QueryError):
            self._forget(Ref.read(outside_id))

    def _start(self, sql: str, submission: Submission) -> str:
        may_reuse = self.config.reuse_minutes > 0 and not sql.startswith(statements.UNLOAD)
        return self.calls.start(
            sql,
            token=submission.token,
            person=submission.person,
            database=submission.database,
            may_reuse=may_reuse,
        )

    def _is_large(self, read: Statement, submission: Submission) -> bool:
        if read.tree.args.get("order"):
            # UNLOAD writes several files, in no order among them (user guide, "UNLOAD").
            return False
        return self._estimate(read, submission).bytes_upper >= self.config.unload_from_bytes

    def _estimate(self, read: Statement, submission: Submission) -> Estimate:
        tables = Tables(self._client("glue", submission.person), Objects(self._client("s3", submission.person)))
        upper = tables.bytes_upper(read, submission.database)
        named = tuple(sorted(statements.named(read, submission.database)))
        return Estimate(upper, cost.cost_usd(upper, price_usd_per_tb=self.config.price_usd_per_tb), named)

    def _status(self, ref: Ref) -> RunStatus:
        found = self.calls.look(ref.query)
        status = self._run(ref, found).status()
        if not status.state.is_end and status.ran_ms > ref.limits.wall_s * 1000:
            self.calls.stop(ref.query)
        return status

    def _run(self, ref: Ref, found: AthenaQueryExecution) -> Run:
        return Run(ref, found, self.calls, Objects(self._client("s3")), self.config)

    def _forget(self, ref: Ref) -> None:
        run = self._run(ref, self.calls.look(ref.query))
        if run.status().state.is_end:
            run.objects.remove(run.files())

    def _folder(self, token: str) -> str:
        return f"{self.config.results.rstrip('/')}/unload/{token}/"

    def _client(self, service: str, person: str = "") -> Any:
        return self.doors(person or self.config.session).client(service)
