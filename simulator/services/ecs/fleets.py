"""Fleets: as many tasks of one task definition as are wanted, kept alive as ECS's scheduler does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from simulator.operations import Context
from simulator.services.ecs.fargate import LIVE, Door, Task
from simulator.world import WORLD

# ECS waits longer before each replacement of tasks that keep failing ("Service throttle logic"); the numbers are ours.
FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 900.0
# Stopped tasks can be described for an hour at least (API reference, DescribeTasks).
REMEMBERED = timedelta(hours=1)


@dataclass(eq=False)
class Fleet:
    """The tasks of one task set or one service revision."""

    context: Context
    cluster: str
    definition: Any
    group: str
    started_by: str
    door: Door | None = None
    grace_s: float = 0
    desired: int = 0
    failed: int = 0
    tasks: list[Task] = field(default_factory=list)
    on_failure: Callable[[Task], None] = lambda _: None

    @property
    def running(self) -> int:
        return sum(one.last_status == "RUNNING" for one in self.tasks)

    @property
    def pending(self) -> int:
        return sum(one.last_status in {"PROVISIONING", "PENDING"} for one in self.tasks)

    @property
    def healthy(self) -> int:
        return sum(one.last_status == "RUNNING" and one.health == "HEALTHY" for one in self.tasks)

    @property
    def is_steady(self) -> bool:
        """Whether all that are wanted are healthy, and no others live."""
        return self.healthy == self.desired == len(self._live())

    @property
    def is_gone(self) -> bool:
        return all(one.last_status == "STOPPED" for one in self.tasks)

    def scale(self, desired: int, *, reason: str = "Scaling activity initiated by the service") -> None:
        """Will start or stop tasks until `desired` live."""
        self.desired = desired
        live = self._live()
        for one in live[desired:]:
            one.stop("ServiceSchedulerInitiated", reason)
        for _ in range(desired - len(live)):
            self._start()

    def remembered(self) -> list[Task]:
        """Will list the tasks that ECS still knows."""
        since = WORLD.now() - REMEMBERED
        self.tasks = [one for one in self.tasks if one.stopped_at is None or one.stopped_at > since]
        return self.tasks

    def _live(self) -> list[Task]:
        return [one for one in self.tasks if one.last_status in LIVE and one.desired_status == "RUNNING"]

    def _start(self) -> None:
        task = Task(
            self.context,
            self.cluster,
            self.definition,
            self.group,
            self.started_by,
            self._changed,
            self.door,
            self.grace_s,
        )
        self.tasks.append(task)

    def _changed(self, task: Task) -> None:
        if task.last_status != "STOPPED":
            self.failed = 0
            return
        if len(self._live()) >= self.desired:
            return
        self.failed += 1
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self.failed, 10))
        WORLD.after(pause_s, lambda: self.scale(self.desired))
        self.on_failure(task)
