"""Services, task sets and tasks as ECS's answers show them."""

from collections.abc import Mapping
from typing import Any

from simulator.services.ecs.fargate import Task
from simulator.services.ecs.store import ECS, Service, TaskSet

_REPEATED = (
    "loadBalancers",
    "serviceRegistries",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "propagateTags",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "placementConstraints",
    "placementStrategy",
    "availabilityZoneRebalancing",
)


def shown(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Will leave out what is None: AWS doesn't send it."""
    return {name: one for name, one in facts.items() if one is not None}


def service(found: Service, *, with_tags: bool = False) -> dict[str, Any]:
    """Will show a service."""
    fleets = list(found.fleets())
    deployment = found.deployments[-1] if found.deployments else None
    facts = {
        **{name: found.given[name] for name in _REPEATED if name in found.given},
        "serviceArn": found.arn,
        "serviceName": found.name,
        "clusterArn": found.cluster_arn,
        "status": found.status,
        "desiredCount": found.desired,
        "runningCount": sum(one.running for one in fleets),
        "pendingCount": sum(one.pending for one in fleets),
        "taskDefinition": found.definition.arn,
        "deploymentConfiguration": found.given.get("deploymentConfiguration"),
        "deploymentController": {"type": found.controller},
        "createdAt": found.created_at,
        "events": found.events,
        "tags": found.given.get("tags") if with_tags else None,
        "deployments": [_deployment(found, one) for one in reversed(found.revisions)],
    }
    if found.controller != ECS:
        return shown({**facts, "taskSets": [task_set(found, one) for one in found.task_sets]})
    return shown(
        {
            **facts,
            "currentServiceDeployment": deployment.arn if deployment else None,
            "currentServiceRevisions": [one.counts() for one in found.revisions],
        }
    )


def task_set(found: Service, one: TaskSet) -> dict[str, Any]:
    """Will show a task set."""
    return shown(
        {
            "id": one.id,
            "taskSetArn": f"{found.arn_of('task-set')}/{one.id}",
            "serviceArn": found.arn,
            "clusterArn": found.cluster_arn,
            "startedBy": one.fleet.started_by,
            "externalId": one.external_id or None,
            "status": one.status,
            "taskDefinition": one.fleet.definition.arn,
            "computedDesiredCount": one.fleet.desired,
            "pendingCount": one.fleet.pending,
            "runningCount": one.fleet.running,
            "createdAt": one.created_at,
            "updatedAt": one.updated_at,
            "launchType": found.given.get("launchType"),
            "platformVersion": found.given.get("platformVersion", "1.4.0"),
            "networkConfiguration": found.given.get("networkConfiguration"),
            "loadBalancers": _balancers(one),
            "serviceRegistries": [],
            "scale": {"value": one.share, "unit": "PERCENT"},
            "stabilityStatus": "STEADY_STATE" if one.fleet.is_steady else "STABILIZING",
            "stabilityStatusAt": one.updated_at,
            "tags": [],
        }
    )


def task(one: Task) -> dict[str, Any]:
    """Will show a task."""
    return shown(
        {
            "taskArn": one.arn,
            "taskDefinitionArn": one.definition.arn,
            "clusterArn": f"{one.arn.partition(':task/')[0]}:cluster/{one.cluster}",
            "group": one.group,
            "startedBy": one.started_by,
            "lastStatus": one.last_status,
            "desiredStatus": one.desired_status,
            "healthStatus": one.health,
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "cpu": one.definition.cpu,
            "memory": one.definition.memory,
            "createdAt": one.created_at,
            "startedAt": one.started_at,
            "stoppingAt": one.stopping_at,
            "stoppedAt": one.stopped_at,
            "stopCode": one.stop_code or None,
            "stoppedReason": one.reason or None,
            "attachments": [_interface(one)],
            "containers": [_container(one, made) for made in one.definition.container_definitions],
            "tags": [],
            "version": 1,
        }
    )


def _interface(one: Task) -> dict[str, Any]:
    details = [{"name": "privateIPv4Address", "value": one.address}]
    return {"id": one.id, "type": "ElasticNetworkInterface", "status": "ATTACHED", "details": details}


def _container(one: Task, made: Mapping[str, Any]) -> dict[str, Any]:
    is_unpulled = one.stop_code == "TaskFailedToStart"
    return shown(
        {
            "containerArn": f"{one.arn.replace(':task/', ':container/')}/{made['name']}",
            "taskArn": one.arn,
            "name": made["name"],
            "image": made["image"],
            "imageDigest": one.digests.get(made["name"]),
            "lastStatus": one.last_status,
            "healthStatus": one.health,
            "reason": one.reason if is_unpulled else None,
            "exitCode": 0 if one.last_status == "STOPPED" and not is_unpulled else None,
            "networkInterfaces": [{"attachmentId": one.id, "privateIpv4Address": one.address}],
        }
    )


def _balancers(one: TaskSet) -> list[dict[str, Any]]:
    door = one.fleet.door
    if door is None:
        return []
    return [{"targetGroupArn": door.target_group, "containerName": door.container, "containerPort": door.port}]


def _deployment(found: Service, revision: Any) -> dict[str, Any]:
    """One line of DescribeServices.deployments: PRIMARY is the newest, ACTIVE one that is being replaced."""
    fleet, last = revision.fleet, found.deployments[-1]
    is_newest = revision is found.revisions[-1]
    return shown(
        {
            "id": f"ecs-svc/{revision.number}",
            "status": "PRIMARY" if is_newest else "ACTIVE",
            "taskDefinition": revision.definition.arn,
            "desiredCount": fleet.desired,
            "pendingCount": fleet.pending,
            "runningCount": fleet.running,
            "failedTasks": fleet.failed,
            "createdAt": revision.created_at,
            "updatedAt": revision.created_at,
            "launchType": found.given.get("launchType"),
            "platformVersion": found.given.get("platformVersion", "1.4.0"),
            "networkConfiguration": found.given.get("networkConfiguration"),
            "rolloutState": last.rollout_state if is_newest else "COMPLETED",
            "rolloutStateReason": last.reason or None if is_newest else None,
        }
    )
