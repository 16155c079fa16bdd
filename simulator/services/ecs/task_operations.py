"""The calls about tasks."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from simulator.operations import AwsError, Context, Parameters, operation
from simulator.services.ecs import answers
from simulator.services.ecs.fargate import Task
from simulator.services.ecs.store import cluster_name, definition, services
from simulator.world import WORLD

# How long a task that belongs to no service runs until it has done its work, and ends well (our reading: none).
WORK_S = 60.0
SINGLE: list[Task] = []


@WORLD.on_reset
def _empty() -> None:
    SINGLE.clear()


@operation("ecs", "RunTask")
def run_task(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will start tasks that end well after WORK_S."""
    cluster = cluster_name(parameters.get("cluster"), context)
    target = definition(parameters["taskDefinition"], context)
    group = parameters.get("group") or f"family:{target.family}"
    started = [
        Task(context, cluster, target, group, parameters.get("startedBy", ""), _forget_nothing)
        for _ in range(int(parameters.get("count") or 1))
    ]
    SINGLE.extend(started)
    for one in started:
        WORLD.after(WORK_S, partial(one.stop, "EssentialContainerExited", "Essential container in task exited"))
    return {"tasks": [answers.task(one) for one in started], "failures": []}


@operation("ecs", "ListTasks")
def list_tasks(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will list tasks by service, family and desired status (RUNNING unless told)."""
    cluster = cluster_name(parameters.get("cluster"), context)
    wanted = parameters.get("desiredStatus") or "RUNNING"
    service, family = parameters.get("serviceName"), parameters.get("family")
    if service and (cluster, service.rpartition("/")[2]) not in services(context):
        raise AwsError("ServiceNotFoundException", "Service not found.")
    arns = [
        one.arn
        for one in _all(cluster, context)
        if one.desired_status == wanted
        and (not service or one.group == f"service:{service.rpartition('/')[2]}")
        and (not family or one.definition.family == family)
        and parameters.get("startedBy") in {None, one.started_by}
    ]
    start, size = int(parameters.get("nextToken") or 0), int(parameters.get("maxResults") or 100)
    more = {"nextToken": str(start + size)} if start + size < len(arns) else {}
    return {"taskArns": arns[start : start + size], **more}


@operation("ecs", "DescribeTasks")
def describe_tasks(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will show tasks, also those that stopped within the hour."""
    cluster = cluster_name(parameters.get("cluster"), context)
    if not 1 <= len(parameters["tasks"]) <= 100:
        raise AwsError("InvalidParameterException", "Tasks must hold 1 to 100 names.")
    known = {one.id: one for one in _all(cluster, context)}
    found = {name: known.get(name.rpartition("/")[2]) for name in parameters["tasks"]}
    return {
        "tasks": [answers.task(one) for one in found.values() if one],
        "failures": [{"arn": name, "reason": "MISSING"} for name, one in found.items() if one is None],
    }


@operation("ecs", "StopTask")
def stop_task(parameters: Parameters, context: Context) -> dict[str, Any]:
    """Will stop a task; its service starts another."""
    cluster = cluster_name(parameters.get("cluster"), context)
    for one in _all(cluster, context):
        if one.id == parameters["task"].rpartition("/")[2]:
            one.stop("UserInitiated", parameters.get("reason") or "Task stopped by user")
            return {"task": answers.task(one)}
    raise AwsError("InvalidParameterException", "The referenced task was not found.")


def _all(cluster: str, context: Context) -> Iterator[Task]:
    for (where, _), service in services(context).items():
        if where == cluster:
            for fleet in service.fleets():
                yield from fleet.remembered()
    yield from (one for one in SINGLE if one.cluster == cluster and one.context.region == context.region)


def _forget_nothing(task: Task) -> None:
    """A single task has no scheduler that would replace it."""
