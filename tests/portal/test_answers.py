"""The same question is asked of AWS once while its answer can't have changed."""

import pytest
from botocore.exceptions import ClientError

from portal.aws import answers
from portal.aws.answers import FRESH_S, Memory, ask_anew, asking_once
from tests.account import REGION

SERVICES = "ecs:ListClusters"


@pytest.fixture
def ecs(account):
    client = account.client("ecs")
    client.create_cluster(clusterName="shop")
    account.world.journal.clear()
    return client


def asked(account):
    return len(account.calls(SERVICES))


def test_inside_a_question_leaves_once_and_is_answered_each_time(account, ecs):
    with asking_once():
        first, second = ecs.list_clusters(), ecs.list_clusters()
        first["clusterArns"].clear()
        assert second["clusterArns"] == ecs.list_clusters()["clusterArns"] != []
    assert asked(account) == 1


def test_another_question_is_asked(account, ecs):
    with asking_once():
        ecs.list_clusters()
        ecs.list_clusters(maxResults=1)
    assert asked(account) == 2


def test_outside_every_question_is_asked(account, ecs):
    with asking_once():
        ecs.list_clusters()
    ecs.list_clusters()
    ecs.list_clusters()
    assert asked(account) == 3


def test_one_inside_another_shares_its_answers(account, ecs):
    with asking_once():
        with asking_once():
            ecs.list_clusters()
        ecs.list_clusters()
    assert asked(account) == 1


def test_whatever_changes_something_makes_the_answers_old(account, ecs):
    with asking_once():
        before = ecs.list_clusters()["clusterArns"]
        ecs.create_cluster(clusterName="another")
        assert len(ecs.list_clusters()["clusterArns"]) == len(before) + 1
    assert asked(account) == 2


def test_who_may_not_trust_them_asks_anew(account, ecs):
    with asking_once():
        ecs.list_clusters()
        ask_anew()
        ecs.list_clusters()
    assert asked(account) == 2


def test_a_refusal_is_no_answer(account, ecs):
    account.fault(SERVICES, code="AccessDeniedException", message="no")
    with asking_once():
        with pytest.raises(ClientError):
            ecs.list_clusters()
        assert ecs.list_clusters()["clusterArns"]
    assert asked(account) == 2


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Response:
    status_code = 200


class Model:
    has_streaming_output = False

    def __init__(self, name):
        self.name = name


def answer_once(memory, name, clock, later):
    """Whether what was answered is known `later` seconds afterwards."""
    params = {"url": "/", "query_string": "", "body": b"{}"}
    context = {}
    assert memory.recall(Model(name), params, context) is None
    memory.keep(Response(), {"found": []}, Model(name), context)
    clock.now += later
    return memory.recall(Model(name), params, {}) is not None


@pytest.mark.parametrize(
    ("name", "later", "is_known"),
    [
        ("GetDeployment", FRESH_S, True),
        ("GetDeployment", FRESH_S + 0.1, False),
        ("GetDeploymentConfig", 3600.0, True),
        ("GetDeploymentConfig", 3601.0, False),
    ],
)
def test_an_answer_serves_for_a_moment_and_what_never_changes_for_longer(name, later, is_known):
    clock = Clock()
    with asking_once():
        assert answer_once(Memory(clock), name, clock, later) is is_known


def test_what_never_changes_is_known_in_the_next_look_too(account):
    codedeploy = account.client("codedeploy")
    for _ in range(2):
        with asking_once():
            codedeploy.get_deployment_config(deploymentConfigName="CodeDeployDefault.ECSAllAtOnce")
    assert len(account.calls("codedeploy:GetDeploymentConfig")) == 1
    assert answers.LASTING_S["GetDeploymentConfig"] > FRESH_S


def test_an_objects_bytes_are_read_each_time(account):
    s3 = account.client("s3")
    s3.create_bucket(Bucket="a-lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="a-lake", Key="one", Body=b"bytes")
    with asking_once():
        assert [s3.get_object(Bucket="a-lake", Key="one")["Body"].read() for _ in range(2)] == [b"bytes"] * 2
    assert len(account.calls("s3:GetObject")) == 2
