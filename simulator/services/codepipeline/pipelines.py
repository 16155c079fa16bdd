"""Pipelines as executions find them: who is in which stage, who waits before it, and whether the way is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.codepipeline.models import codepipeline_backends

from simulator.operations import AwsError, Context
from simulator.services import events
from simulator.services.codepipeline.executions import Execution
from simulator.world import WORLD

QUEUED, SUPERSEDED, PARALLEL = "QUEUED", "SUPERSEDED", "PARALLEL"
# User guide, "Quotas": executions at once of a pipeline whose mode is QUEUED or PARALLEL.
MOST_AT_ONCE = 50


@dataclass
class Way:
    """A transition: open, or closed by somebody with a reason."""

    is_open: bool = True
    by: str = ""
    at: datetime | None = None
    reason: str = ""


@dataclass(eq=False)
class StagePlace:
    """One stage of one pipeline."""

    name: str
    mode: str
    holder: Execution | None = None
    waiting: list[Execution] = field(default_factory=list)
    way_in: Way = field(default_factory=Way)
    way_out: Way = field(default_factory=Way)
    # Who was in it last, and how each one that was in it fared.
    latest: Execution | None = None
    status: dict[str, str] = field(default_factory=dict)

    @property
    def is_way_out_open(self) -> bool:
        return self.way_out.is_open

    def arrive(self, execution: Execution) -> None:
        """Will let an execution wait here; where newer ones supersede, it sends off those that waited before."""
        if self.mode == SUPERSEDED:
            for older in self.waiting[:]:
                older.supersede(execution)
        self.waiting.append(execution)

    def may_enter(self, execution: Execution) -> bool:
        if self.mode == PARALLEL:
            return True
        return self.holder is None and self.way_in.is_open and self.waiting[:1] == [execution]

    def enter(self, execution: Execution) -> None:
        self.forget(execution)
        self.holder = self.latest = execution
        self.status[execution.id] = "InProgress"

    def forget(self, execution: Execution) -> None:
        """Will take an execution out of those that wait."""
        self.waiting = [one for one in self.waiting if one is not execution]


@dataclass(eq=False)
class Pipeline:
    """One pipeline: moto's definition, and what runs by it, oldest first."""

    context: Context
    name: str
    places: dict[str, StagePlace] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)

    @property
    def arn(self) -> str:
        return f"arn:aws:codepipeline:{self.context.region}:{self.context.account}:{self.name}"

    @property
    def kept(self) -> Any:
        """moto's object."""
        return codepipeline_backends[self.context.account][self.context.region].pipelines[self.name]

    @property
    def definition(self) -> Mapping[str, Any]:
        known: Mapping[str, Any] = self.kept.pipeline
        return known

    @property
    def mode(self) -> str:
        return str(self.definition.get("executionMode") or SUPERSEDED)

    def wake(self) -> None:
        """Will let everybody look again whether they may go on."""
        for one in self.executions:
            one.wake()

    def refresh(self) -> None:
        """Will follow what UpdatePipeline did to the stages."""
        for stage in self.definition["stages"]:
            self.places.setdefault(stage["name"], StagePlace(stage["name"], self.mode)).mode = self.mode

    def place(self, stage: str) -> StagePlace:
        """Will find a stage. Raises AwsError(StageNotFoundException)."""
        if stage not in {one["name"] for one in self.definition["stages"]}:
            raise AwsError("StageNotFoundException", f"Pipeline '{self.name}' does not have a stage '{stage}'")
        return self.places[stage]

    def execution(self, id_: str) -> Execution:
        """Will find an execution. Raises AwsError(PipelineExecutionNotFoundException)."""
        for one in self.executions:
            if one.id == id_:
                return one
        message = f"Account '{self.context.account}' does not have an execution with id '{id_}'"
        raise AwsError("PipelineExecutionNotFoundException", f"{message} for pipeline '{self.name}'")


_PIPELINES: dict[tuple[str, str, str], Pipeline] = {}


@WORLD.on_reset
def _empty() -> None:
    _PIPELINES.clear()


def find(name: str, context: Context) -> Pipeline:
    """Will find a pipeline. Raises AwsError(PipelineNotFoundException)."""
    key = context.account, context.region, name
    if name not in codepipeline_backends[context.account][context.region].pipelines:
        _PIPELINES.pop(key, None)
        message = f"Account '{context.account}' does not have a pipeline with name '{name}'"
        raise AwsError("PipelineNotFoundException", message)
    place = Context(context.account, context.region, "")
    found = _PIPELINES.setdefault(key, Pipeline(place, name))
    found.refresh()
    return found


def start(
    name: str,
    context: Context,
    *,
    trigger: str = "StartPipelineExecution",
    token: str = "",
    wanted: Mapping[str, str] | None = None,
    variables: Sequence[Mapping[str, str]] = (),
) -> Execution:
    """Will start an execution; the same one for the same token. Raises AwsError."""
    pipeline = find(name, context)
    for one in pipeline.executions:
        if token and one.token == token:
            return one
    if pipeline.mode != SUPERSEDED and sum(not one.is_over for one in pipeline.executions) >= MOST_AT_ONCE:
        message = f"The pipeline has reached its limit of {MOST_AT_ONCE} concurrent executions"
        raise AwsError("ConcurrentPipelineExecutionsLimitExceededException", message)
    execution = Execution(
        pipeline, pipeline.context, dict(pipeline.definition), trigger, context.caller, wanted or {}, variables, token
    )
    pipeline.executions.append(execution)
    execution.begin()
    return execution


def _start_by_event(target: Mapping[str, Any], body: Any, context: Context) -> None:  # noqa: ARG001 - one signature
    start(str(target["Arn"]).rpartition(":")[2], context, trigger="CloudWatchEvent")


events.deliver_to("codepipeline", _start_by_event)
