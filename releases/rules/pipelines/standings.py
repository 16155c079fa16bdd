"""Where an execution of a pipeline stands, in one word, one place and one sentence."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from releases.rules.pipelines.people import name_of
from releases.rules.pipelines.seen import Action, Execution, Look, Stage

LONGEST_NOTE = 500


class Kind(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    FAILED = "failed"
    SUCCEEDED = "succeeded"


# CodePipeline's own words (botocore, PipelineExecutionStatus).
ENDS = MappingProxyType(
    {
        "Cancelled": Kind.CANCELLED,
        "Stopped": Kind.STOPPED,
        "Stopping": Kind.STOPPING,
        "Succeeded": Kind.SUCCEEDED,
        "Superseded": Kind.SUPERSEDED,
        "Failed": Kind.FAILED,
    }
)
MOVING = frozenset({Kind.RUNNING, Kind.WAITING, Kind.PAUSED, Kind.STOPPING})


@dataclass(frozen=True)
class Standing:
    """`tries` counts how often the action was tried: more than one is a retry."""

    kind: Kind
    stage: str = ""
    action: str = ""
    since: datetime | None = None
    by: str = ""
    note: str = ""
    link: str = ""
    tries: int = 1

    @property
    def sentence(self) -> str:
        """What people read."""
        told = _SENTENCES[self.kind].format(stage=self.stage, action=self.action)
        if not self.stage:
            # Nothing of it has been seen but that it is there.
            told = "It has begun." if self.kind is Kind.RUNNING else f"It is {self.kind}."
        by = f" By {self.by}." if self.by and self.kind is Kind.PAUSED else ""
        tries = f" It is tried for the {_nth(self.tries)} time." if self.tries > 1 else ""
        note = f" {self.note.strip().removesuffix('.')}." if self.note.strip() else ""
        return f"{told}{by}{tries}{note}"


_SENTENCES = MappingProxyType(
    {
        Kind.RUNNING: "It runs {action} in {stage}.",
        Kind.WAITING: "It waits in {stage} for {action}: a person's yes or no.",
        Kind.PAUSED: "It is paused before {stage}: the way into it is closed.",
        Kind.STOPPING: "It is being stopped in {stage}.",
        Kind.STOPPED: "It was stopped in {stage}.",
        Kind.SUPERSEDED: "A newer execution took its place before {stage} was done.",
        Kind.CANCELLED: "It was cancelled in {stage}.",
        Kind.FAILED: "It failed in {stage}, at {action}.",
        Kind.SUCCEEDED: "It went all the way.",
    }
)


def of(execution: Execution, look: Look) -> Standing:
    """Will say where the execution stands, by what the look saw of stages and actions."""
    actions = [action for action in look.actions if action.execution_id == execution.id]
    kind = ENDS.get(execution.status)
    if kind is None:
        closed = next(_closed_before(execution, look), None)
        if closed is not None:
            return _paused(closed, execution)
    newest = max(actions, key=_moved, default=None)
    if newest is None:
        return Standing(kind or Kind.RUNNING, since=execution.updated_at, note=_cut(execution.note))
    return _at(newest, kind or _moving(newest), execution, actions)


def _closed_before(execution: Execution, look: Look) -> Iterator[Stage]:
    return (stage for stage in look.stages if not stage.is_open and execution.id in stage.waiting_ids)


def _paused(stage: Stage, execution: Execution) -> Standing:
    by = name_of(stage.closed_by) if stage.closed_by else ""
    since = stage.closed_at or execution.updated_at
    return Standing(Kind.PAUSED, stage=stage.name, since=since, by=by, note=_cut(stage.closed_reason))


def _moving(action: Action) -> Kind:
    return Kind.WAITING if action.is_gate and action.status == "InProgress" else Kind.RUNNING


def _at(action: Action, kind: Kind, execution: Execution, actions: list[Action]) -> Standing:
    tries = Counter((one.stage, one.name) for one in actions)[action.stage, action.name]
    has_bad_news = kind in {Kind.FAILED, Kind.STOPPED, Kind.STOPPING, Kind.SUPERSEDED, Kind.CANCELLED}
    note = (action.summary if kind is Kind.FAILED else "") or execution.note
    return Standing(
        kind,
        stage=action.stage,
        action=action.name,
        since=action.updated_at or action.at,
        by=name_of(action.by) if action.by else "",
        note=_cut(note) if has_bad_news else "",
        link=action.link,
        tries=tries,
    )


def _moved(action: Action) -> tuple[bool, float]:
    # What fails or still runs tells more than what was done beside it at the same time.
    at = action.updated_at or action.at
    return action.status in {"Failed", "InProgress"}, at.timestamp() if at else 0.0


def _cut(note: str) -> str:
    return note if len(note) <= LONGEST_NOTE else f"{note[:LONGEST_NOTE]}…"


def _nth(count: int) -> str:
    return {2: "second", 3: "third"}.get(count, f"{count}th")
