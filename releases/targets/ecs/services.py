"""The ECS service itself: what it runs, and the one call that makes it run something else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.aws import Clients
from releases.targets.base import TargetError
from releases.targets.cloud.calls import told
from releases.targets.ecs.config import EcsConfig, Hook, Strategy

ACTIONS = frozenset({"ecs:DescribeServices", "ecs:UpdateService"})
# Before every production step, and once more after the last one while blue is still up (ECS developer guide,
# "Lifecycle hooks"): the promotion gate with the pauses between steps, and the bake.
PAUSED_AT = ("PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT")
# What a release says anew each time. Everything else of the service's deploymentConfiguration stays as it is.
OURS = frozenset(
    {"strategy", "bakeTimeInMinutes", "lifecycleHooks", "alarms", "linearConfiguration", "canaryConfiguration"}
)


@dataclass(frozen=True)
class Service:
    """What the service says of itself; `revisions` are the ARNs of those that have tasks."""

    arn: str
    task_definition: str
    wanted: int
    running: int
    controller: str
    configuration: Mapping[str, Any]
    revisions: tuple[str, ...] = ()


def describe(clients: Clients, config: EcsConfig) -> Service:
    """Will look at the service.

    Raises TargetError, permanent where there is none.
    """
    with told(f"ECS about the service {config.service}"):
        answer = clients("ecs").describe_services(cluster=config.cluster, services=[config.service])
    found = [one for one in answer.get("services", []) if one.get("status") == "ACTIVE"]
    if not found:
        sentence = f"There is no active ECS service {config.service} in the cluster {config.cluster}"
        raise TargetError("service-missing", sentence, permanent=True)
    return _service(found[0])


def release(clients: Clients, config: EcsConfig, service: Service, task_definition: str) -> None:
    """Will make ECS begin a service deployment of `task_definition` that stops at each of our pauses.

    UpdateService has no idempotency token, so it is sent once: whoever calls has looked for the deployment before.
    Raises TargetError.
    """
    _update(clients, config, task_definition, {**_kept(service), **_forward(config)})


def put_back(
    clients: Clients, config: EcsConfig, service: Service, task_definition: str, *, is_again: bool = False
) -> None:
    """Will make ECS begin a service deployment of the older `task_definition` that nothing holds up.

    `is_again` begins one even where the service already has that task definition.
    It has no hooks and no alarms: one that still rings would make ECS roll this one back, to the bad release.
    Raises TargetError.
    """
    plain = {
        "strategy": Strategy.BLUE_GREEN.value,
        "bakeTimeInMinutes": 0,
        "lifecycleHooks": [],
        "alarms": {"alarmNames": [], "enable": False, "rollback": False},
    }
    _update(clients, config, task_definition, {**_kept(service), **plain}, is_forced=is_again)


def _update(
    clients: Clients,
    config: EcsConfig,
    task_definition: str,
    configuration: Mapping[str, Any],
    *,
    is_forced: bool = False,
) -> None:
    with told(f"ECS to bring {config.service} to {task_definition.rpartition('/')[2]}"):
        clients("ecs", may_repeat=False).update_service(
            cluster=config.cluster,
            service=config.service,
            taskDefinition=task_definition,
            deploymentConfiguration=dict(configuration),
            forceNewDeployment=is_forced,
        )


def _kept(service: Service) -> Mapping[str, Any]:
    return {name: value for name, value in service.configuration.items() if name not in OURS}


def _forward(config: EcsConfig) -> dict[str, Any]:
    """The machine's own plan holds between steps and bakes, so ECS's timers are 0."""
    pause = {
        "targetType": "PAUSE",
        "lifecycleStages": list(PAUSED_AT),
        # When in doubt, blue serves.
        "timeoutConfiguration": {"timeoutInMinutes": config.pause_minutes, "action": "ROLLBACK"},
    }
    given: dict[str, Any] = {
        "strategy": config.strategy.value,
        "bakeTimeInMinutes": 0,
        "lifecycleHooks": [pause, *map(_hook, config.hooks)],
        "alarms": {"alarmNames": list(config.alarms), "enable": bool(config.alarms), "rollback": bool(config.alarms)},
    }
    if config.strategy is Strategy.LINEAR:
        given["linearConfiguration"] = {"stepPercent": float(config.step_percent), "stepBakeTimeInMinutes": 0}
    if config.strategy is Strategy.CANARY:
        given["canaryConfiguration"] = {"canaryPercent": float(config.step_percent), "canaryBakeTimeInMinutes": 0}
    return given


def _hook(hook: Hook) -> dict[str, Any]:
    return {
        "targetType": "AWS_LAMBDA",
        "hookTargetArn": hook.function,
        "roleArn": hook.role,
        "lifecycleStages": list(hook.stages),
    }


def _service(given: Mapping[str, Any]) -> Service:
    return Service(
        arn=given["serviceArn"],
        task_definition=given.get("taskDefinition", ""),
        wanted=given.get("desiredCount", 0),
        running=given.get("runningCount", 0),
        # A service without one is ECS's own (ECS API reference, Service.deploymentController).
        controller=given.get("deploymentController", {}).get("type", "ECS"),
        configuration=given.get("deploymentConfiguration", {}),
        revisions=tuple(one["arn"] for one in given.get("currentServiceRevisions", [])),
    )
