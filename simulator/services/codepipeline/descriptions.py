"""What the calls answer: executions, actions and the state of the stages, as CodePipeline describes them."""

from collections.abc import Mapping
from typing import Any

from simulator.services.codepipeline.actions import ActionRun
from simulator.services.codepipeline.executions import Execution
from simulator.services.codepipeline.pipelines import PARALLEL, Pipeline, StagePlace


def execution(one: Execution) -> dict[str, Any]:
    """Will describe an execution as GetPipelineExecution does."""
    kept = ("name", "revisionId", "revisionSummary", "created", "revisionUrl")
    return {
        "pipelineName": one.pipeline.name,
        "pipelineVersion": one.version,
        "pipelineExecutionId": one.id,
        "status": one.status,
        "statusSummary": one.summary,
        "artifactRevisions": [{name: revision[name] for name in kept} for revision in one.revisions],
        "variables": [{"name": pair["name"], "resolvedValue": pair["value"]} for pair in one.variables],
        "trigger": _trigger(one),
        "executionMode": one.pipeline.mode,
        "executionType": "STANDARD",
    }


def summary(one: Execution) -> dict[str, Any]:
    """Will describe an execution as ListPipelineExecutions does."""
    kept = ("actionName", "revisionId", "revisionSummary", "revisionUrl")
    described = {
        "pipelineExecutionId": one.id,
        "status": one.status,
        "statusSummary": one.summary,
        "startTime": one.started_at,
        "lastUpdateTime": one.changed_at,
        "sourceRevisions": [{name: revision[name] for name in kept} for revision in one.revisions],
        "trigger": _trigger(one),
        "executionMode": one.pipeline.mode,
        "executionType": "STANDARD",
    }
    return {**described, "stopTrigger": {"reason": one.stop_reason}} if one.stop_reason else described


def _trigger(one: Execution) -> dict[str, str]:
    return {"triggerType": one.trigger, "triggerDetail": one.trigger_detail}


def action(run: ActionRun) -> dict[str, Any]:
    """Will describe a run of an action as ListActionExecutions does."""
    asked = run.action
    described = {
        "pipelineExecutionId": run.execution.id,
        "actionExecutionId": run.id,
        "pipelineVersion": run.execution.version,
        "stageName": run.stage,
        "actionName": run.name,
        "startTime": run.started_at,
        "lastUpdateTime": run.changed_at,
        "status": run.status,
        "input": {
            "actionTypeId": dict(asked["actionTypeId"]),
            "configuration": dict(run.configuration),
            "resolvedConfiguration": dict(run.configuration),
            "region": run.execution.context.region,
            "inputArtifacts": [{"name": one["name"]} for one in asked.get("inputArtifacts") or []],
        },
        "output": {
            "outputArtifacts": [{"name": one["name"]} for one in asked.get("outputArtifacts") or []],
            "executionResult": _result(run),
            "outputVariables": run.variables,
        },
    }
    return {**described, "updatedBy": run.by} if run.by else described


def _result(run: ActionRun) -> dict[str, Any]:
    # Where executions run side by side, an approval's token stands here (API reference, PutApprovalResult).
    has_token = run.execution.pipeline.mode == PARALLEL and run.token
    known = {
        "externalExecutionId": run.token if has_token else run.work_id,
        "externalExecutionSummary": run.summary,
        "externalExecutionUrl": run.work_url,
    }
    shown: dict[str, Any] = {name: value for name, value in known.items() if value}
    return {**shown, "errorDetails": _error(run)} if run.error_code else shown


def _error(run: ActionRun) -> dict[str, str]:
    return {"code": run.error_code, "message": run.summary}


def state(pipeline: Pipeline) -> dict[str, Any]:
    """Will describe the stages as GetPipelineState does."""
    definition = pipeline.definition
    return {
        "pipelineName": pipeline.name,
        "pipelineVersion": definition["version"],
        "stageStates": [_stage(pipeline, stage) for stage in definition["stages"]],
        "created": pipeline.kept.metadata["created"],
        "updated": pipeline.kept.metadata["updated"],
    }


def _stage(pipeline: Pipeline, stage: Mapping[str, Any]) -> dict[str, Any]:
    place = pipeline.places[stage["name"]]
    described: dict[str, Any] = {
        "stageName": place.name,
        "inboundTransitionState": _way_in(place),
        "actionStates": [_action_state(place, one) for one in stage["actions"]],
    }
    if place.waiting:
        waiting = [{"pipelineExecutionId": one.id, "status": "InProgress", "type": "STANDARD"} for one in place.waiting]
        described |= {"inboundExecutions": waiting, "inboundExecution": waiting[-1]}
    if place.latest is not None:
        status = "Stopping" if place.latest.status == "Stopping" else place.status[place.latest.id]
        described["latestExecution"] = {
            "pipelineExecutionId": place.latest.id,
            "status": status,
            "type": "STANDARD",
        }
    return described


def _way_in(place: StagePlace) -> dict[str, Any]:
    way = place.way_in
    known = {"lastChangedBy": way.by, "lastChangedAt": way.at, "disabledReason": way.reason}
    return {"enabled": way.is_open, **{name: value for name, value in known.items() if value}}


def _action_state(place: StagePlace, asked: Mapping[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"actionName": asked["name"]}
    # An action that did not run yet in the latest execution still shows what it did in one before.
    run = place.latest.latest(place.name, asked["name"]) if place.latest else None
    if run is None:
        return described
    known = {
        "summary": run.summary,
        "lastUpdatedBy": run.by,
        "externalExecutionId": run.work_id,
        "externalExecutionUrl": run.work_url,
        "token": run.token,
    }
    latest: dict[str, Any] = {"actionExecutionId": run.id, "status": run.status, "lastStatusChange": run.changed_at}
    latest |= {name: value for name, value in known.items() if value}
    if run.error_code:
        latest["errorDetails"] = _error(run)
    if run.category == "Source" and run.work_id:
        described["currentRevision"] = {
            "revisionId": run.work_id,
            "revisionChangeId": run.work_id,
            "created": run.changed_at,
        }
    return {**described, "latestExecution": latest}
