"""The calls about projects and builds."""

from collections.abc import Mapping
from typing import Any

from moto.codebuild.models import codebuild_backends

from simulator.operations import AwsError, Context, operation
from simulator.services.codebuild import builds
from simulator.services.codebuild.builds import Build, Phase
from simulator.services.codebuild.notices import link_of
from simulator.world import WORLD

# API reference, BatchGetBuilds, ListBuildsForProject.
MOST_BUILDS = 100
PAGE = 100

Parameters = Mapping[str, Any]


@operation("codebuild", "CreateProject")
def _create_project(parameters: Parameters, context: Context) -> dict[str, Any]:
    """moto's own wants a source's location of projects that a pipeline runs, has no default timeouts, and misnames one
    of the project's members.
    """
    backend = codebuild_backends[context.account][context.region]
    name = parameters["name"]
    if name in backend.codebuild_projects:
        raise AwsError("ResourceAlreadyExistsException", f"Project already exists: {name}")
    made = backend.create_project(
        name,
        parameters.get("description"),
        parameters["source"],
        parameters["artifacts"],
        parameters["environment"],
        parameters["serviceRole"],
        parameters.get("tags") or [],
        parameters.get("cache"),
        parameters.get("timeoutInMinutes") or 60,
        parameters.get("queuedTimeoutInMinutes") or 480,
        parameters.get("sourceVersion"),
        parameters.get("logsConfig"),
        parameters.get("vpcConfig"),
    )
    made["created"] = made["lastModified"] = WORLD.now()
    del made["lastModifiedDate"]
    return {"project": made}


@operation("codebuild", "StartBuild")
def _start_build(parameters: Parameters, context: Context) -> dict[str, Any]:
    token = parameters.get("idempotencyToken")
    for build in builds.of(context).values():
        if token and build.given.get("idempotencyToken") == token:
            return {"build": _described(build)}
    commit = parameters.get("sourceVersion") or ""
    build = builds.start(
        parameters["projectName"],
        context,
        given=parameters,
        initiator=context.caller.rpartition(":")[2],
        commit=commit,
    )
    return {"build": _described(build)}


@operation("codebuild", "RetryBuild")
def _retry_build(parameters: Parameters, context: Context) -> dict[str, Any]:
    was = builds.find(parameters["id"], context)
    if not was.is_over:
        raise AwsError("InvalidInputException", f"Build {was.id} has not ended")
    build = builds.start(was.project["name"], context, given=was.given, initiator=was.initiator, commit=was.commit)
    return {"build": _described(build)}


@operation("codebuild", "StopBuild")
def _stop_build(parameters: Parameters, context: Context) -> dict[str, Any]:
    return {"build": _described(builds.stop(parameters["id"], context))}


@operation("codebuild", "BatchGetBuilds")
def _batch_get_builds(parameters: Parameters, context: Context) -> dict[str, Any]:
    wanted = [one.rpartition("build/")[2] for one in parameters["ids"]]
    if len(wanted) > MOST_BUILDS:
        raise AwsError("InvalidInputException", f"The maximum number of builds is {MOST_BUILDS}")
    known = builds.of(context)
    missing = [one for one in wanted if one not in known]
    answer: dict[str, Any] = {"builds": [_described(known[one]) for one in wanted if one in known]}
    return answer | ({"buildsNotFound": missing} if missing else {})


@operation("codebuild", "ListBuilds")
def _list_builds(parameters: Parameters, context: Context) -> dict[str, Any]:
    return _page(list(builds.of(context)), parameters)


@operation("codebuild", "ListBuildsForProject")
def _list_builds_for_project(parameters: Parameters, context: Context) -> dict[str, Any]:
    project = builds.project_of(parameters["projectName"], context)
    found = [one.id for one in builds.of(context).values() if one.project["name"] == project["name"]]
    return _page(found, parameters)


def _page(ids: list[str], parameters: Parameters) -> dict[str, Any]:
    ordered = ids if parameters.get("sortOrder") == "ASCENDING" else ids[::-1]
    first = int(parameters.get("nextToken") or 0)
    # The model wants at least one id, so an empty list is left out.
    answer: dict[str, Any] = {"ids": ordered[first : first + PAGE]} if ordered else {}
    return answer | ({"nextToken": str(first + PAGE)} if first + PAGE < len(ordered) else {})


def _described(build: Build) -> dict[str, Any]:
    """Will describe a build as BatchGetBuilds does."""
    project = build.project
    described = {
        "id": build.id,
        "arn": build.arn,
        "buildNumber": build.number,
        "startTime": build.started_at,
        "endTime": build.ended_at,
        "currentPhase": build.phases[-1].type if build.phases else "SUBMITTED",
        "buildStatus": build.status,
        "sourceVersion": build.given.get("sourceVersion") or build.commit or None,
        "resolvedSourceVersion": build.commit or None,
        "projectName": project["name"],
        "phases": [_phase(one) for one in build.phases],
        "source": project["source"],
        "artifacts": {"location": ""},
        "cache": {"type": "NO_CACHE"},
        "environment": project["environment"],
        "serviceRole": project["serviceRole"],
        "logs": {"deepLink": link_of(build), "cloudWatchLogs": {"status": "ENABLED"}},
        "timeoutInMinutes": project["timeoutInMinutes"] or 60,
        "queuedTimeoutInMinutes": project["queuedTimeoutInMinutes"] or 480,
        "buildComplete": build.is_over,
        "initiator": build.initiator,
        "encryptionKey": project["encryptionKey"],
        "exportedEnvironmentVariables": [{"name": name, "value": value} for name, value in build.exported.items()],
        "reportArns": list(build.reports),
    }
    return {name: value for name, value in described.items() if value is not None}


def _phase(phase: Phase) -> dict[str, Any]:
    known: dict[str, Any] = {"phaseType": phase.type, "startTime": phase.started_at}
    if phase.ended_at is None:
        return known
    seconds = int((phase.ended_at - phase.started_at).total_seconds())
    ended = {"phaseStatus": phase.status, "endTime": phase.ended_at, "durationInSeconds": seconds}
    code = {"FAILED": "COMMAND_EXECUTION_ERROR"}.get(phase.status, "")
    return {**known, **ended, "contexts": [{"statusCode": code, "message": phase.message}]}
