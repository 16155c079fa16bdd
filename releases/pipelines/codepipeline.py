"""CodePipeline with CodeBuild and ECR. Names and shapes are those of botocore's models."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from portal import aws
from portal.aws import Clients, code_of
from releases.pipelines.base import Config, Image, TakenError
from releases.pipelines.calls import told
from releases.rules.pipelines.gates import LONGEST_SUMMARY, Decision
from releases.rules.pipelines.provenance import EXPORTED
from releases.rules.pipelines.seen import Action, Build, Execution, Gate, Look, Report, Stage

ACTIONS = frozenset(
    {
        "codepipeline:ListPipelineExecutions",
        "codepipeline:ListActionExecutions",
        "codepipeline:GetPipelineState",
        "codepipeline:PutApprovalResult",
        "codebuild:ListBuildsForProject",
        "codebuild:BatchGetBuilds",
        "codebuild:BatchGetReports",
        "ecr:DescribeImages",
    }
)
EXECUTIONS = 20
ACTION_EXECUTIONS = 100  # the most on one page
MOST_BUILDS = 100  # of BatchGetBuilds, and a page of ListBuildsForProject
MOST_REPORTS = 100
_TAKEN = frozenset({"InvalidApprovalTokenException", "ApprovalAlreadyCompletedException"})
_NO_IMAGE = frozenset({"ImageNotFoundException"})


@dataclass(frozen=True)
class CodePipeline:
    """The pipeline `config.name`, the builds of `config.project`, the images of `config.images`."""

    config: Config
    clients: Clients = field(repr=False)

    def look(self) -> Look:
        """Will ask for the newest executions, the state of the stages, and what was done last: three calls."""
        if not self.config.name:
            return Look()
        client, name = self.clients("codepipeline"), self.config.name
        with told(f"CodePipeline about {name}"):
            executions = client.list_pipeline_executions(pipelineName=name, maxResults=EXECUTIONS)
            state = client.get_pipeline_state(name=name)
            done = client.list_action_executions(pipelineName=name, maxResults=ACTION_EXECUTIONS)
        stages = state.get("stageStates", ())
        details = done.get("actionExecutionDetails", ())
        return Look(
            executions=tuple(map(_execution, executions.get("pipelineExecutionSummaries", ()))),
            stages=tuple(map(_stage, stages)),
            actions=tuple(map(_action, details)),
            gates=tuple(gate for place in self.config.gates for gate in _gates(place, stages, details)),
        )

    def builds(self, known: Collection[str]) -> Sequence[Build]:
        """Will give the newest builds of the project but those `known`, oldest first, with their test reports."""
        if not self.config.project:
            return ()
        client, project = self.clients("codebuild"), self.config.project
        with told(f"CodeBuild about the builds of {project}"):
            listed = client.list_builds_for_project(projectName=project, sortOrder="DESCENDING").get("ids", [])
            wanted = [one for one in listed if one not in known][:MOST_BUILDS]
            got = client.batch_get_builds(ids=wanted).get("builds", []) if wanted else []
        tests = self._tests([arn for one in got for arn in one.get("reportArns", ())])
        order = {name: place for place, name in enumerate(listed)}
        newest_first = sorted(got, key=lambda one: order.get(one["id"], len(order)))
        return [_build(one, tests) for one in reversed(newest_first)]

    def image(self, *, tags: Sequence[str] = (), digest: str = "") -> Image | None:
        """Will find an image by its digest, or by the first of `tags` that there is; None where there is none."""
        repository = self.config.images.partition("/")[2]
        if not repository:
            return None
        ids = [{"imageDigest": digest}] if digest else [{"imageTag": tag} for tag in tags]
        found = (self._image(repository, one) for one in ids)
        return next(filter(None, found), None)

    def answer(self, gate: Gate, decision: Decision, summary: str) -> None:
        """Will decide the gate. Raises TakenError where somebody was first or something newer is asked there."""
        client = self.clients("codepipeline", may_repeat=False)
        result = {"summary": summary[:LONGEST_SUMMARY], "status": decision.capitalize()}
        place = {"pipelineName": self.config.name, "stageName": gate.stage, "actionName": gate.action}
        with told(f"CodePipeline to take the answer to {gate.action} in {gate.stage}"):
            try:
                client.put_approval_result(**place, token=gate.token, result=result)
            except ClientError as error:
                if code_of(error) not in _TAKEN:
                    raise
                sentence = f"Somebody has answered {gate.action} in {gate.stage}, or it asks for something newer now"
                raise TakenError(code_of(error), sentence, permanent=True) from None

    def _tests(self, arns: list[str]) -> Mapping[str, Report]:
        """Will give the summaries of test reports by their ARN; those of coverage have none."""
        found: dict[str, Report] = {}
        for first in range(0, len(arns), MOST_REPORTS):
            with told(f"CodeBuild about the test reports of {self.config.project}"):
                chunk = arns[first : first + MOST_REPORTS]
                reports = self.clients("codebuild").batch_get_reports(reportArns=chunk)["reports"]
            for report in reports:
                if "testSummary" in report:
                    told_of = report["testSummary"]
                    found[report["arn"]] = Report(told_of["total"], told_of["statusCounts"].get("SUCCEEDED", 0))
        return found

    def _image(self, repository: str, image_id: Mapping[str, str]) -> Image | None:
        with told(f"ECR about the images of {repository}"):
            try:
                answer = self.clients("ecr").describe_images(repositoryName=repository, imageIds=[image_id])
            except ClientError as error:
                if code_of(error) in _NO_IMAGE:
                    return None
                raise
        details = answer.get("imageDetails", [])
        return Image(details[0]["imageDigest"], tuple(details[0].get("imageTags", ()))) if details else None


def _execution(told_of: Mapping[str, Any]) -> Execution:
    revisions = told_of.get("sourceRevisions") or [{}]
    stopped = told_of.get("stopTrigger", {}).get("reason", "")
    return Execution(
        id=told_of["pipelineExecutionId"],
        status=told_of["status"],
        note=aws.redact(stopped or told_of.get("statusSummary", "")),
        commit=revisions[0].get("revisionId", ""),
        subject=(revisions[0].get("revisionSummary", "").splitlines() or [""])[0],
        started_at=told_of.get("startTime"),
        updated_at=told_of.get("lastUpdateTime"),
    )


def _stage(told_of: Mapping[str, Any]) -> Stage:
    way_in = told_of.get("inboundTransitionState", {})
    waiting = list(told_of.get("inboundExecutions", ()))
    waiting += [told_of["inboundExecution"]] if "inboundExecution" in told_of else []
    latest = told_of.get("latestExecution", {})
    return Stage(
        name=told_of["stageName"],
        execution_id=latest.get("pipelineExecutionId", ""),
        status=latest.get("status", ""),
        waiting_ids=tuple(dict.fromkeys(one["pipelineExecutionId"] for one in waiting)),
        is_open=way_in.get("enabled", True),
        closed_by=way_in.get("lastChangedBy", ""),
        closed_at=way_in.get("lastChangedAt"),
        closed_reason=way_in.get("disabledReason", ""),
    )


def _kind(told_of: Mapping[str, Any]) -> tuple[str, str]:
    kind = told_of.get("input", {}).get("actionTypeId", {})
    return kind.get("category", ""), kind.get("provider", "")


def _action(told_of: Mapping[str, Any]) -> Action:
    output = told_of.get("output", {})
    result = output.get("executionResult", {})
    category, provider = _kind(told_of)
    is_gate = category == "Approval"
    summary = result.get("errorDetails", {}).get("message", "") or result.get("externalExecutionSummary", "")
    return Action(
        id=told_of["actionExecutionId"],
        execution_id=told_of["pipelineExecutionId"],
        stage=told_of["stageName"],
        name=told_of["actionName"],
        status=told_of["status"],
        is_gate=is_gate,
        is_build=provider == "CodeBuild",
        at=told_of.get("startTime"),
        updated_at=told_of.get("lastUpdateTime"),
        by=told_of.get("updatedBy", ""),
        summary=aws.redact(summary),
        link=result.get("externalExecutionUrl", ""),
        # Of a gate this is its token, in pipelines whose executions run side by side.
        work="" if is_gate else result.get("externalExecutionId", ""),
        variables={name: value for name, value in output.get("outputVariables", {}).items() if name in EXPORTED},
    )


def _gates(
    place: tuple[str, str], stages: Sequence[Mapping[str, Any]], details: Sequence[Mapping[str, Any]]
) -> list[Gate]:
    """Will give every asking of one gate, newest first: what was done last, and what the stage shows now.

    GetPipelineState has the token of the one that waits, ListActionExecutions remembers those before it, and has the
    tokens where executions run side by side (API reference, PutApprovalResult).
    """
    asked = [one for one in details if (one["stageName"], one["actionName"]) == place]
    found = {one["actionExecutionId"]: _gate_of_history(one) for one in asked}
    now = _gate_of_state(place, stages)
    if now is not None:
        earlier = found.pop(now.id, None)
        found = {now.id: _merged(now, earlier), **found}
    return list(found.values())


def _gate_of_history(told_of: Mapping[str, Any]) -> Gate:
    result = told_of.get("output", {}).get("executionResult", {})
    return Gate(
        stage=told_of["stageName"],
        action=told_of["actionName"],
        id=told_of["actionExecutionId"],
        execution_id=told_of["pipelineExecutionId"],
        status=told_of["status"],
        token=result.get("externalExecutionId", "") if told_of["status"] == "InProgress" else "",
        by=told_of.get("updatedBy", "") if told_of["status"] != "InProgress" else "",
        summary=result.get("externalExecutionSummary", ""),
        since=told_of.get("lastUpdateTime"),
    )


def _gate_of_state(place: tuple[str, str], stages: Sequence[Mapping[str, Any]]) -> Gate | None:
    nothing: Mapping[str, Any] = {}
    stage = next((one for one in stages if one["stageName"] == place[0]), nothing)
    action = next((one for one in stage.get("actionStates", ()) if one["actionName"] == place[1]), nothing)
    latest = action.get("latestExecution", {})
    execution_id = stage.get("latestExecution", {}).get("pipelineExecutionId", "")
    status = latest.get("status", "")
    # Without its number the gate would be another one at each look.
    if not latest.get("actionExecutionId") or not execution_id:
        return None
    return Gate(
        stage=place[0],
        action=place[1],
        id=latest["actionExecutionId"],
        execution_id=execution_id,
        status=status,
        token=latest.get("token", "") if status == "InProgress" else "",
        by=latest.get("lastUpdatedBy", "") if status != "InProgress" else "",
        summary=latest.get("summary", ""),
        since=latest.get("lastStatusChange"),
    )


def _merged(now: Gate, earlier: Gate | None) -> Gate:
    if earlier is None:
        return now
    return replace(
        now,
        execution_id=earlier.execution_id,
        token=now.token or (earlier.token if now.is_waiting else ""),
        by=now.by or earlier.by,
        summary=now.summary or earlier.summary,
        since=now.since or earlier.since,
    )


def _build(told_of: Mapping[str, Any], tests: Mapping[str, Report]) -> Build:
    exported = {one["name"]: one["value"] for one in told_of.get("exportedEnvironmentVariables", ())}
    reports = [tests[arn] for arn in told_of.get("reportArns", ()) if arn in tests]
    return Build(
        id=told_of["id"],
        status=told_of["buildStatus"],
        number=told_of.get("buildNumber"),
        commit=told_of.get("resolvedSourceVersion", ""),
        exported={name: value for name, value in exported.items() if name in EXPORTED},
        log_url=told_of.get("logs", {}).get("deepLink", ""),
        note=_failed_phase(told_of),
        tests=Report(sum(one.total for one in reports), sum(one.passed for one in reports)) if reports else None,
        started_at=told_of.get("startTime"),
        ended_at=told_of.get("endTime"),
    )


def _failed_phase(told_of: Mapping[str, Any]) -> str:
    for phase in told_of.get("phases", ()):
        if phase.get("phaseStatus") in {"FAILED", "FAULT", "TIMED_OUT", "CLIENT_ERROR"}:
            contexts = [one.get("message", "") for one in phase.get("contexts", ())]
            said = aws.redact(" ".join(filter(None, contexts)).strip())
            return f"{phase['phaseType']} failed: {said}" if said else f"{phase['phaseType']} failed"
    return ""
