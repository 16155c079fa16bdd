"""Events reach the rules' targets, or go astray as a test wants it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from simulator.operations import Context
from simulator.services import events
from tests.account import REGION, Account
from tests.simulator.lambdas import create_function

CONTEXT = Context("123456789012", REGION, "")
Read = Callable[[], list[dict[str, Any]]]


def listen(account: Account, pattern: dict[str, Any], **target: Any) -> Read:
    """Will send what fits `pattern` to a new queue, and give what reads it."""
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client = account.client("events")
    client.put_rule(Name="all", EventPattern=json.dumps(pattern))
    client.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn, **target}])
    return lambda: drain(sqs, url)


def drain(sqs: Any, url: str) -> list[dict[str, Any]]:
    """Will take all messages out of a queue."""
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for one in messages:
            found.append(json.loads(one["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return found


def publish(number: int = 1, source: str = "aws.codedeploy") -> None:
    events.publish(source, "Deployment", {"number": number}, ["arn:aws:a"], CONTEXT)


def test_an_event_arrives_in_eventbridges_own_shape(account: Account) -> None:
    read = listen(account, {"source": ["aws.codedeploy"], "detail": {"number": [1]}})

    publish(1)
    publish(2)
    publish(1, "aws.ecs")
    [event] = read()

    assert set(event) == {
        *("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"),
    }
    assert event["detail-type"] == "Deployment"
    assert event["resources"] == ["arn:aws:a"]
    assert event["time"].endswith("Z")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("lose", [2, 3]),
        ("double", [1, 1, 2, 3]),
        ("reorder", [2, 1, 3]),
    ],
)
def test_an_event_goes_astray(account: Account, kind: str, expected: list[int]) -> None:
    read = listen(account, {"source": ["aws.codedeploy"]})
    events.disturb(kind)

    for number in (1, 2, 3):
        publish(number)

    assert [one["detail"]["number"] for one in read()] == expected


def test_an_event_comes_late(account: Account) -> None:
    read = listen(account, {"source": ["aws.codedeploy"]})
    events.disturb("delay", delay_s=90)

    publish(1)
    account.advance(seconds=60)
    early = read()
    account.advance(seconds=60)

    assert early == []
    assert [one["detail"]["number"] for one in read()] == [1]


def test_an_event_that_nothing_overtakes_comes_in_the_end(account: Account) -> None:
    read = listen(account, {"source": ["aws.codedeploy"]})
    events.disturb("reorder")

    publish(1)
    account.advance(minutes=2)

    assert len(read()) == 1


def test_a_disabled_rule_sends_nothing(account: Account) -> None:
    read = listen(account, {"source": ["aws.codedeploy"]})
    account.client("events").disable_rule(Name="all")

    publish(1)

    assert read() == []


def test_users_put_their_own_events_and_not_awss(account: Account) -> None:
    read = listen(account, {"source": ["verdigris", "aws.codedeploy"]})
    entries = [{"Source": one, "DetailType": "Release", "Detail": "{}"} for one in ("verdigris", "aws.codedeploy")]

    answer = account.client("events").put_events(Entries=[*entries, {**entries[0], "Detail": "no"}])

    assert answer["FailedEntryCount"] == 2
    assert [one.get("ErrorCode") for one in answer["Entries"]] == [
        *(None, "NotAuthorizedForSourceException", "MalformedDetail"),
    ]
    assert [one["source"] for one in read()] == ["verdigris"]


def test_a_target_may_reshape_an_event(account: Account) -> None:
    transformer = {"InputPathsMap": {"n": "$.detail.number"}, "InputTemplate": '{"number": <n>}'}
    read = listen(account, {"source": ["aws.codedeploy"]}, InputTransformer=transformer)

    publish(7)

    assert read() == [{"number": 7}]


def test_topics_and_functions_are_targets_too(account: Account) -> None:
    read = listen(account, {"source": ["aws.codedeploy"]})
    queue = account.client("sqs").get_queue_url(QueueName="events")["QueueUrl"]
    function = create_function(
        account,
        "import boto3, json\n"
        "def handler(event, context):\n"
        f"    boto3.client('sqs').send_message(QueueUrl={queue!r}, MessageBody=json.dumps({{'heard': event['id']}}))\n",
        Timeout=20,
    )
    sns = account.client("sns")
    topic = sns.create_topic(Name="told")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{CONTEXT.account}:events")
    targets = [{"Id": "2", "Arn": function}, {"Id": "3", "Arn": topic}]
    account.client("events").put_targets(Rule="all", Targets=targets)

    publish(1)
    account.world.settle()
    got = read()

    direct = next(one["id"] for one in got if "id" in one)
    assert {"heard": direct} in got
    assert [json.loads(one["Message"])["id"] for one in got if one.get("TopicArn") == topic] == [direct]


def test_a_log_group_is_a_target_too(account: Account) -> None:
    listen(account, {"source": ["aws.codedeploy"]})
    logs = account.client("logs")
    logs.create_log_group(logGroupName="/aws/events/all")
    arn = f"arn:aws:logs:{REGION}:{CONTEXT.account}:log-group:/aws/events/all"
    account.client("events").put_targets(Rule="all", Targets=[{"Id": "2", "Arn": arn}])
    account.advance(days=1)

    publish(4)

    [line] = logs.filter_log_events(logGroupName="/aws/events/all")["events"]
    assert json.loads(line["message"])["detail"] == {"number": 4}
