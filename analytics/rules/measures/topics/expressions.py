"""Pieces of SQL that several topics need, in words that Athena and DuckDB read the same.

A number stands as 1e0, never 1.0: that would be a decimal in both, and its division is cut at a scale.
"""

from collections.abc import Mapping
from types import MappingProxyType

from analytics.rules.measures.measure import PEOPLE, Relative

# The frames: rows are days, for the calendar has no gaps. All but one share an order, so that one sort serves them.
WINDOWS: Mapping[str, str] = MappingProxyType(
    {
        "by_day": "PARTITION BY iso ORDER BY date",
        "last_7": "PARTITION BY iso ORDER BY date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW",
        "last_14": "PARTITION BY iso ORDER BY date ROWS BETWEEN 13 PRECEDING AND CURRENT ROW",
        "so_far": "PARTITION BY iso ORDER BY date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
        "onward": "PARTITION BY iso ORDER BY date ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
        # The days of long gaps between tests are cut out.
        "tested_7": "PARTITION BY iso, is_tested ORDER BY date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW",
    }
)


def rounded(value: str, decimals: int | None) -> str:
    """Will give the value with so many decimals; as it is where that is None."""
    return value if decimals is None else f"round({value}, {decimals})"


def relative(value: str, to: Relative, decimals: int | None) -> str:
    """Will give the value per so many people; NULL where the population isn't known or 0."""
    return rounded(f"{value} / (nullif(population, 0) / {PEOPLE[to]})", decimals)


def half_even(column: str) -> str:
    """Will give a column's nearest whole number, a half going to the even one as in numpy and R.

    Athena has no such function, and its round() takes a half away from zero.
    """
    over = f"{column} - floor({column})"
    is_up = f"{over} > 5e-1 OR ({over} = 5e-1 AND floor({column}) % 2e0 <> 0e0)"
    return f"floor({column}) + CASE WHEN {is_up} THEN 1e0 ELSE 0e0 END"


def interpolated(name: str, *, given: str, longest_gap_days: int | None = None) -> dict[str, str]:
    """Will give the columns that end in `whole_<name>`: the values of `given`, and straight lines between them.

    Nothing stands before the first and after the last given value, nor inside a gap longer than that.
    """
    known = f"CASE WHEN {given} IS NOT NULL THEN date END"
    gap = f"date_diff('day', {name}_before_at, {name}_after_at)"
    line = f"{name}_before + 1e0 * ({name}_after - {name}_before) * date_diff('day', {name}_before_at, date) / {gap}"
    bound = f" AND {gap} <= {longest_gap_days}" if longest_gap_days else ""
    return {
        f"{name}_before_at": f"max({known}) OVER so_far",
        f"{name}_after_at": f"min({known}) OVER onward",
        f"{name}_before": f"max_by({given}, {known}) OVER so_far",
        f"{name}_after": f"min_by({given}, {known}) OVER onward",
        f"whole_{name}": f"CASE WHEN {given} IS NOT NULL THEN 1e0 * {given} WHEN {gap} > 0{bound} THEN {line} END",
    }
