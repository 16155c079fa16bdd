"""The one door to AWS: whose role, what an error means, and that no key ever gets out."""

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from portal import aws, logs
from portal.aws import answers, clients
from portal.aws.clients import session_name
from portal.aws.pace import RATES, Pace, Paced, Rate
from simulator.faults import Kind
from tests.account import ENVIRONMENT, REGION

KEY, SECRET = ENVIRONMENT["AWS_ACCESS_KEY_ID"], ENVIRONMENT["AWS_SECRET_ACCESS_KEY"]
PACED = (
    *("route53", "ecs", "codedeploy", "cloudwatch", "elbv2", "iam", "ecr", "codepipeline", "codebuild", "codecommit"),
    *("athena", "glue", "service-quotas"),
)
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


class Hand:
    """A monotonic clock that is turned."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def passed(pace, event, tries):
    made = 0
    for _ in range(tries):
        try:
            pace.pass_or_refuse(event)
        except Paced:
            continue
        made += 1
    return made


def test_calls_stay_below_the_share_of_a_limit():
    clock = Hand()
    pace = Pace(clock)
    event = "before-send.route-53.ListResourceRecordSets"
    assert passed(pace, event, 1_000) == 20, "the burst's share"
    clock.now += 10
    assert passed(pace, event, 1_000) == 20, "10 s at 4 a second are more than the bucket holds"
    made = 0
    for _ in range(100):
        clock.now += 1
        made += passed(pace, event, 1_000)
    assert made == 400


def test_taking_traffic_back_is_never_paced():
    pace = Pace(Hand())
    for event in ("codedeploy.StopDeployment", "ecs.StopServiceDeployment", "route-53.ChangeResourceRecordSets"):
        assert passed(pace, f"before-send.{event}", 500) == 500


def test_looks_pass_unpaced_while_traffic_is_taken_back():
    pace_ = Pace(Hand())
    event = "before-send.codedeploy.GetDeployment"
    assert passed(pace_, event, 500) < 500
    with aws.hurrying():
        assert passed(pace_, event, 500) == 500
    assert passed(pace_, event, 500) == 0


def test_a_paced_call_is_told_as_a_throttled_one_and_never_made(account):
    clients.pace_by({"route-53": Rate(0.1, 50)})
    client = aws.client("route53", aws.Access(REGION))

    def ask_often():
        for _ in range(80):
            client.list_hosted_zones()

    with pytest.raises(Paced) as caught:
        ask_often()
    trouble = aws.trouble_of(caught.value, doing="Route 53")
    assert (trouble.is_throttled, trouble.is_permanent) == (True, False)
    assert "0.04 calls a second" in trouble.sentence
    assert len(account.calls("route53:ListHostedZones")) < 70


def test_every_rate_is_of_a_service_that_botocore_knows():
    services = {aws.client(name, aws.Access(REGION)).meta.service_model for name in PACED}
    named = {f"{model.service_id.hyphenize()}": model for model in services}
    for name in RATES:
        service, _, operation = name.partition(".")
        assert not operation or operation in named[service].operation_names
        assert service in named


def test_an_answer_that_botocore_changes_in_place_serves_again(account):
    arn = role(account).role_arn
    iam = aws.client("iam", aws.Access(REGION))
    with answers.asking_once():
        first, second = (iam.get_role(RoleName=arn.rpartition("/")[2])["Role"] for _ in range(2))
    assert first == second
    assert len(account.calls("iam:GetRole")) == 1
