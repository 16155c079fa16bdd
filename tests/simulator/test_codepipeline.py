"""Pipelines walk their stages over the account's time; builds take theirs; approvals are answered once."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator.services import codebuild, codecommit, codepipeline
from simulator.services.codebuild import Outcome
from simulator.services.codebuild.reports import Counts
from tests.account import REGION, Account
from tests.simulator import repository
from tests.simulator.lambdas import create_role
from tests.simulator.repository import CONTEXT
from tests.simulator.test_events import listen

NAME = "insights"
APPROVE = {"pipelineName": NAME, "stageName": "Production", "actionName": "Approve"}


def action(name: str, category: str, provider: str, **more: Any) -> dict[str, Any]:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, "runOrder": 1, **more}


@pytest.fixture
def folder(account: Account, tmp_path: Path) -> Path:
    return repository.create(account, tmp_path / "repo")


def build_project(account: Account) -> None:
    account.client("codebuild").create_project(
        name=NAME,
        source={"type": "CODEPIPELINE"},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=create_role(account, "build", service="codebuild"),
    )


@pytest.fixture
def client(account: Account, folder: Path) -> Any:
    build_project(account)
    return make(account)


def make(account: Account, mode: str = "SUPERSEDED") -> Any:
    client = account.client("codepipeline")
    source = {"RepositoryName": NAME, "BranchName": "main"}
    stages = [
        (
            "Source",
            [action("Commit", "Source", "CodeCommit", configuration=source, outputArtifacts=[{"name": "code"}])],
        ),
        ("Build", [action("Image", "Build", "CodeBuild", configuration={"ProjectName": NAME})]),
        (
            "Production",
            [action("Approve", "Approval", "Manual"), action("Deploy", "Deploy", "CodeDeployToECS", runOrder=2)],
        ),
    ]
    client.create_pipeline(
        pipeline={
            "name": NAME,
            "roleArn": create_role(account, "pipeline", service="codepipeline"),
            "artifactStore": {"type": "S3", "location": "artifacts"},
            "stages": [{"name": name, "actions": actions} for name, actions in stages],
            "executionMode": mode,
            "pipelineType": "V2",
        }
    )
    return client


def stages(client: Any) -> dict[str, dict[str, Any]]:
    return {one["stageName"]: one for one in client.get_pipeline_state(name=NAME)["stageStates"]}


def gate(client: Any) -> dict[str, Any]:
    states = stages(client)["Production"]["actionStates"]
    return dict(states[0].get("latestExecution", {}))


def answer(client: Any, token: str, status: str = "Approved") -> Any:
    return client.put_approval_result(**APPROVE, result={"status": status, "summary": "by Dora"}, token=token)


def status(client: Any, execution: str) -> str:
    found = client.get_pipeline_execution(pipelineName=NAME, pipelineExecutionId=execution)
    return str(found["pipelineExecution"]["status"])


def test_an_execution_walks_to_its_approval_and_on(account: Account, client: Any, folder: Path) -> None:
    commit = repository.commit(folder, "app.py", "1", "Say one")
    codebuild.plan(NAME, Outcome(exported={"IMAGE_DIGEST": "sha256:1"}, tests=Counts(10, 9)))

    execution = client.start_pipeline_execution(name=NAME)["pipelineExecutionId"]
    account.advance(seconds=60)
    building = stages(client)
    account.advance(minutes=5)
    waiting = gate(client)
    answer(client, waiting["token"])
    account.advance(minutes=1)

    assert building["Build"]["latestExecution"]["status"] == "InProgress"
    assert "latestExecution" not in building["Production"]
    assert waiting["status"] == "InProgress"
    assert status(client, execution) == "Succeeded"
    [summary] = client.list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"]
    assert summary["sourceRevisions"][0]["revisionId"] == commit
    assert summary["sourceRevisions"][0]["revisionSummary"] == "Say one"
    actions = {
        one["actionName"]: one for one in client.list_action_executions(pipelineName=NAME)["actionExecutionDetails"]
    }
    assert list(actions) == ["Deploy", "Approve", "Image", "Commit"]
    assert actions["Image"]["output"]["outputVariables"] == {"IMAGE_DIGEST": "sha256:1"}
    assert actions["Approve"]["updatedBy"].startswith("arn:aws:iam::")
    built = account.client("codebuild").batch_get_builds(
        ids=[actions["Image"]["output"]["executionResult"]["externalExecutionId"]]
    )
    report = account.client("codebuild").batch_get_reports(reportArns=built["builds"][0]["reportArns"])["reports"][0]
    assert built["builds"][0]["resolvedSourceVersion"] == commit
    assert report["testSummary"]["statusCounts"] == {"SUCCEEDED": 9, "FAILED": 1}


def test_an_approval_is_answered_once_with_its_own_token(account: Account, client: Any) -> None:
    client.start_pipeline_execution(name=NAME)
    account.advance(minutes=5)
    token = gate(client)["token"]

    with pytest.raises(client.exceptions.InvalidApprovalTokenException):
        answer(client, "11111111-2222-3333-4444-555555555555")
    answer(client, token, "Rejected")
    with pytest.raises(client.exceptions.ApprovalAlreadyCompletedException):
        answer(client, token)
    account.advance(minutes=1)

    assert gate(client)["status"] == "Failed"
    assert gate(client)["summary"] == "by Dora"
    assert stages(client)["Production"]["latestExecution"]["status"] == "Failed"


def test_an_approval_that_nobody_answers_fails_after_a_week(account: Account, client: Any) -> None:
    execution = client.start_pipeline_execution(name=NAME)["pipelineExecutionId"]

    account.advance(days=6, hours=23)
    before = status(client, execution)
    account.advance(hours=2)

    assert before == "InProgress"
    assert status(client, execution) == "Failed"


def test_a_newer_execution_supersedes_the_one_that_waits_before_a_stage(account: Account, client: Any) -> None:
    first, second, third = [_start_and_wait(account, client) for _ in range(3)]

    assert [status(client, one) for one in (first, second, third)] == ["InProgress", "Superseded", "InProgress"]
    assert stages(client)["Production"]["latestExecution"]["pipelineExecutionId"] == first
    assert stages(client)["Production"]["inboundExecution"]["pipelineExecutionId"] == third


def _start_and_wait(account: Account, client: Any) -> str:
    execution = client.start_pipeline_execution(name=NAME)["pipelineExecutionId"]
    account.advance(minutes=5)
    return str(execution)


def test_queued_executions_follow_one_another(account: Account, folder: Path) -> None:
    build_project(account)
    client = make(account, "QUEUED")
    first, second, third = [_start_and_wait(account, client) for _ in range(3)]

    answer(client, gate(client)["token"])
    account.advance(minutes=1)

    assert [status(client, one) for one in (first, second, third)] == ["Succeeded", "InProgress", "InProgress"]
    assert stages(client)["Production"]["latestExecution"]["pipelineExecutionId"] == second


def test_a_failed_stage_is_retried_with_the_same_execution(account: Account, client: Any) -> None:
    codebuild.plan(NAME, Outcome(failed_phase="BUILD"))
    execution = _start_and_wait(account, client)
    failed = status(client, execution)
    [build] = [
        one
        for one in client.list_action_executions(pipelineName=NAME)["actionExecutionDetails"]
        if one["actionName"] == "Image"
    ]

    client.retry_stage_execution(
        pipelineName=NAME, stageName="Build", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS"
    )
    account.advance(minutes=5)

    assert failed == "Failed"
    assert build["output"]["executionResult"]["errorDetails"]["code"] == "JobFailed"
    assert gate(client)["status"] == "InProgress"
    with pytest.raises(client.exceptions.StageNotRetryableException):
        client.retry_stage_execution(
            pipelineName=NAME, stageName="Build", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS"
        )


def test_an_execution_is_stopped_at_once_or_when_its_actions_end(account: Account, client: Any) -> None:
    first = client.start_pipeline_execution(name=NAME)["pipelineExecutionId"]
    account.advance(seconds=30)

    client.stop_pipeline_execution(pipelineName=NAME, pipelineExecutionId=first, reason="wrong branch")
    stopping = status(client, first)
    with pytest.raises(client.exceptions.DuplicatedStopRequestException):
        client.stop_pipeline_execution(pipelineName=NAME, pipelineExecutionId=first)
    account.advance(minutes=5)
    second = client.start_pipeline_execution(name=NAME)["pipelineExecutionId"]
    account.advance(seconds=30)
    client.stop_pipeline_execution(pipelineName=NAME, pipelineExecutionId=second, abandon=True)

    assert (stopping, status(client, first), status(client, second)) == ("Stopping", "Stopped", "Stopped")
    with pytest.raises(client.exceptions.PipelineExecutionNotStoppableException):
        client.stop_pipeline_execution(pipelineName=NAME, pipelineExecutionId=first)
    summaries = client.list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"]
    assert summaries[1]["stopTrigger"] == {"reason": "wrong branch"}
    [last, *_] = client.list_action_executions(pipelineName=NAME)["actionExecutionDetails"]
    assert last["status"] == "Abandoned"


def test_a_closed_transition_holds_executions_back(account: Account, client: Any) -> None:
    way = {"pipelineName": NAME, "stageName": "Build", "transitionType": "Inbound"}
    client.disable_stage_transition(**way, reason="freeze")
    execution = _start_and_wait(account, client)
    closed = stages(client)["Build"]

    client.enable_stage_transition(**way)
    account.advance(minutes=5)

    assert closed["inboundTransitionState"]["disabledReason"] == "freeze"
    assert closed["inboundExecution"]["pipelineExecutionId"] == execution
    assert gate(client)["status"] == "InProgress"


def test_the_same_token_starts_once(client: Any) -> None:
    started = {
        client.start_pipeline_execution(name=NAME, clientRequestToken="one")["pipelineExecutionId"] for _ in "ab"
    }

    assert len(started) == 1


def test_a_push_starts_the_pipeline_by_a_rule(account: Account, client: Any) -> None:
    events = account.client("events")
    events.put_rule(Name="start", EventPattern=json.dumps({"source": ["aws.codecommit"]}))
    arn = f"arn:aws:codepipeline:{REGION}:123456789012:{NAME}"
    events.put_targets(Rule="start", Targets=[{"Id": "1", "Arn": arn}])

    codecommit.push(NAME, "main", CONTEXT)

    [summary] = client.list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"]
    assert summary["trigger"]["triggerType"] == "CloudWatchEvent"


def test_events_tell_of_executions_stages_actions_and_builds(account: Account, client: Any) -> None:
    read = listen(account, {"source": ["aws.codepipeline", "aws.codebuild"]})
    codepipeline.fail_next(NAME, "Deploy", "No capacity")
    _start_and_wait(account, client)
    answer(client, gate(client)["token"])
    account.advance(minutes=1)

    got = read()

    def told(kind: str) -> list[str]:
        details = [one["detail"] for one in got if one["detail-type"] == kind]
        return [
            f"{one.get('action') or one.get('stage') or ''} {one.get('state') or one.get('build-status')}".strip()
            for one in details
        ]

    assert sorted(told("CodePipeline Pipeline Execution State Change")) == ["FAILED", "STARTED"]
    assert "Production FAILED" in told("CodePipeline Stage Execution State Change")
    assert "Approve SUCCEEDED" in told("CodePipeline Action Execution State Change")
    assert sorted(told("CodeBuild Build State Change")) == ["IN_PROGRESS", "SUCCEEDED"]
    build = next(one["detail"] for one in got if one["detail-type"] == "CodeBuild Build State Change")
    assert build["additional-information"]["build-start-time"].endswith(("AM", "PM"))


def test_what_is_not_there_is_named_so(client: Any) -> None:
    with pytest.raises(client.exceptions.PipelineNotFoundException):
        client.get_pipeline_state(name="other")
    with pytest.raises(client.exceptions.StageNotFoundException):
        client.put_approval_result(
            **{**APPROVE, "stageName": "None"},
            result={"status": "Approved", "summary": ""},
            token="11111111-2222-3333-4444-555555555555",
        )
    with pytest.raises(client.exceptions.PipelineExecutionNotFoundException):
        client.get_pipeline_execution(pipelineName=NAME, pipelineExecutionId="11111111-2222-3333-4444-555555555555")


def test_a_build_takes_its_time_and_can_be_stopped(account: Account, folder: Path) -> None:
    build_project(account)
    client = account.client("codebuild")

    build = client.start_build(projectName=NAME, sourceVersion="main")["build"]
    account.advance(seconds=20)
    running = client.batch_get_builds(ids=[build["id"]])["builds"][0]
    client.stop_build(id=build["id"])
    stopped = client.batch_get_builds(ids=[build["id"], "insights:none"])
    again = client.retry_build(id=build["id"])["build"]
    account.advance(minutes=5)
    ended = client.batch_get_builds(ids=[again["id"]])["builds"][0]

    assert (running["currentPhase"], running["buildStatus"]) == ("INSTALL", "IN_PROGRESS")
    assert stopped["builds"][0]["buildStatus"] == "STOPPED"
    assert stopped["buildsNotFound"] == ["insights:none"]
    assert (ended["buildStatus"], ended["buildNumber"]) == ("SUCCEEDED", 2)
    assert client.list_builds_for_project(projectName=NAME)["ids"] == [again["id"], build["id"]]
    with pytest.raises(ClientError, match="cannot be found"):
        client.start_build(projectName="other")


def test_a_pushed_image_is_told(account: Account) -> None:
    read = listen(account, {"source": ["aws.ecr"]})
    ecr = account.client("ecr")
    ecr.create_repository(repositoryName=NAME)
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"})

    image = ecr.put_image(repositoryName=NAME, imageTag="1.0.0", imageManifest=manifest)["image"]

    [event] = read()
    assert event["detail"]["image-digest"] == image["imageId"]["imageDigest"]
    assert (event["detail"]["action-type"], event["detail"]["image-tag"]) == ("PUSH", "1.0.0")
