"""What CloudWatch counted at the load balancer for blue and green, and the alarms that ring.

A load balancer sends its numbers once a minute, a minute or two late (Elastic Load Balancing user guide, "CloudWatch
metrics for your Application Load Balancer").
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.aws import Clients
from releases.measures.base import MeasureError, Numbers, Slot
from releases.rules.verdict import Reading
from releases.targets.base import TargetError
from releases.targets.cloud import alarms
from releases.targets.cloud.calls import told
from releases.targets.cloud.target_groups import Balanced, TargetGroups, dimension

ACTIONS = frozenset({"cloudwatch:GetMetricData", *alarms.ACTIONS})
NAMESPACE = "AWS/ApplicationELB"
DAY = timedelta(days=1)
# A response time is the mean of five minutes; an older one than two of them says nothing of now.
RECENT = timedelta(minutes=5)


@dataclass(frozen=True)
class Known:
    """Colours whose target groups the configuration names, for a target that can't tell."""

    groups: TargetGroups

    def target_groups(self) -> TargetGroups:
        """Will say which is which."""
        return self.groups


@dataclass(frozen=True)
class Query:
    """One metric of a target group: its statistic over periods of `period`."""

    id: str
    metric: str
    statistic: str
    period: timedelta


QUERIES = (
    Query("requests", "RequestCount", "Sum", DAY),
    Query("errors", "HTTPCode_Target_5XX_Count", "Sum", DAY),
    Query("response", "TargetResponseTime", "Average", RECENT),
)


@dataclass(frozen=True)
class CloudwatchMeasure:
    """The numbers of one environment behind a load balancer, and the alarms it names."""

    clients: Clients
    target: Balanced
    alarms: tuple[str, ...] = ()
    every_s: float = 15.0

    def read(self, *, now: datetime) -> Numbers:
        """Will give requests and 5xx answers of the targets since the start of the UTC day, and the mean response time.

        A slot of which nothing was reported today is left out. Raises MeasureError.
        """
        try:
            rung = tuple(alarm.sentence for alarm in alarms.ringing(self.clients, self.alarms))
        except TargetError as error:
            raise MeasureError(f"{error}.") from error
        try:
            return Numbers(self._readings(self.target.target_groups(), now), rung)
        except TargetError as error:
            if rung:  # numbers that can't be had must not keep an alarm quiet
                return Numbers(alarms=rung)
            raise MeasureError(f"{error}.") from error

    def _readings(self, groups: TargetGroups, now: datetime) -> Mapping[Slot, Reading]:
        slots = {Slot.BLUE: groups.blue, Slot.GREEN: groups.green}
        day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        asked = {
            "MetricDataQueries": [
                _asked(slot, query, groups.load_balancer, group)
                for slot, group in slots.items()
                if group
                for query in QUERIES
            ],
            "StartTime": day,
            "EndTime": day + DAY,
            "ScanBy": "TimestampDescending",
        }
        with told("CloudWatch for the load balancer's numbers"):
            answer = self.clients("cloudwatch").get_metric_data(**asked)
        results = {one["Id"]: one for one in _complete(answer.get("MetricDataResults", []))}
        found = {slot: _reading(slot, results, now) for slot in slots}
        return {slot: reading for slot, reading in found.items() if reading is not None}


def known_groups(config: Mapping[str, Any]) -> Known | None:
    """Will read `measure` of an environment's configuration: the ARNs blue, green and listener; None without it.

    Raises MeasureError.
    """
    given = config.get("measure")
    if given is None:
        return None
    if not isinstance(given, Mapping) or set(given) != {"blue", "green", "listener"}:
        raise MeasureError("measure has blue, green and listener: two target groups' ARNs, and a listener's or rule's.")
    return Known(TargetGroups(str(given["blue"]), str(given["green"]), str(given["listener"])))


def alarm_names(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Will read `alarms` of an environment's configuration.

    Raises MeasureError.
    """
    given = config.get("alarms", [])
    if not isinstance(given, list) or not all(one and isinstance(one, str) for one in given):
        raise MeasureError(f"alarms is a list of texts, not {given!r}.")
    return tuple(given)


def _asked(slot: Slot, query: Query, load_balancer: str, group: str) -> dict[str, Any]:
    dimensions = [
        {"Name": "LoadBalancer", "Value": load_balancer},
        {"Name": "TargetGroup", "Value": dimension(group)},
    ]
    metric = {"Namespace": NAMESPACE, "MetricName": query.metric, "Dimensions": dimensions}
    period = int(query.period.total_seconds())
    return {
        "Id": f"{slot}_{query.id}",
        "MetricStat": {"Metric": metric, "Period": period, "Stat": query.statistic},
    }


def _complete(results: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for one in results:
        if one.get("StatusCode", "Complete") != "Complete":
            raise MeasureError(f"CloudWatch gave {one['Id']} only in part ({one['StatusCode']}).")
        yield one


def _reading(slot: Slot, results: Mapping[str, Mapping[str, Any]], now: datetime) -> Reading | None:
    requests = _values(results, f"{slot}_requests")
    if not requests:
        return None
    # Both counts are reported only where they are not zero, so requests without errors had none.
    errors = _values(results, f"{slot}_errors")
    times = results.get(f"{slot}_response", {})
    recent = [
        1000 * value
        for at, value in zip(times.get("Timestamps", []), times.get("Values", []), strict=True)
        if now - at < 2 * RECENT
    ]
    return Reading(now, round(sum(requests)), round(sum(errors)), recent[0] if recent else None)


def _values(results: Mapping[str, Mapping[str, Any]], name: str) -> Sequence[float]:
    values: Sequence[float] = results.get(name, {}).get("Values", [])
    return values
