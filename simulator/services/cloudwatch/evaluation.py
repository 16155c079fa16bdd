"""What state an alarm should be in, from its data (CloudWatch user guide, "Alarm evaluation" and "missing data")."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulator.operations import Context
from simulator.services.cloudwatch.data import results_of
from simulator.services.cloudwatch.metrics import MINUTE, floor

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
# CloudWatch looks at some more periods than it evaluates; how many is not documented: our reading.
EXTRA_PERIODS = 2

COMPARED: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(frozen=True)
class Finding:
    """The state that the data asks for, None for the one it is in, and why. `has_data` tells of real data points."""

    state: str | None
    reason: str
    has_data: bool


def evaluate(facts: Mapping[str, Any], now: datetime, context: Context) -> Finding:
    """Will judge an alarm, described by PutMetricAlarm's members, by the whole minutes that are over."""
    count = int(facts["EvaluationPeriods"])
    needed = int(facts.get("DatapointsToAlarm") or count)
    points = _points(facts, now, count + EXTRA_PERIODS, context)[-count:]
    breaches, _ = COMPARED[facts["ComparisonOperator"]]
    broken = [one for one in points if breaches(one[1], float(facts["Threshold"]))]
    state = _state(len(points), len(broken), count, needed, facts.get("TreatMissingData") or "missing")
    shown = broken if state == ALARM and broken else points
    return Finding(state, _reason(facts, shown, len(points), state), bool(points))


def _points(facts: Mapping[str, Any], now: datetime, periods: int, context: Context) -> list[tuple[datetime, float]]:
    """The periods that end with the last whole minute, so they slide from minute to minute."""
    queries, wanted, period = _queries(facts)
    end = floor(now, MINUTE)
    return sorted(results_of(queries, end - periods * period, end, context, align=MINUTE)[wanted].items())


def _queries(facts: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], str, timedelta]:
    if metrics := facts.get("Metrics"):
        wanted = next(one["Id"] for one in metrics if one.get("ReturnData") is not False)
        lengths = [one["MetricStat"]["Period"] for one in metrics if one.get("MetricStat")]
        return list(metrics), wanted, timedelta(seconds=max([int(one) for one in lengths], default=60))
    metric = {"Namespace": facts["Namespace"], "MetricName": facts["MetricName"]}
    stat = {
        "Metric": {**metric, "Dimensions": facts.get("Dimensions") or []},
        "Period": facts["Period"],
        "Stat": facts.get("Statistic") or facts["ExtendedStatistic"],
    }
    return [{"Id": "m1", "MetricStat": stat}], "m1", timedelta(seconds=int(facts["Period"]))


def _state(real: int, broken: int, count: int, needed: int, missing: str) -> str | None:
    """The guide's table: enough real points decide alone, else the missing ones count as the alarm says."""
    gaps = count - real
    if missing == "breaching":
        broken += gaps
    if broken >= needed:
        return ALARM
    if gaps == 0 or missing in {"breaching", "notBreaching"}:
        return OK
    if missing == "ignore":
        return None
    if real == 0:
        return INSUFFICIENT
    return ALARM if broken == real else OK


def _reason(facts: Mapping[str, Any], shown: Sequence[tuple[datetime, float]], count: int, state: str | None) -> str:
    periods = int(facts["EvaluationPeriods"])
    if not shown:
        treated = "" if state == INSUFFICIENT else f" and were treated as [{facts.get('TreatMissingData')}]"
        return f"Insufficient Data: {periods} datapoints were unknown{treated}."
    _, words = COMPARED[facts["ComparisonOperator"]]
    needed = int(facts.get("DatapointsToAlarm") or periods)
    least, change = (needed, "OK -> ALARM") if state == ALARM else (periods - needed + 1, "ALARM -> OK")
    values = ", ".join(f"{value} ({at:%d/%m/%y %H:%M:%S})" for at, value in reversed(shown))
    return (
        f"Threshold Crossed: {len(shown)} out of the last {count} datapoints [{values}] "
        f"{'was' if len(shown) == 1 else 'were'} {'' if state == ALARM else 'not '}{words} the threshold "
        f"({float(facts['Threshold'])}) (minimum {least} datapoint{'' if least == 1 else 's'} for {change} transition)."
    )
