"""Lifecycle hooks: Lambda functions that tell CodeDeploy how it went."""

import uuid
from typing import Any

from simulator.operations import AwsError, Context, Parameters, operation
from simulator.services.codedeploy.deployments import Deployment, find
from simulator.services.codedeploy.endings import EndingError
from simulator.services.ecs import functions
from simulator.services.ecs.lives import Course
from simulator.world import WORLD

# A function that has not answered by then has failed (user guide, "AppSpec 'hooks' section").
ANSWERS_WITHIN_S = 3600.0
WITHOUT_HOOK_S = 1.0
_RUNS = "InProgress"


def run(deployment: Deployment, event: str, *, is_hooked: bool = True) -> Course:
    """Will call the event's function, if it has one, and wait for its answer. Raises EndingError when it is no."""
    function = deployment.spec.hooks.get(event, "") if is_hooked else ""
    if not function:
        yield WITHOUT_HOOK_S
        return
    execution = str(uuid.uuid4())
    deployment.hook[execution] = _RUNS
    told = {"DeploymentId": deployment.id, "LifecycleEventHookExecutionId": execution}
    functions.invoke(function, told, deployment.context, _hearing(deployment, execution))
    ends_at = WORLD.now().timestamp() + ANSWERS_WITHIN_S
    while deployment.hook[execution] == _RUNS and WORLD.now().timestamp() < ends_at:
        yield ends_at - WORLD.now().timestamp()
    if deployment.hook[execution] != "Succeeded":
        raise EndingError("Failed", "HOOK_EXECUTION_FAILURE", _reason(event, deployment.hook[execution]))


def _reason(event: str, status: str) -> str:
    what = "did not answer within an hour" if status == _RUNS else f"answered {status}"
    return f"The Lambda function of the {event} hook {what}."


def _hearing(deployment: Deployment, execution: str) -> functions.Heard:
    def hear(_: Any, error: str) -> None:
        # One that can't be called, or raises, fails at once (not documented: our reading); else its own call tells.
        if error and deployment.hook.get(execution) == _RUNS:
            _settle(deployment, execution, "Failed")

    return hear


def _settle(deployment: Deployment, execution: str, status: str) -> None:
    deployment.hook[execution] = status
    if deployment.life is not None:
        deployment.life.wake()


@operation("codedeploy", "PutLifecycleEventHookExecutionStatus")
def put_lifecycle_event_hook_execution_status(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will take a function's answer: Succeeded goes on, Failed ends the deployment."""
    deployment = find(parameters.get("deploymentId", ""), context)
    execution = parameters.get("lifecycleEventHookExecutionId", "")
    if execution not in deployment.hook:
        text = "The lifecycle event hook execution ID does not belong to the deployment."
        raise AwsError("InvalidLifecycleEventHookExecutionIdException", text)
    if parameters.get("status") not in {"Succeeded", "Failed"}:
        text = "The status must be Succeeded or Failed."
        raise AwsError("InvalidLifecycleEventHookExecutionStatusException", text)
    if deployment.hook[execution] != _RUNS or not deployment.is_active:
        raise AwsError("LifecycleEventAlreadyCompletedException", "The lifecycle event has ended already.")
    _settle(deployment, execution, parameters["status"])
    return {"lifecycleEventHookExecutionId": execution}
