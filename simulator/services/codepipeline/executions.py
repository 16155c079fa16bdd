"""Executions: how one walks the stages, waits before them, fails, is stopped and is taken up again."""

import uuid
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.operations import Context
from simulator.services.codepipeline import notices
from simulator.services.codepipeline.actions import ActionRun
from simulator.services.ecs.lives import FOREVER, Course, Life
from simulator.world import WORLD

if TYPE_CHECKING:
    from simulator.services.codepipeline.pipelines import Pipeline, StagePlace

OVER = frozenset({"Succeeded", "Failed", "Stopped", "Superseded"})


@dataclass(eq=False)
class Execution:
    """One execution, by the definition that the pipeline had when it began."""

    pipeline: "Pipeline"
    context: Context
    definition: Mapping[str, Any]
    trigger: str
    trigger_detail: str
    wanted: Mapping[str, str] = field(default_factory=dict)
    variables: Sequence[Mapping[str, str]] = ()
    token: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    summary: str = ""
    stop_reason: str = ""
    started_at: datetime = field(default_factory=WORLD.now)
    changed_at: datetime = field(default_factory=WORLD.now)
    revisions: list[dict[str, Any]] = field(default_factory=list)
    runs: list[ActionRun] = field(default_factory=list)
    is_waiting: bool = False

    @property
    def version(self) -> int:
        return int(self.definition["version"])

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    def begin(self) -> "Execution":
        """Will set it on its way."""
        notices.tell_of_execution(self, "STARTED")
        self._life = Life(self._walk(0)).begin()
        return self

    def wake(self) -> None:
        """Will let it look again whether it may go on."""
        if not self.is_over:
            self._life.wake()

    def stop(self, reason: str, *, is_abandoning: bool) -> None:
        """Will end it: at once, leaving what runs to itself, or when what runs is over."""
        self.stop_reason = reason
        self._take("Stopping", "STOPPING")
        if not is_abandoning and not self.is_waiting and any(not run.is_over for run in self.runs):
            return
        self._life.cancel()
        for run in self.runs:
            run.abandon()
        self._leave_all("STOPPED")
        self._take("Stopped", "STOPPED")
        self.pipeline.wake()

    def supersede(self, by: "Execution") -> None:
        """Will end it where it waits, for a newer one has caught up."""
        self._life.cancel()
        self.summary = f"Superseded by {by.id}"
        self._leave_all("")
        self._take("Superseded", "SUPERSEDED")

    def retry(self, stage: str, *, is_whole: bool) -> None:
        """Will take a stage up again that failed: its failed actions, or all of them."""
        names = [one["name"] for one in self.definition["stages"]]
        place = self.pipeline.places[stage]
        place.holder = self
        self.summary = ""
        self._take("InProgress", "RESUMED")
        notices.tell_of_stage(self, stage, "RESUMED")
        self._life = Life(self._walk(names.index(stage), again="all" if is_whole else "failed")).begin()

    def fetched(self, run: ActionRun, message: str) -> None:
        """Will note what a source action brought."""
        artifacts = run.action.get("outputArtifacts") or [{"name": run.name}]
        self.revisions.append(
            {
                "name": artifacts[0]["name"],
                "actionName": run.name,
                "revisionId": run.work_id,
                "revisionSummary": message,
                "created": WORLD.now(),
                "revisionUrl": f"https://console.aws.amazon.com/codesuite/codecommit/commit/{run.work_id}",
            }
        )

    def latest(self, stage: str, action: str) -> ActionRun | None:
        """Will give the last run of an action in this execution."""
        return next((one for one in reversed(self.runs) if (one.stage, one.name) == (stage, action)), None)

    def _walk(self, first: int, again: str = "") -> Course:
        for stage in self.definition["stages"][first:]:
            place = self.pipeline.places[stage["name"]]
            if not again:
                yield from self._enter(place)
                if self.is_over:
                    return
                notices.tell_of_stage(self, place.name, "STARTED")
            is_well = yield from self._act(stage, again)
            again = ""
            if self.status == "Stopping":
                self._leave(place, "STOPPED", "Stopped")
                self._take("Stopped", "STOPPED")
                self.pipeline.wake()
                return
            if not is_well:
                self._leave(place, "FAILED", "Failed")
                self._take("Failed", "FAILED")
                self.pipeline.wake()
                return
            notices.tell_of_stage(self, place.name, "SUCCEEDED")
            place.status[self.id] = "Succeeded"
            yield from self._go_out(place)
        self._take("Succeeded", "SUCCEEDED")
        self.pipeline.wake()

    def _enter(self, place: "StagePlace") -> Course:
        """Will wait before a stage until it is free and open; in SUPERSEDED mode only the newest waits."""
        self.is_waiting = True
        place.arrive(self)
        while not place.may_enter(self):
            yield FOREVER
        place.enter(self)
        self.is_waiting = False

    def _go_out(self, place: "StagePlace") -> Course:
        self.is_waiting = True
        while not place.is_way_out_open:
            yield FOREVER
        self.is_waiting = False
        place.holder = None
        self.pipeline.wake()

    def _act(self, stage: Mapping[str, Any], again: str) -> Generator[float, None, bool]:
        """Will run a stage's actions, and say whether all of them went well."""
        for actions in _in_order(stage["actions"]):
            runs = []
            for action in actions:
                was = self.latest(stage["name"], action["name"])
                if again == "failed" and was is not None and was.status == "Succeeded":
                    continue
                run = ActionRun(self, stage["name"], action, self.wake)
                self.runs.append(run)
                runs.append(run.begin())
            while any(not run.is_over for run in runs):
                yield FOREVER
            if any(run.status != "Succeeded" for run in runs):
                return False
            if self.status == "Stopping":
                break
        return True

    def _leave(self, place: "StagePlace", state: str, status: str) -> None:
        if place.holder is self:
            place.holder = None
        place.status[self.id] = status
        notices.tell_of_stage(self, place.name, state)

    def _leave_all(self, state: str) -> None:
        for place in self.pipeline.places.values():
            place.forget(self)
            if place.holder is self:
                self._leave(place, state, "Stopped")

    def _take(self, status: str, state: str) -> None:
        self.status, self.changed_at = status, WORLD.now()
        notices.tell_of_execution(self, state)


def _in_order(actions: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The actions of one run order run side by side."""
    groups: dict[int, list[Mapping[str, Any]]] = {}
    for one in actions:
        groups.setdefault(int(one.get("runOrder") or 1), []).append(one)
    return [groups[order] for order in sorted(groups)]
