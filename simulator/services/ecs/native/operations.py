"""The calls about service deployments."""

from typing import Any

from simulator.operations import AwsError, Context, Parameters, operation
from simulator.services.ecs.native import courses, hooks
from simulator.services.ecs.native.deployments import ServiceDeployment, shown_brief, shown_whole
from simulator.services.ecs.spans import is_within
from simulator.services.ecs.store import cluster_name, services


@operation("ecs", "ListServiceDeployments")
def list_service_deployments(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will list a service's deployments, newest first, by status and time."""
    cluster = cluster_name(parameters.get("cluster"), context)
    service = services(context).get((cluster, parameters["service"].rpartition("/")[2]))
    if service is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    asked = parameters.get("createdAt") or {}
    found = [
        shown_brief(one)
        for one in reversed(service.deployments)
        if one.status in (parameters.get("status") or [one.status])
        and is_within(one.created_at, asked.get("after"), asked.get("before"))
    ]
    start, size = int(parameters.get("nextToken") or 0), int(parameters.get("maxResults") or 20)
    more = {"nextToken": str(start + size)} if start + size < len(found) else {}
    return {"serviceDeployments": found[start : start + size], **more}


@operation("ecs", "DescribeServiceDeployments")
def describe_service_deployments(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will show up to 20 deployments."""
    arns = parameters["serviceDeploymentArns"]
    if not 1 <= len(arns) <= 20:
        raise AwsError("InvalidParameterException", "Between 1 and 20 service deployment ARNs must be given.")
    found = {arn: _find(arn, context) for arn in arns}
    return {
        "serviceDeployments": [shown_whole(one) for one in found.values() if one],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn, one in found.items() if one is None],
    }


@operation("ecs", "StopServiceDeployment")
def stop_service_deployment(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will ask for a rollback; it goes on by itself. ROLLBACK is the only stop type (API reference)."""
    if parameters.get("stopType", "ROLLBACK") != "ROLLBACK":
        raise AwsError("InvalidParameterException", "The only valid stop type is ROLLBACK.")
    deployment = _active(parameters["serviceDeploymentArn"], context)
    if deployment.status not in {"PENDING", "IN_PROGRESS"} or deployment.source is None:
        text = f"The service deployment is {deployment.status} and can't be rolled back."
        raise AwsError("ConflictException", text, resourceIds=[deployment.arn])
    if deployment.life is not None:
        deployment.life.interrupt(courses.RollbackError("Service deployment rolled back by StopServiceDeployment."))
    return {"serviceDeploymentArn": deployment.arn}


@operation("ecs", "ContinueServiceDeployment")
def continue_service_deployment(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will end a pause, forward or back."""
    deployment = _active(parameters["serviceDeploymentArn"], context)
    run = next((one for one in deployment.hooks if one.id == parameters["hookId"]), None)
    if run is None:
        raise AwsError("InvalidParameterException", "The hook was not found in the service deployment.")
    if run.status != "AWAITING_ACTION" or deployment.status != "IN_PROGRESS":
        raise AwsError("InvalidParameterException", "The hook is not awaiting an action.")
    hooks.answer(deployment, run, parameters.get("action") or "CONTINUE")
    return {"serviceDeploymentArn": deployment.arn}


def _find(arn: str, context: Context) -> ServiceDeployment | None:
    every = (one for service in services(context).values() for one in service.deployments)
    return next((one for one in every if one.arn == arn), None)


def _active(arn: str, context: Context) -> ServiceDeployment:
    found = _find(arn, context)
    if found is None:
        raise AwsError("ServiceDeploymentNotFoundException", "The service deployment was not found.")
    return found
