"""A place's series as the bytes that the page's chart reads: one axis as start and length, whole numbers, no dates."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import orjson

from analytics.insights.facts import Facts


class Point(NamedTuple):
    """One day of a place."""

    date: date
    new_cases: int | None
    cases_mean: float | None
    new_deaths: int | None
    deaths_mean: float | None


def series(facts: Facts, points: Sequence[Point], revision: str) -> bytes:
    """This function will make the JSON of one place; days without a row are null, so that the axis has no gap."""
    first = points[0].date
    length = (points[-1].date - first).days + 1
    columns: list[list[Any]] = [[None] * length for _ in range(4)]
    for point in points:
        at = (point.date - first).days
        columns[0][at] = point.new_cases
        columns[1][at] = _short(point.cases_mean)
        columns[2][at] = point.new_deaths
        columns[3][at] = _short(point.deaths_mean)
    return orjson.dumps(
        {
            "iso": facts.iso,
            "name": facts.name,
            "population": facts.population,
            "snapshot": revision,
            "x0": first.isoformat(),
            "length": length,
            "cases": {"new": columns[0], "mean": columns[1]},
            "deaths": {"new": columns[2], "mean": columns[3]},
        }
    )


def _short(value: float | None) -> float | int | None:
    # Enough for a line on a screen: 3 figures of a small mean, none after the point of a large one.
    if value is None:
        return None
    return round(value) if abs(value) >= 1000 else round(value, 2)
