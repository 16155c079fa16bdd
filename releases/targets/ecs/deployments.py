"""What ECS says of its service deployments and revisions, in our words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.aws import Clients
from releases.targets.base import TargetError
from releases.targets.cloud.calls import told
from releases.targets.ecs.config import EcsConfig

ACTIONS = frozenset({"ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:ListServiceDeployments"})
# DescribeServiceDeployments and DescribeServiceRevisions take this many at once (ECS API reference).
AT_MOST = 20


class Status(StrEnum):
    """ServiceDeploymentStatus."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    STOP_REQUESTED = "STOP_REQUESTED"
    STOPPED = "STOPPED"
    SUCCESSFUL = "SUCCESSFUL"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"


FORWARD = frozenset({Status.PENDING, Status.IN_PROGRESS})
GOING_BACK = frozenset({Status.STOP_REQUESTED, Status.ROLLBACK_REQUESTED, Status.ROLLBACK_IN_PROGRESS})
UNENDED = FORWARD | GOING_BACK
# The stages at which every task of green is up and the test listener leads to it.
REACHABLE = frozenset(
    {"POST_TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"}
)


@dataclass(frozen=True)
class Tasks:
    """One revision within a deployment: its tasks, and its share of production traffic in whole per cent."""

    revision: str = ""
    wanted: int = 0
    running: int = 0
    share: int = 0


@dataclass(frozen=True)
class ServiceDeployment:
    """One service deployment; `service` is the ARN of its service.

    `pause` is the id of the pause hook that waits now, "" for none. `said` is what ECS gives as the reason of its
    status, with the alarms that rang.
    """

    arn: str
    service: str
    status: Status
    created_at: datetime
    target: Tasks
    sources: tuple[Tasks, ...] = ()
    stage: str = ""
    pause: str = ""
    said: str = ""

    @property
    def name(self) -> str:
        """The last part of the ARN: what the console shows."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True)
class Listed:
    """One line of the service's history."""

    arn: str
    status: Status
    revision: str
    created_at: datetime


@dataclass(frozen=True)
class Revision:
    """What a service revision runs, where its traffic comes in, and the images by container: as asked, as run.

    `listener` is the production listener's rule; `other_target_group` that of the revision beside it.
    """

    arn: str
    task_definition: str
    images: Mapping[str, tuple[str, str]]
    target_group: str = ""
    other_target_group: str = ""
    listener: str = ""


def describe(clients: Clients, arns: Sequence[str]) -> Mapping[str, ServiceDeployment]:
    """Will look at many service deployments, 20 in a call; those that ECS doesn't know (any more) are left out.

    Raises TargetError.
    """
    found: dict[str, ServiceDeployment] = {}
    for some in _by_twenty(arns):
        with told(f"ECS about {len(some)} service deployments"):
            answer = clients("ecs").describe_service_deployments(serviceDeploymentArns=some)
        found |= {one["serviceDeploymentArn"]: _deployment(one) for one in answer.get("serviceDeployments", [])}
    return found


def history(clients: Clients, config: EcsConfig, *, statuses: Iterable[Status] = ()) -> list[Listed]:
    """Will list the service's deployments, newest first; only those of some statuses where they are given.

    Raises TargetError.
    """
    asked: dict[str, Any] = {"service": config.service, "cluster": config.cluster, "maxResults": 100}
    asked |= {"status": sorted(statuses)} if statuses else {}
    listed: list[Listed] = []
    while True:
        with told(f"ECS for the deployments of {config.service}"):
            answer = clients("ecs").list_service_deployments(**asked)
        listed += [_listed(one) for one in answer.get("serviceDeployments", [])]
        if not answer.get("nextToken"):
            return sorted(listed, key=lambda one: one.created_at, reverse=True)
        asked["nextToken"] = answer["nextToken"]


def revisions(clients: Clients, arns: Sequence[str]) -> Mapping[str, Revision]:
    """Will look at many service revisions, 20 in a call; unknown ones are left out.

    Raises TargetError.
    """
    found: dict[str, Revision] = {}
    for some in _by_twenty(arns):
        with told(f"ECS about {len(some)} service revisions"):
            answer = clients("ecs").describe_service_revisions(serviceRevisionArns=some)
        found |= {one["serviceRevisionArn"]: _revision(one) for one in answer.get("serviceRevisions", [])}
    return found


def revision(clients: Clients, arn: str) -> Revision:
    """Will look at one service revision.

    Raises TargetError, not permanent where ECS does not show it (yet).
    """
    found = revisions(clients, [arn])
    if arn not in found:
        raise TargetError("revision-unseen", f"ECS does not show the service revision {arn}", permanent=False)
    return found[arn]


def _by_twenty(arns: Sequence[str]) -> Iterator[list[str]]:
    once = list(dict.fromkeys(arns))
    return (once[first : first + AT_MOST] for first in range(0, len(once), AT_MOST))


def _deployment(given: Mapping[str, Any]) -> ServiceDeployment:
    status = Status(given["status"])
    waiting = [hook["hookId"] for hook in given.get("lifecycleHookDetails", []) if _is_waiting_pause(hook)]
    return ServiceDeployment(
        arn=given["serviceDeploymentArn"],
        service=given.get("serviceArn", ""),
        status=status,
        created_at=given["createdAt"],
        target=_tasks(given.get("targetServiceRevision", {})),
        sources=tuple(map(_tasks, given.get("sourceServiceRevisions", []))),
        stage=given.get("lifecycleStage", ""),
        # On its way back ECS waits for nobody, though a pause that it was stopped at may still be listed.
        pause=waiting[-1] if waiting and status is Status.IN_PROGRESS else "",
        said=_said(given),
    )


def _is_waiting_pause(hook: Mapping[str, Any]) -> bool:
    return hook.get("targetType") == "PAUSE" and hook.get("status") == "AWAITING_ACTION"


def _tasks(given: Mapping[str, Any]) -> Tasks:
    return Tasks(
        revision=given.get("arn", ""),
        wanted=given.get("requestedTaskCount", 0),
        running=given.get("runningTaskCount", 0),
        share=round(given.get("requestedProductionTrafficWeight") or 0.0),
    )


def _said(given: Mapping[str, Any]) -> str:
    alarms = given.get("alarms", {}).get("triggeredAlarmNames", [])
    parts = [
        f"alarm {', '.join(alarms)} rang" if alarms else "",
        given.get("rollback", {}).get("reason", "") or given.get("statusReason", ""),
    ]
    return "; ".join(part.strip().rstrip(".") for part in parts if part)


def _listed(given: Mapping[str, Any]) -> Listed:
    return Listed(
        arn=given["serviceDeploymentArn"],
        status=Status(given["status"]),
        revision=given.get("targetServiceRevisionArn", ""),
        created_at=given["createdAt"],
    )


def _revision(given: Mapping[str, Any]) -> Revision:
    pair, listener = _pair(given)
    # `loadBalancers` names the pair that the service was given; which of the two is this one's, ECS resolves anew.
    resolved = given.get("resolvedConfiguration", {}).get("loadBalancers", [])
    own = resolved[0].get("targetGroupArn", "") if resolved else ""
    return Revision(
        arn=given["serviceRevisionArn"],
        task_definition=given.get("taskDefinition", ""),
        images={
            image["containerName"]: (image.get("image", ""), image.get("imageDigest", ""))
            for image in given.get("containerImages", [])
        },
        target_group=own,
        other_target_group=next((one for one in pair if own and one != own), ""),
        listener=listener,
    )


def _pair(given: Mapping[str, Any]) -> tuple[tuple[str, str], str]:
    balancer = (given.get("loadBalancers") or [{}])[0]
    advanced = balancer.get("advancedConfiguration", {})
    pair = balancer.get("targetGroupArn", ""), advanced.get("alternateTargetGroupArn", "")
    return pair, advanced.get("productionListenerRule", "")
