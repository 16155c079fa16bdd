"""Notices over the simulated account's EventBridge and SQS, with all that EventBridge does not promise."""

import json
from datetime import timedelta

import pytest

from releases.pipelines import mailbox
from releases.pipelines.base import PipelineError
from releases.pipelines.mailbox import SqsMailbox
from releases.rules.pipelines.notices import Hint, Subject, read
from simulator.operations import Context
from simulator.services import events
from tests.account import REGION

CONTEXT = Context("123456789012", REGION, "")


@pytest.fixture
def box(account):
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName="notices", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    account.client("events").put_rule(Name="all", EventPattern=json.dumps({"source": [{"prefix": "aws."}]}))
    account.client("events").put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
    account.world.journal.clear()
    return SqsMailbox(url, account.client)


def publish(number: int = 1) -> None:
    detail = {"pipeline": f"shop-{number}", "execution-id": "1", "state": "STARTED", "version": 1}
    kind = "CodePipeline Pipeline Execution State Change"
    events.publish("aws.codepipeline", kind, detail, [f"arn:aws:codepipeline:{REGION}:1:shop"], CONTEXT)


def test_what_eventbridge_sends_is_read(box):
    publish()
    [notice] = box.receive()
    assert read(notice.body) == Hint(Subject.PIPELINE, REGION, "shop-1", "123456789012")
    assert notice.times == 1


def test_it_comes_again_until_it_is_deleted(box, account):
    publish()
    first = box.receive()
    assert box.receive() == []
    account.client("sqs").change_message_visibility(
        QueueUrl=box.queue_url, ReceiptHandle=first[0].handle, VisibilityTimeout=0
    )
    again = box.receive()
    assert [one.id for one in again] == [one.id for one in first]
    assert again[0].times == 2
    box.delete(again)
    assert box.receive() == []


def test_many_are_deleted_at_once(box):
    for number in range(13):
        publish(number)
    notices = [*box.receive(), *box.receive(), *box.receive()]
    assert len(notices) == 13
    box.delete(notices)
    assert box.receive() == []


def test_without_a_queue_there_is_nothing(account):
    assert not SqsMailbox("", account.client).receive()
    assert account.world.journal.calls == []


def test_a_queue_that_is_gone_is_told(box, account):
    account.client("sqs").delete_queue(QueueUrl=box.queue_url)
    with pytest.raises(PipelineError, match="SQS for the notices of notices") as raised:
        box.receive()
    assert raised.value.permanent


def test_a_subscription_is_confirmed_at_sns(box, account):
    sns = account.client("sns")
    topic = sns.create_topic(Name="notices")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:123456789012:notices")
    account.world.journal.clear()
    box.confirm(topic, "2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794cc5f6a988666d92768dd60a")
    [call] = account.calls("sns:ConfirmSubscription")
    assert call.parameters["AuthenticateOnUnsubscribe"] == "true"


def test_it_asks_for_no_more_than_it_says(box, account):
    publish()
    box.delete(box.receive())
    # The batch of deletions is allowed by the permission to delete one (SQS API permissions reference).
    asked = {name.replace("MessageBatch", "Message") for name in account.world.journal.counts()}
    assert asked <= mailbox.ACTIONS
    assert timedelta(seconds=mailbox.WAIT_S) < timedelta(seconds=3)
