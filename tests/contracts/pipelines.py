"""What the pipeline suite needs of an adapter: somebody who pushes, builds, decides at the gate, and meddles."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from releases.pipelines.base import Pipeline
from releases.pipelines.memory import GATE, MemoryPipeline
from releases.rules.pipelines.gates import Decision
from releases.rules.pipelines.seen import Stage

GRACE = "grace"


class PipelineRig(Protocol):
    """One adapter with its surroundings: Source, Build, then a gate in a stage of its own (GATE)."""

    pipeline: Pipeline

    def push(self) -> str:
        """Will begin an execution, up to where it builds, and give its commit."""
        ...

    def finish_build(self, exported: Mapping[str, str], *, is_good: bool = True) -> None:
        """Will end the build of the newest execution; a good one goes on to the gate."""
        ...

    def settle(self) -> None:
        """Will let the outside get to where it was told to go."""
        ...

    def decide(self, decision: Decision, summary: str) -> None:
        """Will decide at the gate as grace does, in the console."""
        ...

    def stop(self, reason: str) -> None:
        """Will stop the newest execution."""
        ...

    def close_gate_stage(self, reason: str) -> None:
        """Will disable the way into the gate's stage."""
        ...

    def break_down(self) -> None:
        """Will make every call fail, before it has an effect."""
        ...

    def mend(self) -> None:
        """Will end that."""
        ...


class MemoryRig:
    def __init__(self) -> None:
        self.pipeline = MemoryPipeline()
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.closed = ""

    def _later(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def push(self) -> str:
        commit = f"{len(self.pipeline.executions) + 1:040x}"
        self.pipeline.start(commit, at=self._later())
        return commit

    def settle(self) -> None:
        self._later()

    def finish_build(self, exported: Mapping[str, str], *, is_good: bool = True) -> None:
        if self.closed and is_good:
            execution = self.pipeline.executions[-1].id
            self.pipeline.end_build(exported, at=self._later())
            self.pipeline.stages[GATE[0]] = Stage(
                GATE[0], waiting_ids=(execution,), is_open=False, closed_by=GRACE, closed_reason=self.closed
            )
            return
        self.pipeline.finish_build(exported, at=self._later(), status="SUCCEEDED" if is_good else "FAILED")

    def decide(self, decision: Decision, summary: str) -> None:
        self.pipeline.decide(decision, by=f"arn:aws:sts::111122223333:assumed-role/Approvers/{GRACE}", summary=summary)

    def stop(self, reason: str) -> None:
        self.pipeline.end(self.pipeline.executions[-1].id, "Stopped", at=self._later(), note=reason)

    def close_gate_stage(self, reason: str) -> None:
        self.closed = reason

    def break_down(self) -> None:
        self.pipeline.trouble = "It is away"

    def mend(self) -> None:
        self.pipeline.trouble = ""
