"""What CodePipeline and CodeBuild answer, in the words of their guides; botocore's Stubber holds each answer, and each
question, to the service's model. The whole life of a pipeline is in tests/contracts/test_pipeline.py.
"""

from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import Stubber

from releases.pipelines.base import Config, PipelineError, TakenError
from releases.pipelines.codepipeline import CodePipeline
from releases.rules.pipelines.gates import Decision
from releases.rules.pipelines.seen import Gate, Report

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
E1, E2 = "0e1f0b6e-5d1b-4f0c-9a6c-2f1f4c1b0001", "0e1f0b6e-5d1b-4f0c-9a6c-2f1f4c1b0002"
TOKEN = "1a2b3c4d-0000-4000-8000-000000000001"
GRACE = "arn:aws:sts::111122223333:assumed-role/Approvers/grace"
GATE = ("Deploy", "Approve")


class Aws:
    """Stubbed clients, one of each service."""

    def __init__(self):
        known = {"region_name": "eu-west-1", "aws_access_key_id": "x", "aws_secret_access_key": "y"}
        self.clients = {name: boto3.client(name, **known) for name in ("codepipeline", "codebuild")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        self.repeats = []
        for stub in self.stubs.values():
            stub.activate()

    def __call__(self, service, *, may_repeat=True):
        self.repeats.append((service, may_repeat))
        return self.clients[service]

    def answer(self, service, operation, response, **asked):
        self.stubs[service].add_response(operation, response, asked or None)


@pytest.fixture
def aws():
    made = Aws()
    yield made
    for stub in made.stubs.values():
        stub.assert_no_pending_responses()


@pytest.fixture
def pipeline(aws):
    return CodePipeline(Config("eu-west-1", name="shop", project="shop-build", gates=(GATE,)), aws)


def action(execution, stage, name, status, *, provider="CodeBuild", category="Build", **output):
    return {
        "pipelineExecutionId": execution,
        "actionExecutionId": f"{execution[-4:]}-{name}-{status}",
        "stageName": stage,
        "actionName": name,
        "startTime": AT,
        "lastUpdateTime": AT,
        "updatedBy": GRACE,
        "status": status,
        "input": {"actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"}},
        "output": output,
    }


def approval(execution, status, **output):
    return action(execution, *GATE, status, provider="Manual", category="Approval", **output)


def answers(aws, *, stages=(), executions=(), actions=()):
    aws.answer(
        "codepipeline",
        "list_pipeline_executions",
        {"pipelineExecutionSummaries": list(executions)},
        pipelineName="shop",
        maxResults=20,
    )
    aws.answer("codepipeline", "get_pipeline_state", {"stageStates": list(stages)}, name="shop")
    aws.answer(
        "codepipeline",
        "list_action_executions",
        {"actionExecutionDetails": list(actions)},
        pipelineName="shop",
        maxResults=100,
    )


def deploy(execution=E1, status="InProgress", identity="", **latest):
    return {
        "stageName": "Deploy",
        "inboundTransitionState": {"enabled": True},
        "latestExecution": {"pipelineExecutionId": execution, "status": "InProgress"},
        "actionStates": [
            {
                "actionName": "Approve",
                "latestExecution": {
                    "actionExecutionId": identity or f"{execution[-4:]}-Approve-{status}",
                    "status": status,
                    **latest,
                },
            }
        ],
    }


class TestLook:
    def test_an_execution_with_its_source(self, aws, pipeline):
        revision = {"actionName": "Source", "revisionId": "a" * 40, "revisionSummary": "More deaths\n\nPer week."}
        told = {
            "pipelineExecutionId": E1,
            "status": "Stopped",
            "startTime": AT,
            "lastUpdateTime": AT,
            "sourceRevisions": [revision],
            "stopTrigger": {"reason": "Wrong branch AKIAIOSFODNN7EXAMPLE"},
        }
        answers(aws, executions=[told])
        [execution] = pipeline.look().executions
        assert (execution.commit, execution.subject) == ("a" * 40, "More deaths")
        assert execution.note.startswith("Wrong branch")
        assert "AKIA" not in execution.note

    def test_a_closed_way_and_who_waits_before_it(self, aws, pipeline):
        closed = {
            "stageName": "Deploy",
            "inboundTransitionState": {
                "enabled": False,
                "lastChangedBy": GRACE,
                "lastChangedAt": AT,
                "disabledReason": "Freeze",
            },
            "inboundExecution": {"pipelineExecutionId": E1, "status": "InProgress"},
            "inboundExecutions": [{"pipelineExecutionId": E1, "status": "InProgress"}],
        }
        answers(aws, stages=[closed])
        [stage] = pipeline.look().stages
        assert (stage.is_open, stage.waiting_ids, stage.closed_reason) == (False, (E1,), "Freeze")

    def test_a_build_action_names_its_build_and_only_what_it_exports(self, aws, pipeline):
        variables = {"RELEASE_VERSION": "1.0.0", "PASSWORD": "hunter2"}
        result = {"externalExecutionId": "shop-build:1", "externalExecutionUrl": "https://console/1"}
        built = action(E1, "Build", "Build", "Succeeded", executionResult=result, outputVariables=variables)
        answers(aws, actions=[built])
        [found] = pipeline.look().actions
        assert (found.work, found.link, found.is_build) == ("shop-build:1", "https://console/1", True)
        assert found.variables == {"RELEASE_VERSION": "1.0.0"}

    def test_a_failure_says_why(self, aws, pipeline):
        result = {"errorDetails": {"code": "JobFailed", "message": "Build terminated"}}
        answers(aws, actions=[action(E1, "Build", "Build", "Failed", executionResult=result)])
        assert pipeline.look().actions[0].summary == "Build terminated"

    def test_without_a_pipeline_nobody_is_asked(self, aws):
        assert CodePipeline(Config("eu-west-1", project="shop-build"), aws).look().executions == ()


class TestGates:
    def test_one_that_waits_has_its_token(self, aws, pipeline):
        answers(aws, stages=[deploy(token=TOKEN)], actions=[approval(E1, "InProgress")])
        [gate] = pipeline.look().gates
        assert gate.is_waiting
        assert (gate.token, gate.execution_id, gate.by) == (TOKEN, E1, "")

    def test_one_that_only_the_state_knows_yet(self, aws, pipeline):
        answers(aws, stages=[deploy(token=TOKEN)])
        [gate] = pipeline.look().gates
        assert gate.token == TOKEN

    def test_side_by_side_the_history_has_the_tokens(self, aws, pipeline):
        other = TOKEN.replace("0001", "0002")
        actions = [
            approval(E2, "InProgress", executionResult={"externalExecutionId": other}),
            approval(E1, "InProgress", executionResult={"externalExecutionId": TOKEN}),
        ]
        answers(aws, actions=actions)
        look = pipeline.look()
        assert [(gate.execution_id, gate.token) for gate in look.gates] == [(E2, other), (E1, TOKEN)]
        assert [one.work for one in look.actions] == ["", ""]

    def test_a_decided_one_says_who(self, aws, pipeline):
        decided = deploy(status="Succeeded", lastUpdatedBy=GRACE, summary="Seen it", lastStatusChange=AT)
        answers(aws, stages=[decided], actions=[approval(E1, "Succeeded")])
        [gate] = pipeline.look().gates
        assert (gate.status, gate.by, gate.summary, gate.token) == ("Succeeded", GRACE, "Seen it", "")

    def test_the_newest_comes_first_and_the_older_are_remembered(self, aws, pipeline):
        result = {"externalExecutionSummary": "No"}
        actions = [approval(E2, "InProgress"), approval(E1, "Failed", executionResult=result)]
        answers(aws, stages=[deploy(E2, token=TOKEN)], actions=actions)
        newest, older = pipeline.look().gates
        assert (newest.execution_id, newest.token) == (E2, TOKEN)
        assert (older.status, older.by, older.summary) == ("Failed", GRACE, "No")

    def test_a_gate_that_nobody_linked_is_none(self, aws):
        answers(aws, stages=[deploy(token=TOKEN)], actions=[approval(E1, "InProgress")])
        assert CodePipeline(Config("eu-west-1", name="shop"), aws).look().gates == ()


class TestAnswer:
    GATE = Gate(*GATE, "1", E1, "InProgress", TOKEN)

    @pytest.mark.parametrize(("decision", "status"), [(Decision.APPROVED, "Approved"), (Decision.REJECTED, "Rejected")])
    def test_it_is_put_once(self, aws, pipeline, decision, status):
        aws.answer(
            "codepipeline",
            "put_approval_result",
            {"approvedAt": AT},
            pipelineName="shop",
            stageName="Deploy",
            actionName="Approve",
            token=TOKEN,
            result={"summary": "s" * 512, "status": status},
        )
        pipeline.answer(self.GATE, decision, "s" * 600)
        assert aws.repeats == [("codepipeline", False)]

    @pytest.mark.parametrize("code", ["InvalidApprovalTokenException", "ApprovalAlreadyCompletedException"])
    def test_somebody_was_first(self, aws, pipeline, code):
        aws.stubs["codepipeline"].add_client_error("put_approval_result", code)
        with pytest.raises(TakenError, match="Somebody has answered Approve in Deploy"):
            pipeline.answer(self.GATE, Decision.APPROVED, "s")

    @pytest.mark.parametrize(("code", "permanent"), [("ThrottlingException", False), ("AccessDeniedException", True)])
    def test_other_trouble_is_told(self, aws, pipeline, code, permanent):
        aws.stubs["codepipeline"].add_client_error("put_approval_result", code)
        with pytest.raises(PipelineError, match="answer to Approve in Deploy") as raised:
            pipeline.answer(self.GATE, Decision.APPROVED, "s")
        assert not isinstance(raised.value, TakenError)
        assert raised.value.permanent is permanent


class TestBuilds:
    def listed(self, aws, *ids):
        aws.answer(
            "codebuild", "list_builds_for_project", {"ids": list(ids)}, projectName="shop-build", sortOrder="DESCENDING"
        )

    def test_a_build_and_what_it_says_of_itself(self, aws, pipeline):
        self.listed(aws, "b:2", "b:1")
        told = {
            "id": "b:2",
            "buildStatus": "SUCCEEDED",
            "buildNumber": 2,
            "resolvedSourceVersion": "a" * 40,
            "startTime": AT,
            "endTime": AT,
            "logs": {"deepLink": "https://logs/2"},
            "reportArns": ["arn:tests", "arn:coverage"],
            "exportedEnvironmentVariables": [
                {"name": "RELEASE_VERSION", "value": "1.0.0"},
                {"name": "PASSWORD", "value": "hunter2"},
            ],
            "environment": {
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": [{"name": "TOKEN", "value": "hunter2", "type": "PLAINTEXT"}],
            },
        }
        aws.answer("codebuild", "batch_get_builds", {"builds": [told]}, ids=["b:2"])
        summary = {"total": 3, "statusCounts": {"SUCCEEDED": 2, "FAILED": 1}, "durationInNanoSeconds": 1}
        reports = [{"arn": "arn:tests", "testSummary": summary}, {"arn": "arn:coverage", "type": "CODE_COVERAGE"}]
        aws.answer("codebuild", "batch_get_reports", {"reports": reports}, reportArns=["arn:tests", "arn:coverage"])
        [build] = pipeline.builds({"b:1"})
        assert build.exported == {"RELEASE_VERSION": "1.0.0"}
        assert build.tests == Report(3, 2)
        assert (build.number, build.commit, build.log_url) == (2, "a" * 40, "https://logs/2")
        assert "hunter2" not in repr(build)

    def test_oldest_first(self, aws, pipeline):
        self.listed(aws, "b:3", "b:2", "b:1")
        builds = [{"id": f"b:{number}", "buildStatus": "IN_PROGRESS"} for number in (2, 3, 1)]
        aws.answer("codebuild", "batch_get_builds", {"builds": builds}, ids=["b:3", "b:2", "b:1"])
        assert [one.id for one in pipeline.builds(())] == ["b:1", "b:2", "b:3"]

    def test_a_failed_phase_is_told_without_keys(self, aws, pipeline):
        self.listed(aws, "b:1")
        phases = [
            {"phaseType": "INSTALL", "phaseStatus": "SUCCEEDED"},
            {
                "phaseType": "BUILD",
                "phaseStatus": "FAILED",
                "contexts": [{"statusCode": "COMMAND_EXECUTION_ERROR", "message": "aws_secret_access_key=hunter2"}],
            },
        ]
        failed = {"id": "b:1", "buildStatus": "FAILED", "phases": phases}
        aws.answer("codebuild", "batch_get_builds", {"builds": [failed]}, ids=["b:1"])
        [build] = pipeline.builds(())
        assert build.note.startswith("BUILD failed: ")
        assert "hunter2" not in build.note

    def test_what_is_known_is_not_asked_again(self, aws, pipeline):
        self.listed(aws, "b:1")
        assert list(pipeline.builds({"b:1"})) == []

    def test_trouble(self, aws, pipeline):
        aws.stubs["codebuild"].add_client_error("list_builds_for_project", "ResourceNotFoundException")
        with pytest.raises(PipelineError, match="the builds of shop-build"):
            pipeline.builds(())
