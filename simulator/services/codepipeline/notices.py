"""CodePipeline's events, and the notification of an approval."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.sns.models import sns_backends

from simulator.services import events

if TYPE_CHECKING:
    from simulator.services.codepipeline.actions import ActionRun
    from simulator.services.codepipeline.executions import Execution


def tell_of_execution(execution: "Execution", state: str) -> None:
    """Will tell that an execution began, ended or was taken up again."""
    _publish(execution, "CodePipeline Pipeline Execution State Change", {"state": state})


def tell_of_stage(execution: "Execution", stage: str, state: str) -> None:
    """Will tell the same of one stage."""
    _publish(execution, "CodePipeline Stage Execution State Change", {"stage": stage, "state": state})


def tell_of_action(run: "ActionRun", state: str) -> None:
    """Will tell the same of one action."""
    kind = run.action["actionTypeId"]
    detail = {
        "stage": run.stage,
        "action": run.name,
        "action-execution-id": run.id,
        "state": state,
        "region": run.execution.context.region,
        "type": {name: kind[name] for name in ("owner", "provider", "category", "version")},
        "input-artifacts": [{"name": one["name"]} for one in run.action.get("inputArtifacts") or []],
        "output-artifacts": [{"name": one["name"]} for one in run.action.get("outputArtifacts") or []],
        "start-time": f"{run.started_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    result: dict[str, Any] = {
        "external-execution-id": run.work_id,
        "external-execution-summary": run.summary,
        "external-execution-url": run.work_url,
        "error-code": run.error_code,
    }
    known = {name: value for name, value in result.items() if value}
    extra = {"execution-result": known} if known and state != "STARTED" else {}
    _publish(run.execution, "CodePipeline Action Execution State Change", {**detail, **extra})


def ask_for_approval(run: "ActionRun") -> None:
    """Will write to the topic of a manual approval, if it has one (user guide, "JSON data format")."""
    configuration = run.action.get("configuration") or {}
    context = run.execution.context
    topic = sns_backends[context.account][context.region].topics.get(configuration.get("NotificationArn", ""))
    if topic is None:
        return
    name = run.execution.pipeline.name
    link = f"https://console.aws.amazon.com/codesuite/codepipeline/pipelines/{name}/view?region={context.region}"
    approval = {
        "pipelineName": name,
        "stageName": run.stage,
        "actionName": run.name,
        "token": run.token,
        "expires": f"{run.expires_at:%Y-%m-%dT%H:%MZ}",
        "externalEntityLink": configuration.get("ExternalEntityLink"),
        "approvalReviewLink": f"{link}#/{run.stage}/{run.name}/approve/{run.token}",
        "customData": configuration.get("CustomData"),
    }
    message = {"region": context.region, "consoleLink": link, "approval": approval}
    topic.publish(json.dumps(message), subject=f"APPROVAL NEEDED: AWS CodePipeline {name} for action {run.name}"[:100])


def _publish(execution: "Execution", kind: str, more: Mapping[str, Any]) -> None:
    detail = {
        "pipeline": execution.pipeline.name,
        "execution-id": execution.id,
        "execution-trigger": {"trigger-type": execution.trigger, "trigger-detail": execution.trigger_detail},
        "version": float(execution.version),
        **more,
    }
    events.publish("aws.codepipeline", kind, detail, [execution.pipeline.arn], execution.context)
