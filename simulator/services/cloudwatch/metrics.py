"""The data points: a bucket for each metric and minute, and the statistics over some of them."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.operations import AwsError, Context
from simulator.world import WORLD

MINUTE = timedelta(minutes=1)
Series = dict[datetime, float]
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")


@dataclass(frozen=True)
class Metric:
    """What a number is of. CloudWatch holds metrics with other dimensions to be other metrics."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def read(cls, asked: Mapping[str, Any], context: Context) -> "Metric":
        """Will read the members Namespace, MetricName and Dimensions of a request."""
        pairs = frozenset((one["Name"], one["Value"]) for one in asked.get("Dimensions") or [])
        return cls(context.account, context.region, asked["Namespace"], asked["MetricName"], pairs)

    def described(self) -> dict[str, Any]:
        """Will describe it as ListMetrics does."""
        dimensions = [{"Name": name, "Value": value} for name, value in sorted(self.dimensions)]
        return {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}


@dataclass
class Bucket:
    """What was put within one minute, or is looked at together. `values` counts each value, where they are known."""

    count: float = 0.0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    values: Counter[float] = field(default_factory=Counter)

    def add(self, count: float, total: float, low: float, high: float) -> None:
        self.count += count
        self.total += total
        self.low, self.high = min(self.low, low), max(self.high, high)

    def add_value(self, value: float, count: float = 1.0) -> None:
        self.add(count, value * count, value, value)
        self.values[value] += count  # type: ignore[assignment]  # counts may be fractions

    def join(self, other: "Bucket") -> None:
        self.add(other.count, other.total, other.low, other.high)
        self.values.update(other.values)

    def statistic(self, name: str) -> float:
        """Will give Sum, Average, Maximum, Minimum, SampleCount or a percentile such as p99. Raises AwsError."""
        known = {"SampleCount": self.count, "Sum": self.total, "Minimum": self.low, "Maximum": self.high}
        if name in known:
            return known[name]
        if name == "Average":
            return self.total / self.count
        percentile = _PERCENTILE.fullmatch(name)
        if percentile is None:
            raise AwsError("ValidationError", f"The value {name} for parameter Stat is not supported.")
        return self._percentile(float(percentile[1]))

    def _percentile(self, wanted: float) -> float:
        """The nearest rank; CloudWatch's own estimate may differ a little."""
        rank = wanted / 100 * sum(self.values.values())
        for value in sorted(self.values):
            rank -= self.values[value]
            if rank <= 1e-9:
                return value
        return self.high


@dataclass
class Metrics:
    """All data points of all accounts."""

    points: dict[Metric, dict[datetime, Bucket]] = field(default_factory=dict)
    counters: list[Callable[[Context], None]] = field(default_factory=list)

    def count_before_reading(self, counter: Callable[[Context], None]) -> None:
        """Will have `counter` put what stands now, whenever metrics are read."""
        self.counters.append(counter)

    def count(self, context: Context) -> None:
        """Will put what the counters count."""
        for counter in self.counters:
            counter(context)

    def put(self, metric: Metric, at: datetime, values: Iterable[tuple[float, float]]) -> None:
        """Will add values with their counts to the minute of `at`."""
        bucket = self.bucket(metric, at)
        for value, count in values:
            bucket.add_value(value, count)

    def bucket(self, metric: Metric, at: datetime) -> Bucket:
        """Will give the bucket of the minute of `at`."""
        return self.points.setdefault(metric, {}).setdefault(floor(at, MINUTE), Bucket())

    def has(self, metric: Metric) -> bool:
        return metric in self.points

    def total(self, metric: Metric, start: datetime, end: datetime) -> Bucket | None:
        """Will give everything from `start` up to `end`; None where nothing was put."""
        minutes = self.points.get(metric, {})
        inside = [one for at, one in minutes.items() if start <= at < end]
        if not inside:
            return None
        joined = Bucket()
        for one in inside:
            joined.join(one)
        return joined

    def series(self, metric: Metric, grid: Sequence[datetime], period: timedelta, statistic: str) -> Series:
        """Will give the statistic of each period of the grid that has data."""
        totals = {at: self.total(metric, at, at + period) for at in grid}
        return {at: one.statistic(statistic) for at, one in totals.items() if one is not None}


METRICS = Metrics()


def floor(moment: datetime, step: timedelta) -> datetime:
    """Will give the last whole `step`, counted from 1970, at or before `moment`."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = step.total_seconds()
    return datetime.fromtimestamp(aware.timestamp() // seconds * seconds, UTC)


def grid_of(start: datetime, end: datetime, period: timedelta, align: timedelta | None = None) -> list[datetime]:
    """Will give the starts of the periods between, the first on a whole `align`, by default a whole period.

    That GetMetricData aligns to whole periods is not documented: our reading.
    """
    first, last = floor(start, align or period), end if end.tzinfo else end.replace(tzinfo=UTC)
    return [first + number * period for number in range(max(0, math.ceil((last - first) / period)))]


@WORLD.on_reset
def _empty() -> None:
    METRICS.points.clear()
