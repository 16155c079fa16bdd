"""CodeDeploy's deployments: what each says of itself, how ours are found again, and how one is begun.

CreateDeployment has no idempotency token. So each carries a marker in its description, and is looked for before another
one is begun; besides, a group takes one deployment at a time.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from portal.aws import Clients, code_of
from releases.targets.base import TargetError
from releases.targets.cloud.calls import told
from releases.targets.codedeploy.config import CodeDeployConfig

ACTIONS = frozenset(
    {
        *("codedeploy:GetDeployment", "codedeploy:BatchGetDeployments", "codedeploy:ListDeployments"),
        *("codedeploy:BatchGetDeploymentTargets", "codedeploy:CreateDeployment"),
        *("codedeploy:GetDeploymentConfig", "codedeploy:RegisterApplicationRevision"),
    }
)
ALL_AT_ONCE = "CodeDeployDefault.ECSAllAtOnce"
# BatchGetDeployments takes 25 ids at once (API reference).
AT_ONCE = 25
BACK = ":back"
UNKNOWN = frozenset(
    {"DeploymentDoesNotExistException", "InvalidDeploymentIdException", "DeploymentIdRequiredException"}
)
UNSTARTED = frozenset({"DeploymentNotStartedException", "DeploymentTargetDoesNotExistException"})
_NAMED_DEFINITION = re.compile(r"""^[^#\n]*\bTaskDefinition["']?\s*:\s*["']?(?P<arn>arn:[^\s"',}]+)""", re.MULTILINE)
_MARKER = re.compile(r"verdigris (?P<token>\S+) in place of (?P<blue>\S*)")


class Status(StrEnum):
    """DeploymentStatus of CodeDeploy's API."""

    CREATED = "Created"
    QUEUED = "Queued"
    IN_PROGRESS = "InProgress"
    BAKING = "Baking"
    READY = "Ready"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    STOPPED = "Stopped"


ACTIVE = frozenset(Status) - {Status.SUCCEEDED, Status.FAILED, Status.STOPPED}


@dataclass(frozen=True)
class TaskSet:
    """One colour's tasks, and the share of the production traffic that CodeDeploy gives it, in per cent."""

    wanted: int = 0
    running: int = 0
    share: float = 0.0
    target_group: str = ""


@dataclass(frozen=True)
class Deployment:
    """What a deployment says. `blue_definition` is what it replaced, by its marker; `token` is "" for another's.

    `ready_wait_minutes` is how long it waits before traffic until CodeDeploy stops it; 0 where it goes on by itself.
    """

    id: str
    status: Status
    created_at: datetime
    completed_at: datetime | None
    token: str
    blue_definition: str
    config_name: str
    is_termination_wait: bool
    rollback_id: str
    trouble: str
    termination_wait_minutes: int
    task_definition: str
    ready_wait_minutes: int = 0
    creator: str = ""

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE


@dataclass(frozen=True)
class Progress:
    """How far a deployment is: its task sets by colour, its lifecycle events by name, and what went wrong in one.

    `held_since` is when the last event that is over ended.
    """

    blue: TaskSet = TaskSet()
    green: TaskSet = TaskSet()
    events: Mapping[str, str] | None = None
    trouble: str = ""
    held_since: datetime | None = None

    def has_begun(self, event: str) -> bool:
        return (self.events or {}).get(event, "Pending") != "Pending"

    def has_passed(self, event: str) -> bool:
        return (self.events or {}).get(event) in {"Succeeded", "Skipped"}

    @property
    def current(self) -> str:
        """The lifecycle event that runs, or ""."""
        return next((name for name, status in (self.events or {}).items() if status == "InProgress"), "")


def describe(clients: Clients, deployment_id: str) -> Deployment | None:
    """Will look at one deployment; None for an id that CodeDeploy doesn't know.

    Raises TargetError.
    """
    with told(f"CodeDeploy about {deployment_id}"):
        try:
            answer = clients("codedeploy").get_deployment(deploymentId=deployment_id)
        except ClientError as error:
            if code_of(error) in UNKNOWN:
                return None
            raise
    return _read(answer["deploymentInfo"])


def describe_all(clients: Clients, ids: Sequence[str]) -> Mapping[str, Deployment]:
    """Will look at many deployments, 25 with each call; those that aren't there are left out.

    Raises TargetError.
    """
    found: dict[str, Deployment] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = list(ids[start : start + AT_ONCE])
        with told(f"CodeDeploy about {len(some)} deployments"):
            answer = clients("codedeploy").batch_get_deployments(deploymentIds=some)
        found |= {one["deploymentId"]: _read(one) for one in answer["deploymentsInfo"]}
    return found


def glance(clients: Clients, ids: Sequence[str]) -> Mapping[str, str]:
    """Will say of each deployment how its outside status begins (releases.targets.codedeploy.view.status_of).

    Raises TargetError.
    """
    return {one.id: f"{one.id} {one.status}" for one in describe_all(clients, ids).values()}


def progress(clients: Clients, config: CodeDeployConfig, deployment_id: str) -> Progress:
    """Will look at how far a deployment is; nothing has begun in one that has no target yet.

    Raises TargetError.
    """
    # A deployment's one target on ECS is named by cluster and service (API reference, BatchGetDeploymentTargets).
    target = f"{config.cluster}:{config.service}"
    with told(f"CodeDeploy about the target of {deployment_id}"):
        try:
            answer = clients("codedeploy").batch_get_deployment_targets(deploymentId=deployment_id, targetIds=[target])
        except ClientError as error:
            if code_of(error) in UNSTARTED:
                return Progress()
            raise
    targets = answer.get("deploymentTargets", [])
    return _progress(targets[0]["ecsTarget"]) if targets else Progress()


def recent(clients: Clients, config: CodeDeployConfig, *, since: datetime | None = None) -> Iterator[Deployment]:
    """Will give the group's newest deployments, newest first, no more than one batch.

    Raises TargetError.
    """
    span = {"createTimeRange": {"start": since}} if since else {}
    with told(f"CodeDeploy about the deployments of {config.group}"):
        ids = clients("codedeploy").list_deployments(**config.named, **span).get("deployments", [])[:AT_ONCE]
    found = describe_all(clients, ids)
    yield from sorted(found.values(), key=lambda one: one.created_at, reverse=True)


def find(clients: Clients, config: CodeDeployConfig, token: str, *, since: datetime | None = None) -> Deployment | None:
    """Will find the group's newest deployment that carries `token`; None where none does.

    Raises TargetError.
    """
    return next((one for one in recent(clients, config, since=since) if one.token == token), None)


def create(
    clients: Clients, config: CodeDeployConfig, *, token: str, definition: str, blue: str, is_at_once: bool
) -> str:
    """Will begin a deployment of `definition` and give its id; whoever calls has looked for it before.

    `is_at_once` overrides the group's own pace. Raises TargetError.
    """
    content = json.dumps(_appspec(config, definition))
    revision = {
        "revisionType": "AppSpecContent",
        "appSpecContent": {"content": content, "sha256": hashlib.sha256(content.encode()).hexdigest()},
    }
    pace = {"deploymentConfigName": ALL_AT_ONCE} if is_at_once else {}
    with told(f"CodeDeploy to deploy {definition.rpartition('/')[2]}"):
        answer = clients("codedeploy", may_repeat=False).create_deployment(
            **config.named, **pace, revision=revision, description=marker(token, blue)
        )
    return str(answer["deploymentId"])


def pace_of(clients: Clients, config_name: str) -> str:
    """Will say in words how a deployment configuration moves the traffic.

    Raises TargetError.
    """
    with told(f"CodeDeploy about the configuration {config_name}"):
        answer = clients("codedeploy").get_deployment_config(deploymentConfigName=config_name)
    routing = answer["deploymentConfigInfo"].get("trafficRoutingConfig", {})
    if routing.get("type") == "TimeBasedCanary":
        step = routing["timeBasedCanary"]
        return f"{step['canaryPercentage']} % first, the rest after {step['canaryInterval']} min"
    if routing.get("type") == "TimeBasedLinear":
        step = routing["timeBasedLinear"]
        return f"{step['linearPercentage']} % more every {step['linearInterval']} min"
    return "everything at once"


def marker(token: str, blue: str) -> str:
    """Will make the description by which a deployment is known again, of 256 characters at most (API reference)."""
    return f"verdigris {token} in place of {blue.rpartition('/')[2]}"


def _appspec(config: CodeDeployConfig, definition: str) -> Mapping[str, Any]:
    service = {
        "TaskDefinition": definition,
        "LoadBalancerInfo": {"ContainerName": config.container, "ContainerPort": config.port},
    }
    return {"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": service}}]}


def _read(given: Mapping[str, Any]) -> Deployment:
    marked = _MARKER.fullmatch(given.get("description", ""))
    error = given.get("errorInformation", {})
    blue_green = given.get("blueGreenDeploymentConfiguration", {})
    ending = blue_green.get("terminateBlueInstancesOnDeploymentSuccess", {})
    ready = blue_green.get("deploymentReadyOption", {})
    is_stopped_at_last = ready.get("actionOnTimeout") == "STOP_DEPLOYMENT"
    return Deployment(
        id=given["deploymentId"],
        status=Status(given["status"]),
        created_at=given["createTime"],
        completed_at=given.get("completeTime"),
        token=marked["token"] if marked else "",
        blue_definition=marked["blue"] if marked else "",
        config_name=given.get("deploymentConfigName", ""),
        is_termination_wait=bool(given.get("instanceTerminationWaitTimeStarted")),
        rollback_id=given.get("rollbackInfo", {}).get("rollbackDeploymentId", ""),
        trouble=f"{error['code']}: {error.get('message', '').rstrip('.')}" if error.get("code") else "",
        termination_wait_minutes=ending.get("terminationWaitTimeInMinutes", 0),
        task_definition=_definition(given.get("revision", {})),
        creator=given.get("creator", ""),
        ready_wait_minutes=ready.get("waitTimeInMinutes", 0) if is_stopped_at_last else 0,
    )


def _definition(revision: Mapping[str, Any]) -> str:
    """The task definition that an AppSpec names, in JSON as in YAML; "" for one that lies in a bucket."""
    content = revision.get("appSpecContent", {}).get("content", "") or revision.get("string", {}).get("content", "")
    named = _NAMED_DEFINITION.search(content)
    return named["arn"] if named else ""


def _progress(target: Mapping[str, Any]) -> Progress:
    sets = {one.get("taskSetLabel", ""): _task_set(one) for one in target.get("taskSetsInfo", [])}
    events = target.get("lifecycleEvents", [])
    failed = [one for one in events if one.get("status") == "Failed"]
    trouble = ""
    if failed:
        said = failed[0].get("diagnostics", {}).get("message", "") or "no reason given"
        trouble = f"{failed[0]['lifecycleEventName']} failed: {said.rstrip('.')}"
    return Progress(
        blue=sets.get("Blue", TaskSet()),
        green=sets.get("Green", TaskSet()),
        events={one["lifecycleEventName"]: one.get("status", "Pending") for one in events},
        trouble=trouble,
        held_since=max((one["endTime"] for one in events if "endTime" in one), default=None),
    )


def _task_set(given: Mapping[str, Any]) -> TaskSet:
    return TaskSet(
        wanted=given.get("desiredCount", 0),
        running=given.get("runningCount", 0),
        share=float(given.get("trafficWeight", 0.0)),
        target_group=given.get("targetGroup", {}).get("name", ""),
    )


def refuse_foreign(deployment: Deployment | None, deployment_id: str) -> Deployment:
    """Will give the deployment. Raises TargetError, permanent, where there is none."""
    if deployment is None:
        sentence = f"CodeDeploy knows no deployment {deployment_id or 'of this rollout'}"
        raise TargetError("rollout-unknown", sentence, permanent=True)
    return deployment
