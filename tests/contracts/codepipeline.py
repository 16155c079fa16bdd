"""CodePipeline, CodeBuild and CodeCommit in the simulated account, as the pipeline suite drives them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal import aws
from releases.pipelines.base import Config
from releases.pipelines.codepipeline import CodePipeline
from releases.pipelines.memory import GATE
from releases.rules.pipelines.gates import Decision
from simulator.services.codebuild import Outcome, builds
from tests.account import REGION, Account
from tests.contracts.pipelines import GRACE
from tests.simulator import repository
from tests.simulator.lambdas import create_role
from tests.simulator.repository import CONTEXT

NAME = "insights"


class CodePipelineRig:
    def __init__(self, account: Account, folder: Path) -> None:
        self.account = account
        self.folder = repository.create(account, folder)
        self._create_project()
        self._create_pipeline()
        self.changes = 0
        self.pipeline = CodePipeline(Config(REGION, name=NAME, project=NAME, gates=(GATE,)), account.client)

    @property
    def client(self) -> Any:
        return self.account.client("codepipeline")

    @property
    def newest(self) -> str:
        found = self.client.list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"]
        return str(found[0]["pipelineExecutionId"])

    def push(self) -> str:
        self.changes += 1
        commit = repository.commit(self.folder, "app.py", str(self.changes), f"Change {self.changes}")
        self.client.start_pipeline_execution(name=NAME)
        self.account.advance(seconds=20)
        return commit

    def finish_build(self, exported: Mapping[str, str], *, is_good: bool = True) -> None:
        *_, build = builds.of(CONTEXT).values()
        build.outcome = Outcome(failed_phase="" if is_good else "BUILD", exported=exported)
        self.account.advance(minutes=10)

    def decide(self, decision: Decision, summary: str) -> None:
        role = create_role(self.account, "approvers")
        there = aws.client("codepipeline", aws.Access(REGION, role_arn=role, session=GRACE))
        stages = there.get_pipeline_state(name=NAME)["stageStates"]
        [stage] = [one for one in stages if one["stageName"] == GATE[0]]
        there.put_approval_result(
            pipelineName=NAME,
            stageName=GATE[0],
            actionName=GATE[1],
            token=stage["actionStates"][0]["latestExecution"]["token"],
            result={"summary": summary, "status": decision.capitalize()},
        )
        self.settle()

    def settle(self) -> None:
        self.account.advance(seconds=1)

    def stop(self, reason: str) -> None:
        self.client.stop_pipeline_execution(
            pipelineName=NAME, pipelineExecutionId=self.newest, abandon=True, reason=reason
        )
        self.settle()

    def close_gate_stage(self, reason: str) -> None:
        self.client.disable_stage_transition(
            pipelineName=NAME, stageName=GATE[0], transitionType="Inbound", reason=reason
        )

    def break_down(self) -> None:
        for name in ("ListPipelineExecutions", "PutApprovalResult"):
            self.account.fault(f"codepipeline:{name}", code="ThrottlingException", times=None)

    def mend(self) -> None:
        self.account.world.faults.clear()

    def _create_project(self) -> None:
        self.account.client("codebuild").create_project(
            name=NAME,
            source={"type": "CODEPIPELINE"},
            artifacts={"type": "CODEPIPELINE"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": [{"name": "PASSWORD", "value": "hunter2", "type": "PLAINTEXT"}],
            },
            serviceRole=create_role(self.account, "build", service="codebuild"),
        )

    def _create_pipeline(self) -> None:
        source = {"RepositoryName": NAME, "BranchName": "main"}
        code = [{"name": "code"}]
        stages = [
            ("Source", _action("Source", "Source", "CodeCommit", configuration=source, outputArtifacts=code)),
            ("Build", _action("Build", "Build", "CodeBuild", configuration={"ProjectName": NAME})),
            (GATE[0], _action(GATE[1], "Approval", "Manual")),
        ]
        self.client.create_pipeline(
            pipeline={
                "name": NAME,
                "roleArn": create_role(self.account, "pipeline", service="codepipeline"),
                "artifactStore": {"type": "S3", "location": "artifacts"},
                "stages": [{"name": name, "actions": [action]} for name, action in stages],
                "executionMode": "SUPERSEDED",
                "pipelineType": "V2",
            }
        )


def _action(name: str, category: str, provider: str, **more: Any) -> dict[str, Any]:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, "runOrder": 1, **more}
