"""Putting metrics, and reading them with statistics and mathematics."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from simulator.operations import AwsError, Context, operation
from simulator.services.cloudwatch.expressions import Evaluation
from simulator.services.cloudwatch.metrics import METRICS, Metric, Series, grid_of
from simulator.world import WORLD

# API reference, GetMetricData: queries of one request, and data points of one page.
MOST_QUERIES = 500
MOST_POINTS = 100_800
LIST_PAGE = 500

Query = Mapping[str, Any]


def results_of(
    queries: Sequence[Query], start: datetime, end: datetime, context: Context, *, align: timedelta | None = None
) -> dict[str, Series]:
    """Will give each query's time series by its id, its periods aligned as `grid_of` says. Raises AwsError."""
    stats = {one["Id"]: one["MetricStat"] for one in queries if one.get("MetricStat")}
    metrics = {id_: _measured(stat, start, end, align, context) for id_, stat in stats.items()}
    periods = [int(one.get("Period") or one.get("MetricStat", {}).get("Period") or 60) for one in queries]
    period = timedelta(seconds=max(periods, default=60))
    grid = grid_of(start, end, period, align)
    series = dict(metrics)
    waiting = [one for one in queries if one.get("Expression")]
    while waiting:
        ready = [one for one in waiting if not _names_any(one, {other["Id"] for other in waiting})]
        if not ready:
            raise AwsError("ValidationError", f"Circular expressions: {', '.join(one['Id'] for one in waiting)}")
        for one in ready:
            evaluation = Evaluation(series, metrics, grid, period.total_seconds())
            series[one["Id"]] = evaluation.evaluate(one["Expression"])
        waiting = [one for one in waiting if one not in ready]
    return series


def _measured(
    stat: Mapping[str, Any], start: datetime, end: datetime, align: timedelta | None, context: Context
) -> Series:
    period = timedelta(seconds=int(stat["Period"]))
    return METRICS.series(
        Metric.read(stat["Metric"], context), grid_of(start, end, period, align), period, stat["Stat"]
    )


def _names_any(query: Query, ids: set[str]) -> bool:
    words = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in query["Expression"]).split()
    return not ids.isdisjoint(words)


@operation("cloudwatch", "GetMetricData")
def _get_metric_data(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    queries = parameters["MetricDataQueries"]
    _check_queries(queries)
    if parameters["StartTime"] >= parameters["EndTime"]:
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    METRICS.count(context)
    found = results_of(queries, parameters["StartTime"], parameters["EndTime"], context)
    is_descending = (parameters.get("ScanBy") or "TimestampDescending") == "TimestampDescending"
    asked = [one for one in queries if one.get("ReturnData") is not False]
    points = [(one, at) for one in asked for at in sorted(found[one["Id"]], reverse=is_descending)]
    most = min(int(parameters.get("MaxDatapoints") or MOST_POINTS), MOST_POINTS)
    first = _offset(parameters.get("NextToken"))
    page = points[first : first + most]
    rest = {one["Id"] for one, _ in points[first + most :]}
    results = [
        _result(one, [at for other, at in page if other is one], found[one["Id"]], is_partial=one["Id"] in rest)
        for one in asked
    ]
    return {"MetricDataResults": results} | ({"NextToken": str(first + most)} if rest else {})


def _check_queries(queries: Sequence[Query]) -> None:
    if len(queries) > MOST_QUERIES:
        message = f"The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}."
        raise AwsError("ValidationError", message)
    ids = [one["Id"] for one in queries]
    if len(set(ids)) != len(ids):
        raise AwsError("ValidationError", "The values for parameter id in MetricDataQueries are not unique.")
    for one in queries:
        if bool(one.get("MetricStat")) == bool(one.get("Expression")):
            message = f"Exactly one of MetricStat and Expression is wanted in the query {one['Id']}."
            raise AwsError("ValidationError", message)
        if not one["Id"][:1].islower():
            message = f"The value {one['Id']} for parameter id must start with a lower case letter."
            raise AwsError("ValidationError", message)


def _offset(token: str | None) -> int:
    if token and not token.isdigit():
        raise AwsError("InvalidNextToken", "The token is not valid.")
    return int(token or 0)


def _result(query: Query, moments: Sequence[datetime], series: Series, *, is_partial: bool) -> dict[str, Any]:
    stat = query.get("MetricStat")
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or (stat["Metric"]["MetricName"] if stat else query["Id"]),
        "Timestamps": list(moments),
        "Values": [series[at] for at in moments],
        "StatusCode": "PartialData" if is_partial else "Complete",
    }


@operation("cloudwatch", "GetMetricStatistics")
def _get_metric_statistics(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    metric = Metric.read(parameters, context)
    period = timedelta(seconds=int(parameters["Period"]))
    points = []
    for at in grid_of(parameters["StartTime"], parameters["EndTime"], period):
        total = METRICS.total(metric, at, at + period)
        if total is None:
            continue
        point: dict[str, Any] = {"Timestamp": at, "Unit": "None"}
        point |= {name: total.statistic(name) for name in parameters.get("Statistics") or []}
        if wanted := parameters.get("ExtendedStatistics"):
            point["ExtendedStatistics"] = {name: total.statistic(name) for name in wanted}
        points.append(point)
    return {"Label": metric.name, "Datapoints": points}


@operation("cloudwatch", "PutMetricData")
def _put_metric_data(parameters: Mapping[str, Any], context: Context) -> None:
    for one in parameters.get("MetricData") or []:
        metric = Metric.read({**one, "Namespace": parameters["Namespace"]}, context)
        at = one.get("Timestamp") or WORLD.now()
        if statistics := one.get("StatisticValues"):
            names = ("SampleCount", "Sum", "Minimum", "Maximum")
            METRICS.bucket(metric, at).add(*(float(statistics[name]) for name in names))
        elif values := one.get("Values"):
            counts = one.get("Counts") or [1.0] * len(values)
            METRICS.put(metric, at, zip(map(float, values), map(float, counts), strict=True))
        else:
            METRICS.put(metric, at, [(float(one["Value"]), 1.0)])


@operation("cloudwatch", "ListMetrics")
def _list_metrics(parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
    found = [one for one in METRICS.points if _is_listed(one, parameters, context)]
    first = _offset(parameters.get("NextToken"))
    listed = [one.described() for one in found[first : first + LIST_PAGE]]
    return {"Metrics": listed} | ({"NextToken": str(first + LIST_PAGE)} if first + LIST_PAGE < len(found) else {})


def _is_listed(metric: Metric, asked: Mapping[str, Any], context: Context) -> bool:
    wanted = [(one["Name"], one.get("Value")) for one in asked.get("Dimensions") or []]
    values = dict(metric.dimensions)
    return (
        (metric.account, metric.region) == (context.account, context.region)
        and metric.namespace == (asked.get("Namespace") or metric.namespace)
        and metric.name == (asked.get("MetricName") or metric.name)
        and all(name in values and value in {None, values[name]} for name, value in wanted)
    )
