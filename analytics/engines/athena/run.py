"""One query as Athena tells of it, and what that means under the limits it was given."""

from dataclasses import dataclass, replace

from pyathena.model import AthenaQueryExecution

from analytics.engines import base
from analytics.engines.athena import words
from analytics.engines.athena.calls import Calls
from analytics.engines.athena.config import Config
from analytics.engines.athena.objects import Objects
from analytics.engines.athena.ref import Ref
from analytics.engines.athena.results import Selected, Unloaded
from analytics.engines.base import RunStatus, State
from analytics.rules import cost

_OVER_SCAN = "over-scan"
_UNCOUNTED = -1


@dataclass(frozen=True)
class Run:
    """`execution` is PyAthena's reading of GetQueryExecution."""

    ref: Ref
    execution: AthenaQueryExecution
    calls: Calls
    objects: Objects
    config: Config

    def status(self) -> RunStatus:
        """Will say where the run is. Raises QueryError with UNKNOWN where its result was removed."""
        found = self.execution
        state = State(str(found.state))
        told = RunStatus(
            state,
            bytes_scanned=found.data_scanned_in_bytes or 0,
            is_reused=bool(found.reused_previous_result),
            queued_ms=found.query_queue_time_in_millis or 0,
            ran_ms=found.engine_execution_time_in_millis or 0,
        )
        if state is State.SUCCEEDED:
            told = self._succeeded(told)
        elif state is State.FAILED:
            reason = found.state_change_reason or ""
            code = words.code(reason, found.error_type)
            told = replace(told, code=code, message=words.failed(reason, found.error_type))
        elif state is State.CANCELLED:
            told = self._cancelled(told)
        return replace(told, cost_usd=self._cost_usd(told))

    def result(self) -> Selected | Unloaded:
        """Will give what a run that SUCCEEDED left. Raises QueryError."""
        if self._is_unload:
            return Unloaded(self.objects, self._unloaded())
        return Selected(self.objects, self._location, self.calls.described(self.ref.query))

    def files(self) -> list[str]:
        """Will name everything in S3 that is this run's own. Raises QueryError."""
        if self._is_unload:
            return [*self._unloaded(), self._manifest]
        # A result that was used again is another run's as well.
        return [] if self.execution.reused_previous_result else [self._location, f"{self._location}.metadata"]

    def _succeeded(self, told: RunStatus) -> RunStatus:
        sizes = [self.objects.size(one) for one in (self._unloaded() if self._is_unload else [self._location])]
        if None in sizes or (self._is_unload and self.objects.size(self._manifest) is None):
            raise base.unknown()
        result, limits = self.result(), self.ref.limits
        rows = result.rows() if isinstance(result, Unloaded) else _UNCOUNTED
        for code, is_over in (
            (base.OVER_BYTES, sum(filter(None, sizes)) > limits.result_bytes),
            (base.OVER_ROWS, rows > limits.rows),
        ):
            if is_over:
                return replace(told, state=State.FAILED, code=code, message=base.over_limit(code, limits))
        return replace(told, columns=result.columns(), rows=rows)

    def _cancelled(self, told: RunStatus) -> RunStatus:
        if words.is_cut_off(self.execution.state_change_reason or ""):
            return replace(told, state=State.FAILED, code=_OVER_SCAN, message=words.CUT_OFF)
        if told.ran_ms > self.ref.limits.wall_s * 1000:
            message = words.over_time(self.ref.limits.wall_s)
            return replace(told, state=State.FAILED, code=base.OVER_TIME, message=message)
        return replace(told, code="cancelled", message=words.CANCELLED)

    def _cost_usd(self, told: RunStatus) -> float:
        """By Athena's own word on how it ended: what we call FAILED may be a query that it cancelled, and bills."""
        if not told.state.is_end:
            return 0.0
        end = cost.End.REUSED if told.is_reused else cost.End(str(self.execution.state))
        return cost.cost_usd(told.bytes_scanned, price_usd_per_tb=self.config.price_usd_per_tb, end=end)

    @property
    def _is_unload(self) -> bool:
        return self.execution.substatement_type == "UNLOAD"

    @property
    def _location(self) -> str:
        return str(self.execution.output_location)

    @property
    def _manifest(self) -> str:
        return str(self.execution.data_manifest_location)

    def _unloaded(self) -> list[str]:
        """The files that the manifest lists, one on each line."""
        if self.objects.size(self._manifest) is None:
            raise base.unknown()
        listed = self.objects.opened(self._manifest).read().decode()
        return [line.strip() for line in listed.splitlines() if line.strip()]
