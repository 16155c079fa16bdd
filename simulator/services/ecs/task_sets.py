"""Task sets: what CodeDeploy, or another controller from outside, makes of a service's tasks."""

from typing import Any

from simulator.operations import AwsError, Context, Parameters, operation
from simulator.services.ecs import answers
from simulator.services.ecs.fargate import Door
from simulator.services.ecs.store import ECS, Service, TaskSet, definition, find, number
from simulator.world import WORLD


def create(
    service: Service,
    target: Any,
    door: Door | None,
    *,
    status: str = "ACTIVE",
    started_by: str = "CODE_DEPLOY",
    external_id: str = "",
    share: float = 100.0,
) -> TaskSet:
    """Will add a task set to the service and start its tasks. Raises AwsError when there are two already."""
    if sum(one.status != "DRAINING" for one in service.task_sets) >= 2:
        raise AwsError("LimitExceededException", "The service has too many task sets.")
    made = number()
    fleet = service.make_fleet(target, f"ecs-svc/{made}", door)
    one = TaskSet(made, fleet, door.target_group if door else "", status, share, external_id)
    one.fleet.started_by = started_by
    service.task_sets.append(one)
    scale(service, one)
    return one


def scale(service: Service, one: TaskSet) -> None:
    """Will give the task set its share of the service's tasks."""
    if one.status != "DRAINING":
        one.fleet.scale(-(-service.desired * round(one.share) // 100))


def make_primary(service: Service, chosen: TaskSet) -> None:
    """Will make `chosen` the one that the service is."""
    for one in service.task_sets:
        if one.status == "PRIMARY":
            _change(one, "ACTIVE")
    _change(chosen, "PRIMARY")
    service.definition = chosen.fleet.definition
    service.given["loadBalancers"] = answers.task_set(service, chosen)["loadBalancers"]


def drain(service: Service, one: TaskSet) -> None:
    """Will stop the task set's tasks and, when they are gone, the task set."""
    if one.status == "DRAINING":
        return
    _change(one, "DRAINING")
    one.fleet.scale(0, reason="Task set is being deleted")
    _remove_when_gone(service, one)


def _remove_when_gone(service: Service, one: TaskSet) -> None:
    if not one.fleet.is_gone:
        WORLD.after(5, lambda: _remove_when_gone(service, one))
        return
    service.task_sets.remove(one)
    service.leaving = [*service.leaving, one.fleet][-3:]


def _change(one: TaskSet, status: str) -> None:
    one.status, one.updated_at = status, WORLD.now()


@operation("ecs", "CreateTaskSet")
def create_task_set(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will create a task set on a service that ECS itself doesn't deploy."""
    service = _outside_service(parameters, context)
    balancers = parameters.get("loadBalancers") or []
    door = None
    if balancers:
        first = balancers[0]
        door = service.door_to(first["targetGroupArn"], first["containerName"], int(first["containerPort"]))
    one = create(
        service,
        definition(parameters["taskDefinition"], context),
        door,
        started_by=context.account,
        external_id=parameters.get("externalId", ""),
        share=float(parameters.get("scale", {}).get("value", 0.0)),
    )
    return {"taskSet": answers.task_set(service, one)}


@operation("ecs", "DescribeTaskSets")
def describe_task_sets(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will show the task sets that are named, or all."""
    service = find(parameters["cluster"], parameters["service"], context)
    wanted = parameters.get("taskSets") or [one.id for one in service.task_sets]
    found = {name: next((one for one in service.task_sets if name.endswith(one.id)), None) for name in wanted}
    return {
        "taskSets": [answers.task_set(service, one) for one in found.values() if one],
        "failures": [{"arn": name, "reason": "MISSING"} for name, one in found.items() if one is None],
    }


@operation("ecs", "UpdateTaskSet")
def update_task_set(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will scale a task set."""
    service = _outside_service(parameters, context)
    one = _named(service, parameters["taskSet"])
    one.share = float(parameters["scale"].get("value", one.share))
    scale(service, one)
    return {"taskSet": answers.task_set(service, one)}


@operation("ecs", "UpdateServicePrimaryTaskSet")
def update_service_primary_task_set(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will make another task set the primary one."""
    service = _outside_service(parameters, context)
    one = _named(service, parameters["primaryTaskSet"])
    make_primary(service, one)
    return {"taskSet": answers.task_set(service, one)}


@operation("ecs", "DeleteTaskSet")
def delete_task_set(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will drain a task set; one that has tasks only with `force`."""
    service = _outside_service(parameters, context)
    one = _named(service, parameters["taskSet"])
    if one.fleet.desired and not parameters.get("force"):
        raise AwsError("InvalidParameterException", "The task set must be scaled down to 0, or deleted with force.")
    drain(service, one)
    return {"taskSet": answers.task_set(service, one)}


def _outside_service(parameters: Parameters, context: Context) -> Service:
    service = find(parameters["cluster"], parameters["service"], context)
    if service.controller == ECS:
        text = "Task sets are for services whose deployment controller is CODE_DEPLOY or EXTERNAL."
        raise AwsError("InvalidParameterException", text)
    return service


def _named(service: Service, name: str) -> TaskSet:
    found = next((one for one in service.task_sets if name.endswith(one.id)), None)
    if found is None:
        raise AwsError("TaskSetNotFoundException", "The specified task set wasn't found.")
    return found
