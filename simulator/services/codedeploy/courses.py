"""How a deployment goes: its lifecycle events in order, its waits, and how it ends when it doesn't go well."""

from collections.abc import Callable
from typing import Any

from simulator.operations import AwsError
from simulator.services.codedeploy import hooks
from simulator.services.codedeploy.deployments import EVENTS, Deployment
from simulator.services.codedeploy.endings import EndingError
from simulator.services.ecs import store as ecs
from simulator.services.ecs import task_sets
from simulator.services.ecs.lives import Course, until
from simulator.services.elbv2 import traffic
from simulator.world import WORLD

# Our reading, where AWS gives no numbers.
CREATING_S = 2.0
QUEUED_S = 3.0
SHORT_S = 1.0
SHIFTING_S = 5.0
ENDING_S = 10.0
# "This time out period is 60 minutes" stands in AWS's own message.
HEALTHY_WITHIN_S = 3600.0


def course(deployment: Deployment) -> Course:
    """Will go through the whole life. Raises EndingError where it ends otherwise than well; the caller ends it then."""
    yield from begin(deployment)
    yield from _event(deployment, "BeforeInstall")
    yield from _event(deployment, "Install", lambda: _install(deployment))
    yield from _event(deployment, "AfterInstall")
    if deployment.group.listener("test"):
        yield from _event(deployment, "AllowTestTraffic", lambda: _shift(deployment, "test", 100))
        yield from _event(deployment, "AfterAllowTestTraffic")
    else:
        for name in ("AllowTestTraffic", "AfterAllowTestTraffic"):
            deployment.events[name]["status"] = "Skipped"
    yield from _wait_for_ready(deployment)
    yield from _event(deployment, "BeforeAllowTraffic")
    yield from _event(deployment, "AllowTraffic", lambda: _allow_traffic(deployment))
    yield from _event(deployment, "AfterAllowTraffic")
    yield from _terminate(deployment)
    deployment.become("Succeeded")


def go_back(deployment: Deployment, failed: Deployment) -> Course:
    """Will send all traffic back to the task set that `failed` began with, and end the other one."""
    yield from begin(deployment)
    service = deployment.group.service
    for name in EVENTS:
        work = (lambda: _restore(deployment)) if name == "AllowTraffic" else None
        yield from _event(deployment, name, work, is_hooked=False)
    if service is not None and failed.green is not None and failed.green in service.task_sets:
        task_sets.drain(service, failed.green)
    deployment.become("Succeeded")


def begin(deployment: Deployment) -> Course:
    """Will be created, queued and started."""
    yield CREATING_S
    deployment.become("Queued")
    yield QUEUED_S
    deployment.become("InProgress")


def wait(deployment: Deployment, kind: str, seconds: float) -> Course:
    """Will wait `seconds`, or until somebody lets the deployment continue: then `waits_for` is empty."""
    deployment.waits_for = kind
    ends_at = WORLD.now().timestamp() + seconds
    while deployment.waits_for and WORLD.now().timestamp() < ends_at:
        yield ends_at - WORLD.now().timestamp()


def _event(
    deployment: Deployment, name: str, work: Callable[[], Course] | None = None, *, is_hooked: bool = True
) -> Course:
    event = deployment.events[name]
    event.update(status="InProgress", startTime=WORLD.now())
    deployment.updated_at = WORLD.now()
    try:
        yield from work() if work else hooks.run(deployment, name, is_hooked=is_hooked)
    except (EndingError, AwsError) as error:
        ending = error if isinstance(error, EndingError) else _in_aws_words(name, error)
        event.update(status="Skipped" if ending.status == "Stopped" else "Failed", endTime=WORLD.now())
        event["diagnostics"] = {"errorCode": ending.diagnosis, "message": ending.message}
        raise ending from error
    event.update(status="Succeeded", endTime=WORLD.now())
    deployment.updated_at = WORLD.now()


def _in_aws_words(name: str, error: AwsError) -> EndingError:
    if name == "Install":
        text = f"The ECS service cannot be updated due to an unexpected error: {error.message}"
        return EndingError("Failed", "ECS_UPDATE_ERROR", text)
    text = f"The ELB could not be updated due to the following error: {error.message}"
    return EndingError("Failed", "ELASTIC_LOAD_BALANCING_INVALID", text)


def _install(deployment: Deployment) -> Course:
    service = _service(deployment)
    blue = service.primary
    if blue is None:
        raise EndingError("Failed", "INVALID_ECS_SERVICE", "The ECS service has no primary task set.")
    names = [one["name"] for one in deployment.group.pair.get("targetGroups", [])]
    arns = [traffic.group_arn(name, deployment.context) for name in names]
    if blue.target_group not in traffic.weights(deployment.group.listener("prod"), deployment.context):
        text = "The ELB could not be updated: Primary taskset target group must be behind listener"
        raise EndingError("Failed", "ELASTIC_LOAD_BALANCING_INVALID", text)
    for left_over in [one for one in service.task_sets if one is not blue]:
        task_sets.drain(service, left_over)
    deployment.blue = blue
    other = next((arn for arn in arns if arn and arn != blue.target_group), blue.target_group)
    door = service.door_to(other, deployment.spec.container, deployment.spec.port)
    target = ecs.definition(deployment.spec.definition, deployment.context)
    green = deployment.green = task_sets.create(service, target, door, external_id=deployment.id)
    yield from until(lambda: green.fleet.is_steady or _is_lost(deployment), at_most_s=HEALTHY_WITHIN_S, every_s=2)
    _check_green(deployment)
    if not green.fleet.is_steady:
        text = (
            "The deployment timed out while waiting for the replacement task set to become healthy. This time out "
            "period is 60 minutes."
        )
        raise EndingError("Failed", "TIMEOUT", text)


def _shift(deployment: Deployment, kind: str, weight: float) -> Course:
    _check_green(deployment)
    deployment.weigh(kind, weight)
    yield SHIFTING_S


def _allow_traffic(deployment: Deployment) -> Course:
    for weight, hold_s in deployment.config.steps():
        yield from _shift(deployment, "prod", weight)
        yield hold_s


def _restore(deployment: Deployment) -> Course:
    deployment.weigh("prod", 0)
    deployment.weigh("test", 0)
    yield SHIFTING_S


def _wait_for_ready(deployment: Deployment) -> Course:
    ready = deployment.group.part("blueGreenDeploymentConfiguration", "deploymentReadyOption")
    minutes = ready.get("waitTimeInMinutes") or 0
    if ready.get("actionOnTimeout") != "STOP_DEPLOYMENT" or not minutes:
        return
    deployment.become("Ready")
    yield from wait(deployment, "READY_WAIT", minutes * 60.0)
    if deployment.waits_for:
        deployment.waits_for = ""
        text = "The deployment was stopped because traffic rerouting was not started before the end of the wait time."
        # Neither the code nor whether it rolls back is documented: our reading is that it counts as a stop.
        raise EndingError("Stopped", "TIMEOUT", text, trigger="DEPLOYMENT_STOP_ON_REQUEST")
    deployment.become("InProgress")


def _terminate(deployment: Deployment) -> Course:
    option = ("blueGreenDeploymentConfiguration", "terminateBlueInstancesOnDeploymentSuccess")
    minutes = deployment.group.part(*option).get("terminationWaitTimeInMinutes") or 0
    if minutes:
        # The status in this wait is not documented; instanceTerminationWaitTimeStarted is what tells of it.
        deployment.is_termination_wait = True
        yield from wait(deployment, "TERMINATION_WAIT", minutes * 60.0)
        deployment.waits_for = ""
    service = deployment.group.service
    if service is not None and deployment.blue in service.task_sets:
        task_sets.drain(service, deployment.blue)
    yield ENDING_S


def _service(deployment: Deployment) -> ecs.Service:
    found = deployment.group.service
    if found is None or found.controller != ecs.CODE_DEPLOY:
        raise EndingError("Failed", "INVALID_ECS_SERVICE", "The ECS service is not there or not CODE_DEPLOY's.")
    return found


def _is_lost(deployment: Deployment) -> bool:
    service: Any = deployment.group.service
    green = deployment.green
    return service is None or green is None or green not in service.task_sets or green.status == "DRAINING"


def _check_green(deployment: Deployment) -> None:
    if _is_lost(deployment):
        text = "The ECS service cannot be updated due to an unexpected error: The specified task set wasn't found."
        raise EndingError("Failed", "ECS_UPDATE_ERROR", text)
