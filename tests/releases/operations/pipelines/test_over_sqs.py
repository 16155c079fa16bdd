"""Notices over the simulated account, doubled, late, out of order and lost."""

import json
from datetime import timedelta

import pytest

from releases.models import PipelineLink, SetAside
from releases.operations.pipelines import hearing, looking
from simulator.faults import Kind
from simulator.operations import Context
from simulator.services import events
from tests import factories
from tests.account import REGION
from tests.factories import NOW

pytestmark = pytest.mark.django_db
CONTEXT = Context("123456789012", REGION, "")


@pytest.fixture
def link(account):
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName="notices")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    account.client("events").put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.codepipeline"]}))
    account.client("events").put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
    return PipelineLink.objects.create(
        service=factories.service(), region=REGION, name="shop", queue_url=url, followed_since=NOW, looked_at=NOW
    )


def publish() -> None:
    kind = "CodePipeline Pipeline Execution State Change"
    events.publish("aws.codepipeline", kind, {"pipeline": "shop", "state": "STARTED"}, [], CONTEXT)


def is_due(link) -> bool:
    return looking.due(now=NOW) == [link.pk]


@pytest.mark.parametrize("kind", ["", "double", "reorder"])
def test_it_is_due_once_the_notice_is_heard(link, account, kind):
    if kind:
        events.disturb(kind, source="aws.codepipeline")
    publish()
    publish()
    assert not is_due(link)
    hearing.hear_queues(now=NOW)
    assert is_due(link)
    account.advance(minutes=5)
    hearing.hear_queues(now=NOW)
    left = account.client("sqs").get_queue_attributes(QueueUrl=link.queue_url, AttributeNames=["All"])["Attributes"]
    assert left["ApproximateNumberOfMessages"] == left["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert SetAside.objects.count() == 0


def test_a_late_notice_is_late(link, account):
    events.disturb("delay", source="aws.codepipeline", delay_s=120)
    publish()
    hearing.hear_queues(now=NOW)
    assert not is_due(link)
    account.advance(minutes=3)
    hearing.hear_queues(now=NOW)
    assert is_due(link)


def test_a_lost_notice_waits_for_the_poll(link):
    events.disturb("lose", source="aws.codepipeline")
    publish()
    hearing.hear_queues(now=NOW)
    assert not is_due(link)
    assert looking.due(now=NOW + looking.RESTING_EVERY) == [link.pk]


def test_the_answer_that_a_notice_was_deleted_is_lost(link, account):
    account.fault("sqs:DeleteMessageBatch", Kind.DROP_AFTER)
    publish()
    hearing.hear_queues(now=NOW)
    assert is_due(link)
    hearing.hear_queues(now=NOW + timedelta(minutes=1))
    assert SetAside.objects.count() == 0


def test_an_account_that_throttles_is_asked_again(link, account):
    account.fault("sqs:ReceiveMessage", code="ThrottlingException", times=20)
    publish()
    hearing.hear_queues(now=NOW)
    assert not is_due(link)
    account.world.faults.clear()
    hearing.hear_queues(now=NOW)
    assert is_due(link)
