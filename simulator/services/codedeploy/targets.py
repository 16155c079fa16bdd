"""The one target of a deployment: an ECS service with its task sets, and the calls about it."""

from typing import Any

from moto.elbv2.models import elbv2_backends

from simulator.operations import AwsError, Context, Parameters, operation
from simulator.services.codedeploy.deployments import Deployment, find
from simulator.services.ecs.store import TaskSet


@operation("codedeploy", "ListDeploymentTargets")
def list_deployment_targets(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will name the target. Raises AwsError for a deployment that hasn't started."""
    deployment = _started(parameters.get("deploymentId", ""), context)
    wanted = (parameters.get("targetFilters") or {}).get("TargetStatus")
    is_wanted = not wanted or deployment.target_status in wanted
    return {"targetIds": [_id(deployment)] if is_wanted else []}


@operation("codedeploy", "GetDeploymentTarget")
def get_deployment_target(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will show the target."""
    deployment = _started(parameters.get("deploymentId", ""), context)
    _check(deployment, parameters["targetId"])
    return {"deploymentTarget": shown(deployment)}


@operation("codedeploy", "BatchGetDeploymentTargets")
def batch_get_deployment_targets(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will show the targets asked for, 25 at most."""
    deployment = _started(parameters.get("deploymentId", ""), context)
    names = parameters.get("targetIds") or []
    if len(names) > 25:
        raise AwsError("DeploymentTargetListSizeExceededException", "At most 25 targets can be asked for at once.")
    if not names:
        raise AwsError("DeploymentTargetIdRequiredException", "A deployment target ID was not given.")
    for name in names:
        _check(deployment, name)
    return {"deploymentTargets": [shown(deployment) for _ in names]}


def shown(deployment: Deployment) -> dict[str, Any]:
    """Will show the target with its lifecycle events and task sets."""
    region, account = deployment.context.region, deployment.context.account
    target = {
        "deploymentId": deployment.id,
        "targetId": _id(deployment),
        "targetArn": f"arn:aws:ecs:{region}:{account}:service/{_id(deployment).replace(':', '/')}",
        "lastUpdatedAt": deployment.updated_at,
        "lifecycleEvents": list(deployment.events.values()),
        "status": deployment.target_status,
        "taskSetsInfo": [
            _task_set(deployment, one, label, weight)
            for label, one, weight in (
                ("Blue", deployment.blue, 100 - deployment.weight),
                ("Green", deployment.green, deployment.weight),
            )
            if one is not None and deployment.group.service and one in deployment.group.service.task_sets
        ],
    }
    return {"deploymentTargetType": "ECSTarget", "ecsTarget": target}


def _task_set(deployment: Deployment, one: TaskSet, label: str, weight: float) -> dict[str, Any]:
    groups = elbv2_backends[deployment.context.account][deployment.context.region].target_groups
    group = groups.get(one.target_group)
    return {
        "identifer": one.id,  # as the API spells it
        "desiredCount": one.fleet.desired,
        "pendingCount": one.fleet.pending,
        "runningCount": one.fleet.running,
        "status": one.status,
        "trafficWeight": float(weight),
        "targetGroup": {"name": group.name} if group else {},
        "taskSetLabel": label,
    }


def _started(name: str, context: Context) -> Deployment:
    deployment = find(name, context)
    if deployment.started_at is None:
        raise AwsError("DeploymentNotStartedException", f"The deployment {name} has not started yet.")
    return deployment


def _check(deployment: Deployment, name: str) -> None:
    if name != _id(deployment):
        text = f"The deployment {deployment.id} has no target {name}."
        raise AwsError("DeploymentTargetDoesNotExistException", text)


def _id(deployment: Deployment) -> str:
    named = (deployment.group.given.get("ecsServices") or [{}])[0]
    return f"{named.get('clusterName', '')}:{named.get('serviceName', '')}"
