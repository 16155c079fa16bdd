"""The one door to AWS: whose role, what an error means, and that no key ever gets out."""

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from portal import aws, logs
from portal.aws.clients import session_name
from simulator.faults import Kind
from tests.account import ENVIRONMENT, REGION

KEY, SECRET = ENVIRONMENT["AWS_ACCESS_KEY_ID"], ENVIRONMENT["AWS_SECRET_ACCESS_KEY"]
CODES = ("ThrottlingException", "ExpiredTokenException", "AccessDeniedException", "InternalFailure", "NoSuchThing")


def role(account):
    made = account.client("iam").create_role(RoleName="rollouts", AssumeRolePolicyDocument="{}")
    return aws.Access(REGION, made["Role"]["Arn"], session="Ada Lovelace (rollout 7)")


def test_a_client_is_made_once_and_acts_in_the_name_of_who_asked(account):
    access = role(account)
    assert aws.client("ecs", access) is aws.client("ecs", access)
    assert aws.client("ecs", access) is not aws.client("ecs", access, may_repeat=False)
    aws.client("ecs", access).list_clusters()
    (call,) = account.calls("ecs:ListClusters")
    assert call.caller.endswith(":assumed-role/rollouts/Ada-Lovelace--rollout-7-")


def test_a_role_that_is_refused_never_falls_back_to_another(account):
    access = role(account)
    account.fault("sts:AssumeRole", code="AccessDenied", message="not authorized to perform sts:AssumeRole", status=403)
    with pytest.raises(ClientError) as caught:
        aws.client("ecs", access).list_clusters()
    assert account.calls("ecs:ListClusters") == []
    trouble = aws.trouble_of(caught.value, doing="ECS to list its clusters")
    assert trouble.is_permanent
    assert "does not allow ECS to list its clusters" in trouble.sentence
    aws.client("ecs", access).list_clusters()


def test_an_expired_session_is_renewed(account):
    access = role(account)
    aws.client("ecs", access).list_clusters()
    account.fault("ecs:ListClusters", code="ExpiredTokenException", message="The token is expired", times=1)
    with pytest.raises(ClientError) as caught:
        aws.client("ecs", access).list_clusters()
    assert not aws.trouble_of(caught.value, doing="ECS").is_permanent
    aws.client("ecs", access).list_clusters()


def test_what_may_not_be_repeated_is_tried_once(account):
    for may_repeat, tries in ((True, 3), (False, 1)):
        account.world.journal.clear()
        account.fault("ecs:ListClusters", Kind.DROP_AFTER, times=tries)
        with pytest.raises(BotoCoreError) as caught:
            aws.client("ecs", aws.Access(REGION), may_repeat=may_repeat).list_clusters()
        assert len(account.calls("ecs:ListClusters")) == tries
        assert aws.trouble_of(caught.value, doing="ECS").is_in_doubt


def test_a_throttled_call_is_asked_again_by_itself(account):
    account.fault("ecs:ListClusters", times=2)
    assert aws.client("ecs", aws.Access(REGION)).list_clusters()["clusterArns"] == []


@pytest.mark.parametrize("code", CODES)
def test_every_error_has_a_sentence_and_no_key(account, code):
    message = f"Credential={KEY}/20261123/eu-west-1 secret_access_key={SECRET} X-Amz-Security-Token: FwoGZXIvYXdz."
    account.fault("ecs:ListClusters", code=code, message=message, times=3, status=400)
    with pytest.raises(ClientError) as caught:
        aws.client("ecs", aws.Access(REGION)).list_clusters()
    trouble = aws.trouble_of(caught.value, doing="ECS to list its clusters")
    assert "ECS to list its clusters" in trouble.sentence
    assert not trouble.sentence.endswith(".")
    assert KEY not in trouble.sentence
    assert SECRET not in trouble.sentence
    assert "FwoG" not in trouble.sentence


def test_a_session_is_named_as_sts_takes_it():
    assert session_name("Ada Lovelace") == "Ada-Lovelace"
    assert session_name("é") == "--"
    assert len(session_name("x" * 100)) == 64
    assert session_name("") == "--"


@pytest.mark.parametrize(
    "text",
    [
        f"key {KEY} used",
        f"aws_secret_access_key = '{SECRET}'",
        f'{{"SecretAccessKey": "{SECRET}"}}',
        f"X-Amz-Credential={KEY}%2F20261123&X-Amz-Signature=abcdef&X-Amz-Security-Token=abc",
        f"Authorization: AWS4-HMAC-SHA256 Credential={KEY}/x, SignedHeaders=host, Signature=abcdef",
    ],
)
def test_keys_are_taken_out_of_any_text(text):
    left = aws.redact(text)
    assert KEY not in left
    assert SECRET not in left
    assert "abcdef" not in left


def test_the_rest_of_a_text_stays():
    text = "User arn:aws:sts::123456789012:assumed-role/x/ada is not authorized to perform ecs:ListClusters"
    assert aws.redact(text) == text


def test_no_level_makes_the_aws_libraries_write_their_requests():
    loggers = logs.configuration("DEBUG")["loggers"]
    assert {loggers[name]["level"] for name in ("boto3", "botocore", "urllib3")} == {"WARNING"}
