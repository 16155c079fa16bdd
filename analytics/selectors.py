"""Reads from the snapshot that serves. What doesn't change within a snapshot is computed once and kept with it."""

from datetime import UTC
from pathlib import Path

from analytics.engines import duckdb
from analytics.engines.duckdb import EngineError, Lake
from analytics.insights import charts, sparklines
from analytics.insights.charts import Point
from analytics.insights.facts import Facts
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
