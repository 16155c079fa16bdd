"""Tasks: how one starts, gets healthy or doesn't, and stops, in seconds of the account's time."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from simulator import control
from simulator.operations import Context
from simulator.services.ecs import images
from simulator.services.ecs.lives import Course, Life
from simulator.services.elbv2.targets import TARGETS, drain_delay_s
from simulator.world import WORLD

# What Fargate usually takes for a small image (not documented: our reading).
PROVISIONING_S = 10
PULLING_S = 10
CHECKING_S = 20
SICK_S = 60
STOPPING_S = 5

LIVE = frozenset({"PROVISIONING", "PENDING", "RUNNING"})
# Task definitions, as "family:revision" or ARN, whose tasks never get healthy: a test's or a person's hand.
NEVER_HEALTHY: set[str] = set()
_ADDRESSES = count(10)


@WORLD.on_reset
def _empty() -> None:
    NEVER_HEALTHY.clear()


def _take_hand(body: control.Body) -> dict[str, list[str]]:
    if "never_healthy" in body:
        NEVER_HEALTHY.add(str(body["never_healthy"]))
    return {"never_healthy": sorted(NEVER_HEALTHY)}


control.register("ecs", _take_hand)


@dataclass(frozen=True)
class Door:
    """Where a task takes traffic: the target group, the container and its port."""

    target_group: str
    container: str
    port: int


@dataclass(eq=False)
class Task:
    """One task. `definition` is moto's; `on_change` hears that it got healthy, or stopped."""

    context: Context
    cluster: str
    definition: Any
    group: str
    started_by: str
    on_change: Callable[["Task"], None]
    door: Door | None = None
    grace_s: float = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    address: str = field(default_factory=lambda: _address(next(_ADDRESSES)))
    created_at: datetime = field(default_factory=WORLD.now)
    last_status: str = "PROVISIONING"
    desired_status: str = "RUNNING"
    health: str = "UNKNOWN"
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_code: str = ""
    reason: str = ""
    digests: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._life = Life(self._start()).begin()

    @property
    def arn(self) -> str:
        return f"arn:aws:ecs:{self.context.region}:{self.context.account}:task/{self.cluster}/{self.id}"

    @property
    def is_well(self) -> bool:
        """Whether its containers would answer health checks."""
        name = self.definition.arn
        if name in NEVER_HEALTHY or name.rpartition("/")[2] in NEVER_HEALTHY:
            return False
        variables = [one for made in self.definition.container_definitions for one in made.get("environment", [])]
        return {"name": "PORTAL_FAULT_START", "value": "1"} not in variables

    def stop(self, code: str, reason: str) -> None:
        """Will let it drain and stop; a task that stops already goes on doing so."""
        if self.desired_status == "RUNNING":
            self._life.cancel()
            self._life = Life(self._leave(code, reason)).begin()

    def _start(self) -> Course:
        yield PROVISIONING_S
        self.last_status = "PENDING"
        yield PULLING_S
        try:
            self.digests = {
                made["name"]: images.digest(made["image"]) for made in self.definition.container_definitions
            }
        except images.PullError as error:
            self._stopped("TaskFailedToStart", str(error))
            return
        self.last_status, self.started_at = "RUNNING", WORLD.now()
        if self.door is not None:
            TARGETS.register(self.door.target_group, self.address, self.door.port, is_well=self.is_well)
        yield CHECKING_S
        if self.is_well:
            self.health = "HEALTHY"
            self.on_change(self)
            return
        self.health = "UNHEALTHY"
        yield SICK_S + self.grace_s
        where = f" in (target-group {self.door.target_group})" if self.door else ""
        yield from self._leave("ServiceSchedulerInitiated", f"Task failed ELB health checks{where}")

    def _leave(self, code: str, reason: str) -> Course:
        self.desired_status, self.stopping_at = "STOPPED", WORLD.now()
        self.stop_code, self.reason = code, reason
        self.last_status = "DEACTIVATING"
        if self.door is not None:
            delay_s = drain_delay_s(self.context, self.door.target_group)
            if TARGETS.deregister(self.door.target_group, self.address, self.door.port, delay_s=delay_s):
                yield delay_s
        self.last_status = "STOPPING"
        yield STOPPING_S
        self._stopped(code, reason)

    def _stopped(self, code: str, reason: str) -> None:
        self.desired_status = self.last_status = "STOPPED"
        self.stop_code, self.reason, self.stopped_at = code, reason, WORLD.now()
        self.on_change(self)


def _address(number: int) -> str:
    return f"10.0.{number // 250 % 250}.{number % 250 + 4}"
