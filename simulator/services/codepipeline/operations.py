"""The calls about executions, stages and approvals."""

from collections.abc import Mapping
from typing import Any

from simulator.operations import AwsError, Context, operation
from simulator.services.codepipeline import descriptions
from simulator.services.codepipeline.pipelines import PARALLEL, Way, find, start
from simulator.world import WORLD

PAGE = 100
Parameters = Mapping[str, Any]


@operation("codepipeline", "StartPipelineExecution")
def _start(parameters: Parameters, context: Context) -> dict[str, Any]:
    execution = start(
        parameters["name"],
        context,
        token=parameters.get("clientRequestToken") or "",
        wanted={one["actionName"]: one["revisionValue"] for one in parameters.get("sourceRevisions") or []},
        variables=parameters.get("variables") or (),
    )
    return {"pipelineExecutionId": execution.id}


@operation("codepipeline", "GetPipelineExecution")
def _get_execution(parameters: Parameters, context: Context) -> dict[str, Any]:
    execution = find(parameters["pipelineName"], context).execution(parameters["pipelineExecutionId"])
    return {"pipelineExecution": descriptions.execution(execution)}


@operation("codepipeline", "ListPipelineExecutions")
def _list_executions(parameters: Parameters, context: Context) -> dict[str, Any]:
    pipeline = find(parameters["pipelineName"], context)
    found = pipeline.executions[::-1]
    if stage := ((parameters.get("filter") or {}).get("succeededInStage") or {}).get("stageName"):
        found = [one for one in found if pipeline.place(stage).status.get(one.id) == "Succeeded"]
    return _page("pipelineExecutionSummaries", [descriptions.summary(one) for one in found], parameters)


@operation("codepipeline", "ListActionExecutions")
def _list_actions(parameters: Parameters, context: Context) -> dict[str, Any]:
    pipeline = find(parameters["pipelineName"], context)
    asked = parameters.get("filter") or {}
    wanted = asked.get("pipelineExecutionId") or (asked.get("latestInPipelineExecution") or {}).get(
        "pipelineExecutionId"
    )
    chosen = [pipeline.execution(wanted)] if wanted else pipeline.executions
    runs = sorted((run for one in chosen for run in one.runs), key=lambda run: run.started_at, reverse=True)
    return _page("actionExecutionDetails", [descriptions.action(run) for run in runs], parameters)


@operation("codepipeline", "GetPipelineState")
def _get_state(parameters: Parameters, context: Context) -> dict[str, Any]:
    return descriptions.state(find(parameters["name"], context))


@operation("codepipeline", "PutApprovalResult")
def _put_approval_result(parameters: Parameters, context: Context) -> dict[str, Any]:
    pipeline = find(parameters["pipelineName"], context)
    place, name = pipeline.place(parameters["stageName"]), parameters["actionName"]
    stage = next(one for one in pipeline.definition["stages"] if one["name"] == place.name)
    if name not in {one["name"] for one in stage["actions"]}:
        raise AwsError("ActionNotFoundException", f"Stage '{place.name}' does not have an action '{name}'")
    runs = [run for one in pipeline.executions for run in one.runs if (run.stage, run.name) == (place.name, name)]
    waiting = [run for run in runs if not run.is_over and run.category == "Approval" and not run.answer]
    if pipeline.mode == PARALLEL:
        waiting = [run for run in waiting if run.token == parameters["token"]]
    if not waiting:
        raise AwsError("ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected")
    if waiting[-1].token != parameters["token"]:
        raise AwsError("InvalidApprovalTokenException", "The approval token is not valid")
    result = parameters["result"]
    waiting[-1].decide(result["status"], result["summary"], context.caller)
    return {"approvedAt": WORLD.now()}


@operation("codepipeline", "StopPipelineExecution")
def _stop(parameters: Parameters, context: Context) -> dict[str, Any]:
    execution = find(parameters["pipelineName"], context).execution(parameters["pipelineExecutionId"])
    is_abandoning = bool(parameters.get("abandon"))
    if execution.is_over:
        raise AwsError("PipelineExecutionNotStoppableException", f"The execution is {execution.status}")
    if execution.status == "Stopping" and not is_abandoning:
        raise AwsError("DuplicatedStopRequestException", "The execution is already stopping")
    execution.stop(parameters.get("reason") or "", is_abandoning=is_abandoning)
    return {"pipelineExecutionId": execution.id}


@operation("codepipeline", "RetryStageExecution")
def _retry(parameters: Parameters, context: Context) -> dict[str, Any]:
    pipeline = find(parameters["pipelineName"], context)
    place = pipeline.place(parameters["stageName"])
    execution = pipeline.execution(parameters["pipelineExecutionId"])
    if place.latest is not execution:
        raise AwsError(
            "NotLatestPipelineExecutionException",
            "The stage has failed in a later run of the pipeline and the pipelineExecutionId is out of date",
        )
    if place.status.get(execution.id) != "Failed" or place.holder is not None or not execution.is_over:
        raise AwsError("StageNotRetryableException", "The stage contains no failed actions")
    execution.retry(place.name, is_whole=parameters["retryMode"] == "ALL_ACTIONS")
    return {"pipelineExecutionId": execution.id}


@operation("codepipeline", "DisableStageTransition")
def _disable(parameters: Parameters, context: Context) -> None:
    _set_way(parameters, Way(False, context.caller, WORLD.now(), parameters["reason"]), context)  # noqa: FBT003 - its first member


@operation("codepipeline", "EnableStageTransition")
def _enable(parameters: Parameters, context: Context) -> None:
    _set_way(parameters, Way(by=context.caller, at=WORLD.now()), context)
    find(parameters["pipelineName"], context).wake()


def _set_way(parameters: Parameters, way: Way, context: Context) -> None:
    place = find(parameters["pipelineName"], context).place(parameters["stageName"])
    if parameters["transitionType"] == "Inbound":
        place.way_in = way
    else:
        place.way_out = way


def _page(name: str, found: list[dict[str, Any]], parameters: Parameters) -> dict[str, Any]:
    token = parameters.get("nextToken") or "0"
    if not token.isdigit():
        raise AwsError("InvalidNextTokenException", "The next token is not valid")
    first, most = int(token), min(int(parameters.get("maxResults") or PAGE), PAGE)
    answer: dict[str, Any] = {name: found[first : first + most]}
    return answer | ({"nextToken": str(first + most)} if first + most < len(found) else {})
