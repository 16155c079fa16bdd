"""Deployments: what each is, and how it is shown."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.operations import AwsError, Context
from simulator.services import events
from simulator.services.codedeploy import appspec
from simulator.services.codedeploy.appspec import AppSpec
from simulator.services.codedeploy.configs import Config
from simulator.services.codedeploy.groups import Group
from simulator.services.ecs import task_sets
from simulator.services.ecs.lives import Life
from simulator.services.ecs.store import TaskSet
from simulator.services.elbv2 import traffic
from simulator.world import WORLD

# The order is AWS's own (user guide, "AppSpec 'hooks' section for an Amazon ECS deployment").
EVENTS = (
    *("BeforeInstall", "Install", "AfterInstall", "AllowTestTraffic", "AfterAllowTestTraffic"),
    *("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"),
)
ENDED = frozenset({"Succeeded", "Failed", "Stopped"})
_NOTICES = {"InProgress": "START", "Ready": "READY", "Succeeded": "SUCCESS", "Failed": "FAILURE", "Stopped": "STOP"}
_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def _id() -> str:
    number = uuid.uuid4().int
    return "d-" + "".join(_CHARACTERS[number // 36**place % 36] for place in range(9))


@dataclass(eq=False)
class Deployment:
    """One deployment of `group`. `weight` is what of the production traffic goes to green, per cent."""

    group: Group
    revision: Mapping[str, Any]
    spec: AppSpec
    config: Config
    description: str = ""
    creator: str = "user"
    auto_rollback: Mapping[str, Any] = field(default_factory=dict)
    alarms: Mapping[str, Any] = field(default_factory=dict)
    previous: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=_id)
    status: str = "Created"
    created_at: datetime = field(default_factory=WORLD.now)
    started_at: datetime | None = None
    completed_at: datetime | None = None
    updated_at: datetime = field(default_factory=WORLD.now)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    error: dict[str, str] = field(default_factory=dict)
    rollback_info: dict[str, str] = field(default_factory=dict)
    is_termination_wait: bool = False
    is_stopping: bool = False
    is_rollback_due: bool = False
    waits_for: str = ""
    weight: float = 0.0
    blue: TaskSet | None = None
    green: TaskSet | None = None
    # The hook that runs, by the id that its function answers with, and those that ended.
    hook: dict[str, str] = field(default_factory=dict)
    life: Life | None = None

    def __post_init__(self) -> None:
        self.events = {name: {"lifecycleEventName": name, "status": "Pending"} for name in EVENTS}
        self._tell_group()

    @property
    def context(self) -> Context:
        return self.group.context

    @property
    def is_active(self) -> bool:
        return self.status not in ENDED

    def become(self, status: str) -> None:
        """Will take a status; EventBridge is told, by best effort, of those that AWS tells of."""
        is_news = status in _NOTICES and not (status == "InProgress" and self.started_at)
        self.status, self.updated_at = status, WORLD.now()
        if status == "InProgress":
            self.started_at = self.started_at or WORLD.now()
        if not self.is_active:
            self.completed_at = WORLD.now()
        self._tell_group()
        if is_news:
            self._publish(_NOTICES[status])

    def weigh(self, kind: str, weight: float) -> None:
        """Will send `weight` per cent of "prod" or "test" traffic to green, the rest to blue. Raises AwsError."""
        listener = self.group.listener(kind)
        if self.blue is None or self.green is None or not listener:
            return
        traffic.weigh(listener, {self.blue.target_group: 100 - weight, self.green.target_group: weight}, self.context)
        if kind == "prod":
            self.weight = weight
            chosen = self.green if weight == 100 else self.blue
            if chosen.status != "PRIMARY" and self.group.service is not None and weight in {0, 100}:
                task_sets.make_primary(self.group.service, chosen)

    def shown(self) -> dict[str, Any]:
        """Will show it as GetDeployment does."""
        given = self.group.given
        facts: dict[str, Any] = {
            "applicationName": self.group.application,
            "deploymentGroupName": self.group.name,
            "deploymentConfigName": self.config.name,
            "deploymentId": self.id,
            "previousRevision": dict(self.previous) or None,
            "revision": appspec.shown(self.revision),
            "status": self.status,
            "errorInformation": self.error or None,
            "createTime": self.created_at,
            "startTime": self.started_at,
            "completeTime": self.completed_at,
            "deploymentOverview": self._overview() if self.started_at else None,
            "description": self.description or None,
            "creator": self.creator,
            "ignoreApplicationStopFailures": False,
            "autoRollbackConfiguration": dict(self.auto_rollback) or None,
            "updateOutdatedInstancesOnly": False,
            "rollbackInfo": self.rollback_info,
            "deploymentStyle": given.get("deploymentStyle"),
            "instanceTerminationWaitTimeStarted": self.is_termination_wait,
            "blueGreenDeploymentConfiguration": given.get("blueGreenDeploymentConfiguration"),
            "loadBalancerInfo": given.get("loadBalancerInfo"),
            "fileExistsBehavior": "DISALLOW",
            "deploymentStatusMessages": [],
            "computePlatform": "ECS",
            "overrideAlarmConfiguration": dict(self.alarms) or None,
        }
        return {name: one for name, one in facts.items() if one is not None}

    @property
    def target_status(self) -> str:
        """The status of its one target."""
        named = {"Created": "Pending", "Queued": "Pending", "Stopped": "Skipped"}
        return named.get(self.status, self.status)

    def _overview(self) -> dict[str, int]:
        kinds = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")
        return {kind: int(kind == self.target_status) for kind in kinds}

    def _tell_group(self) -> None:
        line = {"deploymentId": self.id, "status": self.status, "createTime": self.created_at}
        if self.completed_at is not None:
            line["endTime"] = self.completed_at
        self.group.last = line
        if self.status == "Succeeded":
            self.group.last_good, self.group.revision = line, appspec.shown(self.revision)

    def _publish(self, state: str) -> None:
        region, account = self.context.region, self.context.account
        names = self.group.application, self.group.name
        start = f"arn:aws:codedeploy:{region}:{account}"
        detail = {
            "application": names[0],
            "deploymentGroup": names[1],
            "deploymentId": self.id,
            "instanceGroupId": self.group.id,
            "region": region,
            "state": state,
        }
        resources = [f"{start}:application:{names[0]}", f"{start}:deploymentgroup:{names[0]}/{names[1]}"]
        kind = "CodeDeploy Deployment State-change Notification"
        events.publish("aws.codedeploy", kind, detail, resources, self.context)


DEPLOYMENTS: dict[str, Deployment] = {}


@WORLD.on_reset
def _empty() -> None:
    DEPLOYMENTS.clear()


def find(name: str, context: Context) -> Deployment:
    """Will find a deployment of the caller's account. Raises AwsError for an id that is none, or not there."""
    if not name:
        raise AwsError("DeploymentIdRequiredException", "The deployment ID was not given.")
    if not name.startswith("d-"):
        text = f"Specified DeploymentId is not in the valid format: {name}"
        raise AwsError("InvalidDeploymentIdException", text)
    found = DEPLOYMENTS.get(name)
    if found is None or (found.context.account, found.context.region) != (context.account, context.region):
        text = f"The deployment {name} could not be found"
        raise AwsError("DeploymentDoesNotExistException", text)
    return found


def active_in(group: Group) -> Deployment | None:
    """Will find the deployment that is under way in `group`, or whose rollback is about to begin."""
    busy = (one for one in DEPLOYMENTS.values() if one.group is group and (one.is_active or one.is_rollback_due))
    return next(busy, None)
