"""Builds of the simulated account's CodeBuild."""

import pytest

from releases.pipelines.base import Config, PipelineError
from releases.pipelines.codepipeline import ACTIONS, CodePipeline
from releases.rules.pipelines.seen import Report
from simulator.services.codebuild import Outcome, plan
from simulator.services.codebuild.reports import Counts

COMMIT = "b" * 40
EXPORTED = {"RELEASE_VERSION": "1.0.0", "IMAGE_DIGEST": f"sha256:{'c' * 64}"}


@pytest.fixture
def codebuild(account):
    client = account.client("codebuild")
    client.create_project(
        name="shop-build",
        source={"type": "CODEPIPELINE"},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "PASSWORD", "value": "hunter2", "type": "PLAINTEXT"}],
        },
        serviceRole="arn:aws:iam::123456789012:role/build",
    )
    account.world.journal.clear()
    return client


@pytest.fixture
def pipeline(account, codebuild):
    return CodePipeline(Config("eu-west-1", project="shop-build"), account.client)


def build(account, codebuild, outcome):
    plan("shop-build", outcome)
    started = codebuild.start_build(projectName="shop-build", sourceVersion=COMMIT)["build"]["id"]
    account.advance(minutes=10)
    return started


def test_a_build_from_its_beginning_to_its_end(account, codebuild, pipeline):
    plan("shop-build", Outcome(exported={**EXPORTED, "PASSWORD": "hunter2"}, tests=Counts(12, 11)))
    started = codebuild.start_build(projectName="shop-build", sourceVersion=COMMIT)["build"]["id"]
    [running] = pipeline.builds(())
    assert (running.id, running.commit, running.has_ended) == (started, COMMIT, False)
    account.advance(minutes=10)
    [ended] = pipeline.builds(())
    assert ended.has_succeeded
    assert ended.exported == EXPORTED
    assert ended.tests == Report(12, 11)
    assert ended.ended_at > ended.started_at
    assert ended.log_url.startswith("https://")
    assert "hunter2" not in repr(ended)
    assert [one.id for one in pipeline.builds({started})] == []


def test_a_build_that_failed_says_where(account, codebuild, pipeline):
    build(account, codebuild, Outcome(failed_phase="BUILD", message="make check: exit status 2"))
    [failed] = pipeline.builds(())
    assert not failed.has_succeeded
    assert failed.note == "BUILD failed: make check: exit status 2"


def test_they_come_oldest_first(account, codebuild, pipeline):
    ids = [build(account, codebuild, Outcome(exported=EXPORTED)) for _ in range(3)]
    assert [one.id for one in pipeline.builds(())] == ids
    assert [one.id for one in pipeline.builds({ids[1]})] == [ids[0], ids[2]]


def test_it_asks_for_no_more_than_it_says(account, codebuild, pipeline):
    build(account, codebuild, Outcome(exported=EXPORTED, tests=Counts(1, 1)))
    account.world.journal.clear()
    pipeline.builds(())
    assert set(account.world.journal.counts()) == {
        "codebuild:ListBuildsForProject",
        "codebuild:BatchGetBuilds",
        "codebuild:BatchGetReports",
    }
    assert set(account.world.journal.counts()) <= ACTIONS


def test_a_project_that_is_gone_is_told(account):
    with pytest.raises(PipelineError, match="the builds of nothing"):
        CodePipeline(Config("eu-west-1", project="nothing"), account.client).builds(())
