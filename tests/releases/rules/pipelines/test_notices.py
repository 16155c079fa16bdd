"""Notices as AWS writes them, with their traps; and whatever else may come by the same way."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.rules.pipelines.notices import LONGEST_BYTES, Hint, Subject, UnreadableError, read

ACCOUNT = "111122223333"


def event(kind, detail, **more):
    return {
        "version": "0",
        "id": "bfdc1220-60ff-44ad-bfa7-3b6e6ba3b2d0",
        "detail-type": kind,
        "source": "aws.test",
        "account": ACCOUNT,
        "time": "2017-09-01T16:14:28Z",
        "region": "us-west-2",
        "resources": [],
        "detail": detail,
        **more,
    }


EXECUTION = {"pipeline": "shop", "execution-id": "01234567-0123-0123-0123-012345678901", "state": "STARTED"}
BUILD = {
    "build-status": "SUCCEEDED",
    "project-name": "my-sample-project",
    "build-id": "arn:aws:codebuild:us-west-2:123456789012:build/my-sample-project:8745a7a9",
    "additional-information": {
        "build-start-time": "Sep 1, 2017 4:12:29 PM",
        "environment": {"environment-variables": [{"name": "PASSWORD", "value": "hunter2", "type": "PLAINTEXT"}]},
    },
    "current-phase": "COMPLETED",
    "current-phase-context": "[]",
    "version": "1",
}
READ = [
    (event("CodePipeline Pipeline Execution State Change", {**EXECUTION, "version": 1}), Subject.PIPELINE, "shop", ""),
    (event("CodePipeline Stage Execution State Change", {**EXECUTION, "version": 1.0}), Subject.PIPELINE, "shop", ""),
    (event("CodePipeline Action Execution State Change", {**EXECUTION, "version": "1"}), Subject.PIPELINE, "shop", ""),
    (event("CodeBuild Build State Change", BUILD), Subject.PROJECT, "my-sample-project", ""),
    (event("CodeBuild Build Phase Change", BUILD), Subject.PROJECT, "my-sample-project", ""),
    (
        event("ECR Image Action", {"repository-name": "team/shop", "image-digest": "sha256:7f", "image-tag": "latest"}),
        Subject.IMAGES,
        "team/shop",
        "",
    ),
    (
        event(
            "CodeDeploy Deployment State-change Notification",
            {"application": "shop", "deploymentGroup": "blue-green", "deploymentId": "d-1", "state": "SUCCESS"},
        ),
        Subject.DEPLOYMENT_GROUP,
        "blue-green",
        "shop",
    ),
    (
        event(
            "ECS Deployment State Change",
            {"eventName": "SERVICE_DEPLOYMENT_COMPLETED"},
            resources=["arn:aws:ecs:us-west-2:111122223333:service/main/shop"],
        ),
        Subject.ECS_SERVICE,
        "shop",
        "main",
    ),
    (
        event(
            "Revision Published To Data Set", {"RevisionIds": ["9f3a"]}, resources=["aae4c2cd145a48454f9369d4a4db5c66"]
        ),
        Subject.DATA_SET,
        "aae4c2cd145a48454f9369d4a4db5c66",
        "",
    ),
    (
        event("Revision Revoked", {"RevocationComment": "wrong"}, resources=["aae4c2cd145a48454f9369d4a4db5c66"]),
        Subject.DATA_SET,
        "aae4c2cd145a48454f9369d4a4db5c66",
        "",
    ),
]


@pytest.mark.parametrize(
    ("notice", "subject", "name", "within"), READ, ids=lambda one: one if isinstance(one, str) else ""
)
def test_each_says_where_to_look(notice, subject, name, within):
    hint = Hint(subject, "us-west-2", name, ACCOUNT, within)
    assert read(json.dumps(notice)) == hint
    # The same through a topic, where raw delivery is off.
    assert read(json.dumps({"Type": "Notification", "Message": json.dumps(notice)})) == hint


def test_a_manual_approvals_own_message_names_its_pipeline_and_its_token_is_left():
    body = {"region": "us-east-2", "consoleLink": "https://x", "approval": {"pipelineName": "shop", "token": "secret"}}
    hint = read(json.dumps(body))
    assert hint == Hint(Subject.PIPELINE, "us-east-2", "shop")
    assert "secret" not in repr(hint)


def test_a_triggers_message_names_its_group():
    body = {"region": "us-east-1", "accountId": ACCOUNT, "applicationName": "shop", "deploymentGroupName": "blue-green"}
    assert read(json.dumps(body)) == Hint(Subject.DEPLOYMENT_GROUP, "us-east-1", "blue-green", ACCOUNT, "shop")


@pytest.mark.parametrize("kind", ["EC2 Instance State-change Notification", "", 7, None, ["CodeBuild"]])
def test_what_is_about_something_else_is_nothing(kind):
    assert read(json.dumps(event(kind, {}))) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ("null", "no object"),
        ("[1]", "no object"),
        ("{}", "neither a detail-type"),
        (json.dumps(event("CodeBuild Build State Change", None)), "without a detail"),
        (json.dumps(event("CodeBuild Build State Change", {})), "does not name it"),
        (json.dumps(event("CodeBuild Build State Change", {"project-name": "a b"})), "does not name it"),
        (json.dumps(event("CodeBuild Build State Change", {"project-name": "a" * 256})), "does not name it"),
        (json.dumps(event("CodeBuild Build State Change", BUILD, region=None)), "no region"),
        (json.dumps(event("CodeBuild Build State Change", BUILD, region="us-west-2\n")), "no region"),
        (json.dumps(event("CodeBuild Build State Change", BUILD, account="me")), "account"),
        (json.dumps(event("ECS Deployment State Change", {}, resources={})), "no ECS service"),
        ('{"Type": "Notification", "Message": "hello"}', "message can't be read"),
        (
            json.dumps({"Type": "Notification", "Message": json.dumps({"Type": "Notification", "Message": "{}"})}),
            "within",
        ),
        ("[" * 10_000, "not JSON"),
        ('"' + "x" * LONGEST_BYTES + '"', "longer"),
    ],
)
def test_riddles_are_told(text, why):
    with pytest.raises(UnreadableError, match=why):
        read(text)


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
NAMES = [
    "detail-type",
    "detail",
    "region",
    "account",
    "resources",
    "approval",
    "deploymentGroupName",
    "Type",
    "Message",
]
KINDS = [notice["detail-type"] for notice, *_ in READ]


@given(st.dictionaries(st.sampled_from(NAMES), values | st.sampled_from(KINDS) | st.just("Notification")))
def test_nothing_else_happens_than_these_three(body):
    with suppress(UnreadableError):
        found = read(json.dumps(body))
        assert found is None or isinstance(found, Hint)
