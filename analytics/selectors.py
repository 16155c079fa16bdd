"""Reads from the snapshot that serves. What doesn't change within a snapshot is computed once and kept with it."""

from datetime import UTC, date
from pathlib import Path
from typing import Any

import numpy as np

from analytics.engines import duckdb
from analytics.engines.duckdb import EngineError, Lake
from analytics.insights import charts
from analytics.insights.charts import Point
from analytics.insights.comparison import Ask, Series
from analytics.insights.corrections import TakenBack
from analytics.insights.facts import Facts
from analytics.insights.overview import sparklines
from analytics.rules.measures.catalog import MEASURES
from analytics.rules.measures.measure import Measure
from analytics.rules.snapshot import Snapshot

SPARK_DAYS = 120

_SNAPSHOT = """
SELECT dataset, revision, source, origin, raw_digests, imported_at, "rows", places, first_date, last_date, licence,
    profile, population_source, is_sample, compared, mismatches
FROM snapshot
"""
_IMPORTED_AT = 5

# A place's last day is the last one with a count of cases: files often end with a day that few have reported yet.
_FACTS = """
WITH last AS (
    SELECT iso, coalesce(max(date) FILTER (new_cases IS NOT NULL), max(date)) AS date FROM measures GROUP BY iso
), reporting AS (
    SELECT count(DISTINCT iso) FILTER (date > (SELECT date - 7 FROM last WHERE iso = 'OWID_WRL')
        AND date <= (SELECT date FROM last WHERE iso = 'OWID_WRL') AND new_cases IS NOT NULL) AS reporting,
        count(DISTINCT iso) AS countries
    FROM measures JOIN places USING (iso) WHERE kind = 'country'
)
SELECT p.iso, p.name, p.kind, p.continent, p.population, d.date,
    d.total_cases, d.new_cases, d.new_cases_smoothed, w.new_cases_smoothed,
    d.total_deaths, d.new_deaths, d.new_deaths_smoothed, w.new_deaths_smoothed, r.reporting, r.countries
FROM last
JOIN measures d ON d.iso = last.iso AND d.date = last.date
JOIN places p ON p.iso = last.iso
LEFT JOIN measures w ON w.iso = last.iso AND w.date = last.date - 7
CROSS JOIN reporting r
ORDER BY p.name
"""

_POINTS = """
SELECT date, new_cases, new_cases_smoothed, new_deaths, new_deaths_smoothed FROM measures WHERE iso = ? ORDER BY date
"""

_SPARKS = """
SELECT iso, list(new_cases_smoothed ORDER BY date) FROM measures
WHERE date > (SELECT max(date) FROM measures) - CAST(? AS INTEGER) GROUP BY iso
"""


def lake(pointer: Path) -> Lake:
    """This function will open the snapshot that `pointer` leads to.

    Raises EngineError if there is none or it can't be read.
    """
    return duckdb.open_lake(pointer)


def snapshot(lake: Lake) -> Snapshot:
    """This function will give what the snapshot says of itself.

    Raises EngineError if the file isn't a snapshot.
    """

    def read() -> Snapshot:
        rows = lake.rows(_SNAPSHOT)
        if len(rows) != 1:
            raise EngineError(f"{lake.path.name} doesn't say which snapshot it is")
        values = list(rows[0])
        values[_IMPORTED_AT] = values[_IMPORTED_AT].replace(tzinfo=UTC)
        return Snapshot(*values)

    return lake.keep("snapshot", read)


def serving(pointer: Path) -> Snapshot | None:
    """This function will say which snapshot serves, None if there is none that can be read."""
    try:
        return snapshot(lake(pointer))
    except EngineError:
        return None


def check(lake: Lake) -> None:
    """This function will read the file once more, past everything that is kept.

    Raises EngineError if it can no longer be read.
    """
    lake.rows("SELECT revision, (SELECT max(date) FROM measures) FROM snapshot")


def everywhere(lake: Lake) -> dict[str, Facts]:
    """This function will give what is known of each place, by its code, in the order of names."""
    return lake.keep("facts", lambda: {row[0]: Facts(*row) for row in lake.rows(_FACTS)})


def columns(lake: Lake) -> frozenset[str]:
    """Will name the measures that the snapshot has a value of somewhere."""

    def read() -> frozenset[str]:
        listed = lake.rows("SELECT column_name FROM duckdb_columns() WHERE table_name = 'measures'")
        names = [name for (name,) in listed if name in MEASURES]
        counted = lake.rows(f"SELECT {', '.join(f'count({name})' for name in names)} FROM measures")  # noqa: S608
        return frozenset(name for name, count in zip(names, counted[0], strict=True) if count)

    return lake.keep("columns", read)


def series(lake: Lake, ask: Ask) -> Series:
    """Will give the values of one measure for some places, as a grid of places by days without gaps."""
    name = ask.measure.name if ask.measure.name in columns(lake) else "CAST(NULL AS DOUBLE)"
    whole = snapshot(lake)
    first = max(ask.first or date.min, whole.first_date or date.min)
    last = min(ask.last or date.max, whole.last_date or date.max)
    # Places by number: a code for each of 70,000 rows would take as long to hand over as the query itself.
    found = lake.arrays(
        "WITH asked AS (SELECT unnest(?::VARCHAR[]) AS iso, unnest(range(?))::INT AS place) "  # noqa: S608
        f"SELECT place, date_diff('day', CAST(? AS DATE), date)::INT AS day, CAST({name} AS DOUBLE) AS value "
        "FROM measures JOIN asked USING (iso) WHERE date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)",
        [ask.places, len(ask.places), first.isoformat(), first.isoformat(), last.isoformat()],
    )
    days = max((last - first).days + 1, 1)
    values = np.full((len(ask.places), days), np.nan)
    values[found["place"], found["day"]] = np.ma.filled(found["value"], np.nan)
    return Series(first, values, _starts(lake, ask, first))


def _starts(lake: Lake, ask: Ask, first: date) -> tuple[int | None, ...]:
    """On which day of the grid each place had so many cases; before it began there is a negative one."""
    if not ask.align_at:
        return (None,) * len(ask.places)
    sql = "SELECT iso, min(date) FROM measures WHERE total_cases >= ? GROUP BY iso"
    reached = lake.keep(("reached", ask.align_at), lambda: dict(lake.rows(sql, [ask.align_at])))
    return tuple((reached[iso] - first).days if iso in reached else None for iso in ask.places)


def behind(lake: Lake, measure: Measure, iso: str, on: date) -> list[dict[str, Any]]:
    """Will give the rows that one point of a chart is made of: its inputs on the days of its window, oldest first."""
    there = columns(lake)
    names = [name for name in dict.fromkeys((*measure.inputs, measure.name)) if name in there]
    days = max(measure.window_days or 1, 1)
    listed = ", ".join(["date", *names])
    rows = lake.rows(
        f"SELECT {listed} FROM measures WHERE iso = ? AND date > CAST(? AS DATE) - CAST(? AS INTEGER) "  # noqa: S608
        "AND date <= CAST(? AS DATE) ORDER BY date",
        [iso, on.isoformat(), days, on.isoformat()],
    )
    return [dict(zip(("date", *names), row, strict=True)) for row in rows]


def taken_back(lake: Lake, ask: Ask) -> list[TakenBack]:
    """Will give the days on which the count behind a measure is below zero, the lowest first; none without a count."""
    made_of = (*ask.measure.inputs, ask.measure.name)
    count = next((name for name in made_of if name.startswith("new_") and name in columns(lake)), None)
    if count is None:
        return []
    marks = ", ".join("?" for _ in ask.places)
    found = lake.rows(
        f"SELECT iso, date, {count} FROM measures WHERE iso IN ({marks}) AND {count} < 0 "  # noqa: S608
        "AND date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE) ORDER BY 3, 2, 1",
        [*ask.places, (ask.first or date.min).isoformat(), (ask.last or date.max).isoformat()],
    )
    return [TakenBack(ask.places.index(iso), on, value) for iso, on, value in found]


def highest(lake: Lake, name: str, *, count: int = 12) -> list[tuple[str, str, date, float]]:
    """Will give the countries with the highest value on their last day with one, as code, name, day and value."""
    if name not in columns(lake):
        return []
    sql = (
        f"SELECT iso, any_value(name), max(date), max_by({name}, date) AS value FROM measures JOIN places USING (iso) "  # noqa: S608
        f"WHERE kind = 'country' AND {name} IS NOT NULL GROUP BY iso ORDER BY value DESC, iso LIMIT {count:d}"
    )
    return lake.keep(("highest", name, count), lambda: lake.rows(sql))


def parity(lake: Lake) -> list[tuple[Any, ...]]:
    """Will give, measure by measure, how many values were compared with the published ones, and how many differ."""
    sql = "SELECT measure, compared, mismatches, only_ours, iso, date, ours, theirs FROM parity ORDER BY measure"
    return lake.keep("parity", lambda: lake.rows(sql))


def points(lake: Lake, iso: str) -> list[Point]:
    """This function will give a place's days, oldest first."""
    return [Point(*row) for row in lake.rows(_POINTS, [iso])]


def chart(lake: Lake, facts: Facts) -> bytes:
    """This function will give the finished bytes of a place's chart."""
    return lake.keep(
        ("chart", facts.iso), lambda: charts.series(facts, points(lake, facts.iso), snapshot(lake).revision)
    )


def sparks(lake: Lake) -> dict[str, str]:
    """This function will give each place's small line of the last months."""
    return lake.keep("sparks", lambda: {iso: sparklines.path(means) for iso, means in lake.rows(_SPARKS, [SPARK_DAYS])})
