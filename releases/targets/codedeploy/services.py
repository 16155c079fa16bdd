"""The ECS service that CodeDeploy deploys: its task sets, and what the load balancer really does with the visitors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.aws import Clients
from releases.targets.base import TargetError
from releases.targets.cloud.calls import told
from releases.targets.codedeploy.config import CodeDeployConfig
from releases.targets.codedeploy.deployments import ACTIVE

ACTIONS = frozenset(
    {
        *("ecs:DescribeServices", "codedeploy:GetDeploymentGroup"),
        *("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:ModifyListener"),
        "elasticloadbalancing:DescribeTargetHealth",
    }
)
# A task set's status (ECS API reference, TaskSet).
PRIMARY, DRAINING = "PRIMARY", "DRAINING"
# A target's state (ELB API reference, TargetHealth): no listener leads there, or checks are switched off.
HEALTHY, UNCHECKED = "healthy", frozenset({"unused", "unavailable"})


@dataclass(frozen=True)
class TaskSet:
    """One of the service's task sets; `deployment` is the id of the one that made it, or "".

    One that `is_leaving` only lets its last requests end.
    """

    deployment: str
    task_definition: str
    target_group: str
    wanted: int
    running: int
    is_primary: bool
    is_leaving: bool = False


@dataclass(frozen=True)
class Service:
    """The service's task sets, newest first."""

    task_sets: tuple[TaskSet, ...]

    @property
    def primary(self) -> TaskSet | None:
        return next((one for one in self.task_sets if one.is_primary), None)

    @property
    def colours(self) -> tuple[TaskSet, ...]:
        """The task sets that a deployment has to do with: one where none is under way, else green and blue."""
        return tuple(one for one in self.task_sets if not one.is_leaving)

    def of(self, deployment_id: str) -> TaskSet | None:
        """Will find the task set that a deployment made."""
        return next((one for one in self.task_sets if one.deployment == deployment_id), None)


@dataclass(frozen=True)
class Listener:
    """The production listener: what it does, and the share of each target group in per cent, by its ARN."""

    arn: str
    shares: Mapping[str, float]
    actions: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Group:
    """The deployment group: its production listener, whether it waits for a word before traffic, and its alarms.

    `test_listener` is "" where it has none; `newest` is the id of the deployment that was begun last, while it runs.
    """

    listener: str
    holds: bool
    alarms: tuple[str, ...]
    test_listener: str = ""
    newest: str = ""


def describe(clients: Clients, config: CodeDeployConfig) -> Service:
    """Will look at the service.

    Raises TargetError, permanent where there is none or CodeDeploy does not deploy it.
    """
    with told(f"ECS about the service {config.service}"):
        answer = clients("ecs").describe_services(cluster=config.cluster, services=[config.service])
    found = [one for one in answer.get("services", []) if one.get("status") == "ACTIVE"]
    if not found:
        sentence = f"There is no active ECS service {config.service} in the cluster {config.cluster}"
        raise TargetError("service-missing", sentence, permanent=True)
    controller = found[0].get("deploymentController", {}).get("type", "ECS")
    if controller != "CODE_DEPLOY":
        sentence = f"{config.service} is deployed by {controller}, not by CodeDeploy"
        raise TargetError("controller-wrong", sentence, permanent=True)
    sets = sorted(found[0].get("taskSets", []), key=lambda one: one["createdAt"], reverse=True)
    return Service(tuple(map(_task_set, sets)))


def listener(clients: Clients, config: CodeDeployConfig) -> Listener:
    """Will look at what the production listener does.

    Raises TargetError, permanent where the deployment group has no load balancer.
    """
    return listener_of(clients, group_of(clients, config))


def listener_of(clients: Clients, group: Group) -> Listener:
    """Will look at what the group's production listener does.

    Raises TargetError.
    """
    arn = group.listener
    with told("the load balancer about its production listener"):
        answer = clients("elbv2").describe_listeners(ListenerArns=[arn])
    actions = answer["Listeners"][0]["DefaultActions"]
    return Listener(arn, _shares(actions), tuple(actions))


def group_of(clients: Clients, config: CodeDeployConfig) -> Group:
    """Will look at the deployment group.

    Raises TargetError, permanent where it has no load balancer.
    """
    with told(f"CodeDeploy about the group {config.group}"):
        group = clients("codedeploy").get_deployment_group(**config.named)["deploymentGroupInfo"]
    pair = (group.get("loadBalancerInfo", {}).get("targetGroupPairInfoList") or [{}])[0]
    arns = pair.get("prodTrafficRoute", {}).get("listenerArns", [])
    if not arns:
        sentence = f"The deployment group {config.group} names no production listener"
        raise TargetError("listener-missing", sentence, permanent=True)
    ready = group.get("blueGreenDeploymentConfiguration", {}).get("deploymentReadyOption", {})
    watched = group.get("alarmConfiguration", {})
    alarms = tuple(one["name"] for one in watched.get("alarms", [])) if watched.get("enabled") else ()
    last = group.get("lastAttemptedDeployment", {})
    return Group(
        str(arns[0]),
        holds=ready.get("actionOnTimeout") == "STOP_DEPLOYMENT",
        alarms=alarms,
        test_listener=next(iter(pair.get("testTrafficRoute", {}).get("listenerArns", [])), ""),
        newest=last.get("deploymentId", "") if last.get("status") in ACTIVE else "",
    )


def listeners_beside(clients: Clients, group: Group) -> tuple[Listener, ...]:
    """Will look at every listener of the load balancer that has the group's production listener.

    Raises TargetError.
    """
    # arn:…:listener/app/NAME/ID/LISTENER is a listener of arn:…:loadbalancer/app/NAME/ID.
    balancer = group.listener.replace(":listener/", ":loadbalancer/").rpartition("/")[0]
    with told("the load balancer about its listeners"):
        found = clients("elbv2").describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    actions = {one["ListenerArn"]: one.get("DefaultActions", []) for one in found}
    return tuple(Listener(arn, _shares(some), tuple(some)) for arn, some in actions.items())


def states_of(clients: Clients, target_group: str) -> tuple[str, ...]:
    """Will list how the load balancer finds each target of a group, but those that only leave.

    Raises TargetError.
    """
    with told(f"the load balancer about the targets of {target_group.rpartition(':')[2]}"):
        found = clients("elbv2").describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
    states = (str(one["TargetHealth"]["State"]) for one in found)
    return tuple(one for one in states if one != "draining")


def route(clients: Clients, found: Listener, target_group: str) -> None:
    """Will send all of the listener's visitors to one target group; saying it twice is one change.

    What it does before it forwards, such as asking who they are, stays. Raises TargetError.
    """
    forward = {"Type": "forward", "TargetGroupArn": target_group}
    # The last action forwards, and keeps its place (ELB API reference, Action).
    order = {name: found.actions[-1][name] for name in ("Order",) if name in found.actions[-1]}
    with told("the load balancer to put its production listener back"):
        clients("elbv2").modify_listener(
            ListenerArn=found.arn, DefaultActions=[*found.actions[:-1], {**forward, **order}]
        )


def answers(clients: Clients, target_group: str) -> bool:
    """Will say whether a target of the group passes its health checks, or is not checked at all.

    A load balancer does not check targets to which no listener leads. Raises TargetError.
    """
    return any(one in {HEALTHY, *UNCHECKED} for one in states_of(clients, target_group))


def _task_set(given: Mapping[str, Any]) -> TaskSet:
    balancers = given.get("loadBalancers", [])
    return TaskSet(
        deployment=given.get("externalId", ""),
        task_definition=given.get("taskDefinition", ""),
        target_group=balancers[0].get("targetGroupArn", "") if balancers else "",
        wanted=given.get("computedDesiredCount", 0),
        running=given.get("runningCount", 0),
        is_primary=given.get("status") == PRIMARY,
        is_leaving=given.get("status") == DRAINING,
    )


def _shares(actions: list[Mapping[str, Any]]) -> dict[str, float]:
    forward = next((one for one in actions if one.get("Type") == "forward"), {})
    groups = forward.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": forward.get("TargetGroupArn")}]
    # One group alone takes everything, whatever its weight says.
    weights = {one["TargetGroupArn"]: one.get("Weight", 1) if len(groups) > 1 else 1 for one in groups}
    total = sum(weights.values())
    return {arn: 100 * weight / total for arn, weight in weights.items()} if total else {}
