"""Tests: per day and in all, related to people and to cases."""

from collections.abc import Iterator

from analytics.rules.measures.measure import ETL, SUFFIXES, Interval, Measure
from analytics.rules.measures.profiles import Profile
from analytics.rules.measures.topics.expressions import half_even, interpolated, relative

LONGEST_GAP_DAYS = 21
_UNITS = "tests, people or samples: tests_units says which"
_NEGATIVES = "given as reported; a negative mean is NULL"


def measures() -> Iterator[Measure]:
    """Will give tests and what they say of the cases."""
    smoothed = (
        "mean over 7 days of the daily change of total_tests, straight lines between its values; of new_tests where a"
        " place reports no total; gaps over 21 days are cut out; whole, half-even"
    )
    rows: tuple[tuple[str, str, str, Interval, int | None], ...] = (
        ("new_tests", "New tests", "as reported", "daily", None),
        ("new_tests_smoothed", "New tests, 7-day mean", smoothed, "7-day", 7),
        ("total_tests", "Total tests", "as reported", "cumulative", None),
    )
    for name, label, formula, interval, window_days in rows:
        absolute = Measure(
            name, label, _UNITS, "tests", formula, family="new_tests", window_days=window_days,
            interval=interval, nulls="NULL where nothing is reported or a mean lacks a day",
            negatives=_NEGATIVES,
        )  # fmt: skip
        yield absolute
        yield absolute.related("per thousand")
    yield Measure(
        "positive_rate", "Positive rate", "share from 0 to 1; under owid-etl %", "tests",
        "the country's official rate where it is known, otherwise new_cases_smoothed / new_tests_smoothed, 3 decimals;"
        " under owid-etl 100 * that, and a mean over 7 days of it",
        window_days=7, interval="7-day", nulls="NULL without cases and tests; above 1, before owid-etl",
        negatives="a negative mean of cases gives NULL", decimals=3,
    )  # fmt: skip
    yield Measure(
        "tests_per_case", "Tests per case", "tests", "tests",
        "1 / official rate, otherwise new_tests_smoothed / new_cases_smoothed, 1 decimal;"
        " under owid-etl the mean over 7 days of it, so it isn't the inverse of positive_rate",
        window_days=7, interval="7-day", nulls="NULL without tests or with no case",
        negatives="a negative mean of cases gives NULL", decimals=1,
    )  # fmt: skip


def definitions(profile: Profile) -> dict[str, str]:
    """Will give the SQL of each column, and of those that they are made from."""
    return {
        "new_tests": "given_new_tests",
        "total_tests": "given_total_tests",
        "reported_tests": "CASE WHEN has_total_tests THEN given_total_tests ELSE given_new_tests END",
        **interpolated("tests", given="reported_tests", longest_gap_days=LONGEST_GAP_DAYS),
        "is_tested": "whole_tests IS NOT NULL",
        "daily_tests": "CASE WHEN has_total_tests THEN whole_tests - lag(whole_tests) OVER by_day"
        " ELSE 1e0 * given_new_tests END",
        # So that a half is a half on every engine, whatever the order of summing left of it.
        "mean_new_tests": "CASE WHEN count(daily_tests) OVER tested_7 = 7"
        " THEN round(avg(daily_tests) OVER tested_7, 6) END",
        "new_tests_smoothed": f"CASE WHEN mean_new_tests >= -5e-1 THEN {half_even('mean_new_tests')} END",
        **{
            f"{name}{SUFFIXES['per thousand']}": relative(name, "per thousand", profile.decimals)
            for name in ("new_tests", "new_tests_smoothed", "total_tests")
        },
        **(_rates_twice_smoothed() if profile.name == ETL else _rates()),
    }


def _rates() -> dict[str, str]:
    rate = "new_cases_smoothed / nullif(new_tests_smoothed, 0e0)"
    return {
        "computed_rate": f"CASE WHEN {rate} BETWEEN 0e0 AND 1e0 THEN round({rate}, 3) END",
        "positive_rate": "coalesce(given_official_positive_rate, computed_rate)",
        "tests_per_case": "round(coalesce(1e0 / nullif(given_official_positive_rate, 0e0),"
        " CASE WHEN computed_rate IS NOT NULL THEN new_tests_smoothed / nullif(new_cases_smoothed, 0e0) END), 1)",
    }


def _rates_twice_smoothed() -> dict[str, str]:
    return {
        "daily_rate": "100e0 * new_cases_smoothed / nullif(new_tests_smoothed, 0e0)",
        "daily_tests_per_case": "new_tests_smoothed / nullif(new_cases_smoothed, 0e0)",
        "positive_rate": "avg(daily_rate) OVER last_7",
        "tests_per_case": "avg(daily_tests_per_case) OVER last_7",
    }
