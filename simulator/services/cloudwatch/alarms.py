"""Alarms: kept beside moto's, evaluated once a minute of the account's time, and what they tell others."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.sns.models import sns_backends

from simulator.operations import AwsError, Context, operation
from simulator.services import events
from simulator.services.cloudwatch.evaluation import INSUFFICIENT, evaluate
from simulator.world import WORLD

EVERY_S = 60.0
STATES = ("OK", "ALARM", INSUFFICIENT)
PAGE = 50
# PutMetricAlarm's members that DescribeAlarms repeats.
REPEATED = (
    *("AlarmDescription", "OKActions", "AlarmActions", "InsufficientDataActions", "MetricName", "Namespace"),
    *("Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm"),
    *("Threshold", "ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile", "Metrics"),
    "ThresholdMetricId",
)


@dataclass
class Alarm:
    """One alarm. Its names are those by which moto's backend and others look at it."""

    name: str
    alarm_arn: str
    facts: Mapping[str, Any]
    context: Context
    actions_enabled: bool = True
    state_value: str = INSUFFICIENT
    state_reason: str = "Unchecked: Initial alarm creation"
    state_reason_data: str | None = None
    configured_at: datetime = field(default_factory=WORLD.now)
    changed_at: datetime = field(default_factory=WORLD.now)
    # A state set by hand stays until the metric has data again (on AWS until the next evaluation: our reading).
    is_set_by_hand: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)
    rule: None = None

    @property
    def alarm_actions(self) -> Sequence[str]:
        return self.facts.get("AlarmActions") or []

    def check(self) -> None:
        """Will set the state that the data asks for."""
        finding = evaluate(self.facts, WORLD.now(), self.context)
        if finding.state is None or (self.is_set_by_hand and not finding.has_data):
            return
        self.is_set_by_hand = False
        if finding.state != self.state_value:
            self.change(finding.state, finding.reason, None)

    def change(self, state: str, reason: str, data: str | None) -> None:
        """Will take the state `state`, and tell of it."""
        was = {"value": self.state_value, "reason": self.state_reason, "timestamp": _text(self.changed_at)}
        self.state_value, self.state_reason, self.state_reason_data = state, reason, data
        self.changed_at = WORLD.now()
        now = {"value": state, "reason": reason, "timestamp": _text(self.changed_at)}
        self._remember(
            "StateUpdate", f"Alarm updated from {was['value']} to {state}", {"oldState": was, "newState": now}
        )
        detail = {"alarmName": self.name, "state": now, "previousState": was, "configuration": {}}
        events.publish("aws.cloudwatch", "CloudWatch Alarm State Change", detail, [self.alarm_arn], self.context)
        if self.actions_enabled:
            self._act(str(was["value"]))

    def _act(self, was: str) -> None:
        kind = {"OK": "OKActions", "ALARM": "AlarmActions"}.get(self.state_value, "InsufficientDataActions")
        for arn in self.facts.get(kind) or []:
            topic = sns_backends[self.context.account][self.context.region].topics.get(arn)
            if topic is None:
                continue
            topic.publish(json.dumps(self._message(was)), subject=f'{self.state_value}: "{self.name}"')
            self._remember("Action", f"Successfully executed action {arn}", {"publishedMessage": "…"})

    def _message(self, was: str) -> dict[str, Any]:
        return {
            "AlarmName": self.name,
            "AlarmDescription": self.facts.get("AlarmDescription"),
            "AWSAccountId": self.context.account,
            "AlarmArn": self.alarm_arn,
            "NewStateValue": self.state_value,
            "OldStateValue": was,
            "NewStateReason": self.state_reason,
            "StateChangeTime": _text(self.changed_at),
            "Region": self.context.region,
            "Trigger": {name: value for name, value in self.facts.items() if name in REPEATED},
        }

    def _remember(self, kind: str, summary: str, data: Mapping[str, Any]) -> None:
        line = {
            "AlarmName": self.name,
            "AlarmType": "MetricAlarm",
            "Timestamp": WORLD.now(),
            "HistoryItemType": kind,
            "HistorySummary": summary,
            "HistoryData": json.dumps({"version": "1.0", **data}),
        }
        self.history.append(line)

    def described(self) -> dict[str, Any]:
        """Will describe it as DescribeAlarms does."""
        known = {name: value for name, value in self.facts.items() if name in REPEATED and value is not None}
        lists: dict[str, Any] = {"OKActions": [], "AlarmActions": [], "InsufficientDataActions": []}
        dimensions: dict[str, Any] = {} if self.facts.get("Metrics") else {"Dimensions": []}
        return {
            **lists,
            **dimensions,
            **known,
            "AlarmName": self.name,
            "AlarmArn": self.alarm_arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured_at,
            "ActionsEnabled": self.actions_enabled,
            "StateValue": self.state_value,
            "StateReason": self.state_reason,
            "StateReasonData": self.state_reason_data,
            "StateUpdatedTimestamp": self.changed_at,
            "StateTransitionedTimestamp": self.changed_at,
        }


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def of(context: Context) -> dict[str, Alarm]:
    """Will give the alarms of the caller's account and region by name, where moto's own operations find them too."""
    kept: Any = cloudwatch_backends[context.account][context.region].alarms
    found: dict[str, Alarm] = kept
    return found


_REGIONS: set[Context] = set()


def _check_all() -> None:
    """Will check every alarm, and come back in a minute while there are any."""
    for context in list(_REGIONS):
        known = of(context)
        if not known:
            _REGIONS.discard(context)
        for alarm in list(known.values()):
            alarm.check()
    if _REGIONS:
        WORLD.after(EVERY_S, _check_all)


@WORLD.on_reset
def _empty() -> None:
    _REGIONS.clear()


@operation("cloudwatch", "PutMetricAlarm")
def _put_metric_alarm(parameters: Mapping[str, Any], context: Context) -> None:
    for name in ("EvaluationPeriods", "ComparisonOperator", "Threshold"):
        if parameters.get(name) is None:
            raise AwsError("ValidationError", f"The parameter {name} is required.")
    if bool(parameters.get("Metrics")) == bool(parameters.get("MetricName")):
        raise AwsError("ValidationError", "Exactly one of Metrics and MetricName must be specified")
    if parameters.get("MetricName") and not (parameters.get("Statistic") or parameters.get("ExtendedStatistic")):
        raise AwsError("ValidationError", "Exactly one of Statistic and ExtendedStatistic must be specified")
    name = parameters["AlarmName"]
    arn = f"arn:aws:cloudwatch:{context.region}:{context.account}:alarm:{name}"
    place = Context(context.account, context.region, "")
    was = of(context).get(name)
    alarm = Alarm(name, arn, dict(parameters), place, parameters.get("ActionsEnabled") is not False)
    if was is not None:  # an alarm that is changed keeps its state until it is evaluated
        alarm.state_value, alarm.state_reason, alarm.history = was.state_value, was.state_reason, was.history
    of(context)[name] = alarm
    if not _REGIONS:
        WORLD.after(EVERY_S, _check_all)
    _REGIONS.add(place)


@operation("cloudwatch", "DescribeAlarms")
def _describe_alarms(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    if parameters.get("AlarmTypes") and "MetricAlarm" not in parameters["AlarmTypes"]:
        return {"MetricAlarms": [], "CompositeAlarms": []}
    found = [one for one in of(context).values() if _is_wanted(one, parameters)]
    first = int(parameters.get("NextToken") or 0)
    most = int(parameters.get("MaxRecords") or PAGE)
    answer = {"MetricAlarms": [one.described() for one in found[first : first + most]], "CompositeAlarms": []}
    return answer | ({"NextToken": str(first + most)} if first + most < len(found) else {})


def _is_wanted(alarm: Alarm, asked: Mapping[str, Any]) -> bool:
    names = asked.get("AlarmNames") or [alarm.name]
    return (
        alarm.name in names
        and alarm.name.startswith(asked.get("AlarmNamePrefix") or "")
        and alarm.state_value == (asked.get("StateValue") or alarm.state_value)
        and (not asked.get("ActionPrefix") or any(one.startswith(asked["ActionPrefix"]) for one in alarm.alarm_actions))
    )


@operation("cloudwatch", "SetAlarmState")
def _set_alarm_state(parameters: Mapping[str, Any], context: Context) -> None:
    alarm = of(context).get(parameters["AlarmName"])
    if alarm is None:
        raise AwsError("ResourceNotFound", f"Alarm {parameters['AlarmName']} does not exist")
    if parameters["StateValue"] not in STATES:
        raise AwsError("ValidationError", f"The state {parameters['StateValue']} is none of {', '.join(STATES)}.")
    data = parameters.get("StateReasonData")
    try:
        json.loads(data or "{}")
    except ValueError as error:
        raise AwsError("InvalidFormat", "StateReasonData is no JSON.") from error
    alarm.is_set_by_hand = True
    if parameters["StateValue"] != alarm.state_value:
        alarm.change(parameters["StateValue"], parameters["StateReason"], data)


@operation("cloudwatch", "DescribeAlarmHistory")
def _describe_alarm_history(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = parameters.get("AlarmName")
    lines = [line for alarm in of(context).values() if wanted in {None, alarm.name} for line in alarm.history]
    kind, since, until = (parameters.get(name) for name in ("HistoryItemType", "StartDate", "EndDate"))
    lines = [
        line
        for line in sorted(
            lines, key=lambda one: one["Timestamp"], reverse=parameters.get("ScanBy") != "TimestampAscending"
        )
        if kind in {None, line["HistoryItemType"]}
        and (since is None or line["Timestamp"] >= since)
        and (until is None or line["Timestamp"] <= until)
    ]
    return {"AlarmHistoryItems": lines[: int(parameters.get("MaxRecords") or 100)]}
