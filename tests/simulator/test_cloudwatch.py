"""Metrics, the mathematics on them, and alarms that follow the account's clock."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.account import Account

SPACE = "Verdigris"


def put(account: Account, name: str, *values: float, ago_s: float = 0.0) -> None:
    at = account.world.now() - timedelta(seconds=ago_s)
    metric = {"MetricName": name, "Timestamp": at, "Values": list(values)}
    account.client("cloudwatch").put_metric_data(Namespace=SPACE, MetricData=[metric])


def stat(id_: str, name: str, statistic: str = "Sum", period: int = 60, **more: Any) -> dict[str, Any]:
    metric = {"Namespace": SPACE, "MetricName": name}
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}, **more}


def get(account: Account, *queries: dict[str, Any], **more: Any) -> dict[str, list[float]]:
    now = account.world.now().replace(second=0, microsecond=0)
    answer = account.client("cloudwatch").get_metric_data(
        MetricDataQueries=list(queries),
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        **{"ScanBy": "TimestampAscending", **more},
    )
    return {one["Id"]: one["Values"] for one in answer["MetricDataResults"]}


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("Sum", 5050),
        ("Average", 50.5),
        ("Maximum", 100),
        ("Minimum", 1),
        ("SampleCount", 100),
        ("p50", 50),
        ("p90", 90),
        ("p99", 99),
    ],
)
def test_a_statistic_is_worked_out(account: Account, statistic: str, expected: float) -> None:
    put(account, "Latency", *range(1, 101))

    assert get(account, stat("m1", "Latency", statistic))["m1"] == [expected]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1/m2*100", [10.0]),
        ("IF(m1 > 1, 7, 8)", [7.0, 8.0]),
        ("FILL(m1, 0)/FILL(m2, 1)", [*[0.0] * 8, 0.1, 1.0, 0.0]),
        ("SUM([m1, m2])", [22.0, 1.0]),
        ("SUM(METRICS())", [22.0, 1.0]),
        ("m1 / (m1 - m1)", []),
        ("MAX(m1) - 1", [1.0] * 11),
        ("m1 > 1 AND m1 < 3", [1.0, 0.0]),
        ("-m1 ^ 2", [-4.0, -1.0]),
    ],
)
def test_mathematics_are_done_point_by_point(account: Account, expression: str, expected: list[float]) -> None:
    put(account, "Errors", 1, 1, ago_s=120)
    put(account, "Errors", 1, ago_s=60)
    put(account, "Requests", 10, 10, ago_s=120)
    queries = [stat("m1", "Errors", ReturnData=False), stat("m2", "Requests", ReturnData=False)]

    answer = get(account, *queries, {"Id": "e1", "Expression": expression})

    assert list(answer) == ["e1"]
    assert answer["e1"] == pytest.approx(expected)


def test_an_expression_may_name_another(account: Account) -> None:
    put(account, "Errors", 1)

    answer = get(account, {"Id": "e2", "Expression": "e1*2"}, {"Id": "e1", "Expression": "m1+1"}, stat("m1", "Errors"))

    assert answer["e2"] == [4.0]


def test_what_cannot_be_worked_out_is_refused(account: Account) -> None:
    for expression in ("m1 +", "m9", "LAMBDA('x')"):
        with pytest.raises(ClientError) as refused:
            get(account, stat("m1", "Errors"), {"Id": "e1", "Expression": expression})
        assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_long_answers_come_in_pages(account: Account) -> None:
    for minute in range(5):
        put(account, "Errors", minute, ago_s=60 * minute)
    now = account.world.now()
    pages = account.client("cloudwatch").get_paginator("get_metric_data")

    found = list(
        pages.paginate(
            MetricDataQueries=[stat("m1", "Errors")],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=1),
            PaginationConfig={"PageSize": 2},
        )
    )

    assert [page["MetricDataResults"][0]["StatusCode"] for page in found] == ["PartialData", "PartialData", "Complete"]
    assert [value for page in found for value in page["MetricDataResults"][0]["Values"]] == [0, 1, 2, 3, 4]


def alarm(account: Account, **more: Any) -> None:
    facts = {
        "AlarmName": "errors",
        "Namespace": SPACE,
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    account.client("cloudwatch").put_metric_alarm(**{**facts, **more})


def state(account: Account) -> dict[str, Any]:
    [found] = account.client("cloudwatch").describe_alarms(AlarmNames=["errors"])["MetricAlarms"]
    return dict(found)


def test_an_alarm_rings_when_the_data_asks_for_it_and_stops(account: Account) -> None:
    queue = account.client("sqs").create_queue(QueueName="rung")["QueueUrl"]
    topic = account.client("sns").create_topic(Name="alarms")["TopicArn"]
    account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=topic.replace("sns", "sqs")[:-6] + "rung")
    alarm(account, AlarmActions=[topic])
    begun = state(account)["StateValue"]

    put(account, "Errors", 9)
    account.advance(minutes=1)
    rung = state(account)
    put(account, "Errors", 1)
    account.advance(minutes=1)
    ended = state(account)

    assert begun == "INSUFFICIENT_DATA"
    assert rung["StateValue"] == "ALARM"
    assert "was greater than the threshold (5.0)" in rung["StateReason"]
    assert ended["StateValue"] == "OK"
    told = json.loads(account.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert json.loads(told["Message"])["NewStateValue"] == "ALARM"
    history = account.client("cloudwatch").describe_alarm_history(AlarmName="errors", HistoryItemType="StateUpdate")
    assert [one["HistorySummary"] for one in history["AlarmHistoryItems"]] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
    ]


@pytest.mark.parametrize(
    ("treated", "expected"),
    [
        ("missing", "INSUFFICIENT_DATA"),
        ("notBreaching", "OK"),
        ("breaching", "ALARM"),
        ("ignore", "INSUFFICIENT_DATA"),
    ],
)
def test_missing_data_counts_as_the_alarm_says(account: Account, treated: str, expected: str) -> None:
    alarm(account, TreatMissingData=treated)

    account.advance(minutes=2)

    assert state(account)["StateValue"] == expected


def test_some_of_many_periods_may_be_enough(account: Account) -> None:
    alarm(account, EvaluationPeriods=3, DatapointsToAlarm=2, TreatMissingData="notBreaching")

    put(account, "Errors", 9)
    account.advance(minutes=1)
    once = state(account)["StateValue"]
    put(account, "Errors", 9)
    account.advance(minutes=1)

    assert once == "OK"
    assert state(account)["StateValue"] == "ALARM"


def test_an_alarm_may_watch_an_expression(account: Account) -> None:
    facts = {
        "AlarmName": "errors",
        "EvaluationPeriods": 1,
        "Threshold": 50,
        "ComparisonOperator": "GreaterThanThreshold",
        "Metrics": [
            stat("m1", "Errors", ReturnData=False),
            stat("m2", "Requests", ReturnData=False),
            {"Id": "e1", "Expression": "m1/m2*100", "ReturnData": True},
        ],
    }
    account.client("cloudwatch").put_metric_alarm(**facts)
    put(account, "Errors", 6)
    put(account, "Requests", 10)

    account.advance(minutes=1)

    assert state(account)["StateValue"] == "ALARM"
    assert state(account)["Metrics"][2]["Expression"] == "m1/m2*100"


def test_a_state_set_by_hand_lasts_until_there_is_data(account: Account) -> None:
    alarm(account)
    account.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="rehearsal")

    account.advance(minutes=5)
    held = state(account)["StateValue"]
    put(account, "Errors", 1)
    account.advance(minutes=1)

    assert held == "ALARM"
    assert state(account)["StateValue"] == "OK"


def test_the_account_keeps_its_own_time(account: Account) -> None:
    began = account.world.now()
    account.advance(hours=48)
    alarm(account)

    assert state(account)["AlarmConfigurationUpdatedTimestamp"] > began + timedelta(hours=47)
