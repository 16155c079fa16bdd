"""The calls about deployments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulator import control
from simulator.operations import AwsError, Context, Parameters, operation
from simulator.services.codedeploy import appspec, configs, groups, lifetimes
from simulator.services.codedeploy.deployments import DEPLOYMENTS, Deployment, active_in, find
from simulator.services.codedeploy.endings import stopped_by_hand
from simulator.services.ecs.spans import is_within
from simulator.world import WORLD

DESCRIPTION_LENGTH = 256
PAGE = 100
PENDING_STOP_S = 30.0


@dataclass
class Hands:
    """What a test or a person wants to go otherwise: so many next StopDeployment calls answer Pending first."""

    pending_stops: int = 0


HANDS = Hands()


@WORLD.on_reset
def _empty() -> None:
    HANDS.pending_stops = 0


def _take_hand(body: control.Body) -> dict[str, int]:
    HANDS.pending_stops = int(body.get("pending_stops", HANDS.pending_stops))
    return vars(HANDS)


control.register("codedeploy", _take_hand)


@operation("codedeploy", "CreateDeployment")
def create_deployment(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will start a deployment; a group takes one at a time."""
    if not parameters.get("deploymentGroupName"):
        raise AwsError("DeploymentGroupNameRequiredException", "The deployment group name was not given.")
    group = groups.find(parameters["applicationName"], parameters["deploymentGroupName"], context)
    revision = parameters.get("revision")
    if not revision:
        raise AwsError("RevisionRequiredException", "The revision was not given.")
    if len(parameters.get("description") or "") > DESCRIPTION_LENGTH:
        raise AwsError("DescriptionTooLongException", "The description is longer than 256 characters.")
    other = active_in(group)
    if other is not None:
        text = f"The Deployment Group '{group.name}' already has an active Deployment '{other.id}'"
        raise AwsError("DeploymentLimitExceededException", text)
    deployment = Deployment(
        group=group,
        revision=revision,
        spec=appspec.read(revision, context),
        config=configs.find(parameters.get("deploymentConfigName") or group.given["deploymentConfigName"], context),
        description=parameters.get("description") or "",
        auto_rollback=parameters.get("autoRollbackConfiguration") or {},
        alarms=parameters.get("overrideAlarmConfiguration") or {},
        previous=group.revision,
    )
    lifetimes.start(deployment)
    return {"deploymentId": deployment.id}


@operation("codedeploy", "GetDeployment")
def get_deployment(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will show a deployment."""
    return {"deploymentInfo": find(parameters["deploymentId"], context).shown()}


@operation("codedeploy", "BatchGetDeployments")
def batch_get_deployments(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will show up to 25 deployments; ids that aren't there are left out."""
    if len(parameters["deploymentIds"]) > 25:
        raise AwsError("BatchLimitExceededException", "At most 25 deployments can be asked for at once.")
    here = (context.account, context.region)
    found = (DEPLOYMENTS.get(name) for name in parameters["deploymentIds"])
    known = [one for one in found if one and (one.context.account, one.context.region) == here]
    return {"deploymentsInfo": [one.shown() for one in known]}


@operation("codedeploy", "ListDeployments")
def list_deployments(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will name deployments, newest first, by group, status and time of creation."""
    application, group = parameters.get("applicationName"), parameters.get("deploymentGroupName")
    if application and not group:
        raise AwsError("DeploymentGroupNameRequiredException", "An application needs its deployment group.")
    if group and not application:
        raise AwsError("ApplicationNameRequiredException", "A deployment group needs its application.")
    wanted = groups.find(application, group, context) if application and group else None
    span = parameters.get("createTimeRange") or {}
    start, end = span.get("start"), span.get("end")
    if start and end and start > end:
        raise AwsError("InvalidTimeRangeException", "The start time must be before the end time.")
    statuses = parameters.get("includeOnlyStatuses")
    found = [
        one.id
        for one in reversed(DEPLOYMENTS.values())
        if (one.context.account, one.context.region) == (context.account, context.region)
        and (wanted is None or one.group is wanted)
        and (not statuses or one.status in statuses)
        and is_within(one.created_at, start, end)
    ]
    return _page("deployments", found, parameters.get("nextToken"))


@operation("codedeploy", "ContinueDeployment")
def continue_deployment(parameters: Parameters, context: Context) -> None:
    """Will end the wait before traffic, or the one before the old task set ends."""
    deployment = find(parameters.get("deploymentId", ""), context)
    kind = parameters.get("deploymentWaitType") or "READY_WAIT"
    if kind not in {"READY_WAIT", "TERMINATION_WAIT"}:
        raise AwsError("InvalidDeploymentWaitTypeException", f"There is no wait {kind}.")
    _check_active(deployment)
    if not deployment.group.part("blueGreenDeploymentConfiguration"):
        text = "Only a blue/green deployment can be continued."
        raise AwsError("UnsupportedActionForDeploymentTypeException", text)
    if deployment.waits_for != kind:
        text = f"The deployment {deployment.id} is not in a state in which it waits: {deployment.status}"
        raise AwsError("DeploymentIsNotInReadyStateException", text)
    deployment.waits_for = ""
    if deployment.life is not None:
        deployment.life.wake()


@operation("codedeploy", "SkipWaitTimeForInstanceTermination")
def skip_wait_time(parameters: Parameters, context: Context) -> None:
    """Will do what ContinueDeployment with TERMINATION_WAIT does: its older form."""
    continue_deployment({**parameters, "deploymentWaitType": "TERMINATION_WAIT"}, context)


@operation("codedeploy", "StopDeployment")
def stop_deployment(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will stop a deployment, and roll back when that is wanted; Pending while a stop is under way."""
    deployment = find(parameters["deploymentId"], context)
    _check_active(deployment)
    ending = stopped_by_hand(rolls_back=parameters.get("autoRollbackEnabled"))
    if deployment.is_stopping:
        return _PENDING
    if HANDS.pending_stops > 0:
        HANDS.pending_stops -= 1
        deployment.is_stopping = True
        WORLD.after(PENDING_STOP_S, lambda: lifetimes.interrupt(deployment, ending))
        return _PENDING
    lifetimes.interrupt(deployment, ending)
    return {
        "status": "Succeeded",
        "statusMessage": "No more commands will be scheduled for execution in the deployment instances",
    }


_PENDING = {"status": "Pending", "statusMessage": "The deployment is being stopped; lifecycle events still run."}


def _check_active(deployment: Deployment) -> None:
    if not deployment.is_active:
        text = f"The deployment {deployment.id} is already in a terminal state: {deployment.status}"
        raise AwsError("DeploymentAlreadyCompletedException", text)


def _page(name: str, found: Sequence[str], token: str | None) -> dict[str, Any]:
    if token and not token.isdigit():
        raise AwsError("InvalidNextTokenException", "The next token is not valid.")
    start = int(token or 0)
    more = {"nextToken": str(start + PAGE)} if start + PAGE < len(found) else {}
    return {name: list(found[start : start + PAGE]), **more}
