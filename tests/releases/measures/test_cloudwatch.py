"""The cloudwatch measure: the load balancer's numbers by target group, and the alarms."""

from datetime import UTC, datetime, timedelta

import pytest

from releases.measures import registry
from releases.measures.base import MeasureError, Numbers, Slot
from releases.measures.cloudwatch import ACTIONS, CloudwatchMeasure, Known
from releases.targets.cloud.target_groups import TargetGroups

PREFIX = "arn:aws:elasticloadbalancing:eu-west-1:123456789012"
GROUPS = TargetGroups(
    blue=f"{PREFIX}:targetgroup/shop-a/1111111111111111",
    green=f"{PREFIX}:targetgroup/shop-b/2222222222222222",
    listener=f"{PREFIX}:listener-rule/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee",
)
NOON = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
PLACE = {
    "region": "eu-west-1",
    "measure": {"blue": GROUPS.blue, "green": GROUPS.green, "listener": GROUPS.listener},
}


@pytest.fixture
def measure(account):
    return CloudwatchMeasure(account.client, Known(GROUPS))


def report(account, group, metric, value, *, at, unit="Count"):
    """As a load balancer does, once a minute."""
    dimensions = [
        {"Name": "LoadBalancer", "Value": "app/shop/50dc6c495c0c9188"},
        {"Name": "TargetGroup", "Value": group.rpartition(":")[2]},
    ]
    datum = {"MetricName": metric, "Dimensions": dimensions, "Timestamp": at, "Value": value, "Unit": unit}
    account.client("cloudwatch").put_metric_data(Namespace="AWS/ApplicationELB", MetricData=[datum])


def add_alarm(account, name, state="OK"):
    client = account.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName=name, Namespace="x", MetricName="y", Threshold=5, EvaluationPeriods=1, Period=60, Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    if state != "OK":
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="Threshold Crossed: 9 is more than 5.")


def test_both_slots_are_counted_since_the_start_of_the_day(account, measure):
    for hours in (5, 1, 0):
        report(account, GROUPS.green, "RequestCount", 100, at=NOON - timedelta(hours=hours))
        report(account, GROUPS.green, "HTTPCode_Target_5XX_Count", 2, at=NOON - timedelta(hours=hours))
    report(account, GROUPS.blue, "RequestCount", 900, at=NOON)
    report(account, GROUPS.blue, "RequestCount", 7, at=NOON - timedelta(hours=13))  # yesterday
    readings = measure.read(now=NOON).readings
    assert (readings[Slot.GREEN].requests, readings[Slot.GREEN].errors) == (300, 6)
    assert (readings[Slot.BLUE].requests, readings[Slot.BLUE].errors) == (900, 0)
    [call] = account.calls("cloudwatch:GetMetricData")
    assert len(call.parameters["MetricDataQueries"]) == 6


def test_totals_start_again_at_midnight(account, measure):
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    report(account, GROUPS.green, "RequestCount", 500, at=midnight - timedelta(minutes=2))
    assert measure.read(now=midnight - timedelta(minutes=1)).readings[Slot.GREEN].requests == 500
    assert measure.read(now=midnight).readings == {}
    report(account, GROUPS.green, "RequestCount", 20, at=midnight + timedelta(minutes=1))
    assert measure.read(now=midnight + timedelta(minutes=2)).readings[Slot.GREEN].requests == 20


def test_what_was_not_reported_is_left_out(account, measure):
    assert measure.read(now=NOON) == Numbers()
    report(account, GROUPS.green, "HTTPCode_Target_5XX_Count", 2, at=NOON)
    assert measure.read(now=NOON) == Numbers()
    report(account, GROUPS.green, "RequestCount", 10, at=NOON)
    readings = measure.read(now=NOON).readings
    assert set(readings) == {Slot.GREEN}
    assert readings[Slot.GREEN].response_ms is None


def test_the_response_time_is_of_the_last_minutes(account, measure):
    report(account, GROUPS.green, "RequestCount", 10, at=NOON)
    report(account, GROUPS.green, "TargetResponseTime", 9.0, at=NOON - timedelta(hours=2), unit="Seconds")
    assert measure.read(now=NOON).readings[Slot.GREEN].response_ms is None
    report(account, GROUPS.green, "TargetResponseTime", 0.1, at=NOON - timedelta(minutes=1), unit="Seconds")
    report(account, GROUPS.green, "TargetResponseTime", 0.3, at=NOON - timedelta(minutes=2), unit="Seconds")
    assert measure.read(now=NOON).readings[Slot.GREEN].response_ms == pytest.approx(200)


def test_an_alarm_that_rings_is_told_with_its_reason(account):
    add_alarm(account, "shop-5xx", "ALARM")
    add_alarm(account, "shop-slow")
    add_alarm(account, "shop-new", "INSUFFICIENT_DATA")
    measure = CloudwatchMeasure(account.client, Known(GROUPS), ("shop-slow", "shop-5xx", "shop-new"))
    assert measure.read(now=NOON).alarms == ("The alarm shop-5xx rings: Threshold Crossed: 9 is more than 5.",)


def test_numbers_that_can_not_be_had_keep_no_alarm_quiet(account):
    add_alarm(account, "shop-5xx", "ALARM")
    measure = CloudwatchMeasure(account.client, Known(GROUPS), ("shop-5xx",))
    account.fault("cloudwatch:GetMetricData", code="InternalFailure", status=500, times=None)
    assert len(measure.read(now=NOON).alarms) == 1
    account.client("cloudwatch").set_alarm_state(AlarmName="shop-5xx", StateValue="OK", StateReason="well")
    with pytest.raises(MeasureError, match="trouble of its own"):
        measure.read(now=NOON)


def test_an_alarm_that_is_missing_is_trouble(account):
    with pytest.raises(MeasureError, match="There is no alarm shop-5xx"):
        CloudwatchMeasure(account.client, Known(GROUPS), ("shop-5xx",)).read(now=NOON)


def test_the_role_needs_exactly_what_is_called(account):
    add_alarm(account, "shop-5xx")
    account.world.journal.clear()
    CloudwatchMeasure(account.client, Known(GROUPS), ("shop-5xx",)).read(now=NOON)
    assert set(account.world.journal.counts()) == ACTIONS


def test_it_is_found_by_its_name(account):
    made = registry.measure_for("cloudwatch", "shop", {**PLACE, "alarms": ["shop-5xx"]}, target="memory")
    assert isinstance(made, CloudwatchMeasure)
    assert made.alarms == ("shop-5xx",)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"region": "eu-west-1"}, "A memory target knows no target groups"),
        ({**PLACE, "region": ""}, "names no region"),
        ({**PLACE, "measure": {"blue": "x"}}, "blue, green and listener"),
        ({**PLACE, "alarms": "shop-5xx"}, "alarms is a list"),
    ],
)
def test_a_configuration_that_can_not_be_used_is_said(config, said):
    with pytest.raises(MeasureError, match=said):
        registry.measure_for("cloudwatch", "shop", config, target="memory")
