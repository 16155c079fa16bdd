"""How an outbreak goes: growth, doubling time, fatality, and days since it began."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from analytics.rules.measures.measure import ETL, Interval, Measure, Topic
from analytics.rules.measures.profiles import Profile
from analytics.rules.measures.topics.counts import COUNTED
from analytics.rules.measures.topics.expressions import half_even

PERIODS: Mapping[Interval, int] = MappingProxyType({"weekly": 7, "biweekly": 14})
DOUBLING_DAYS = (3, 7)
# Column, and the value from which a place's outbreak is counted.
THRESHOLDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "days_since_100_total_cases": ("total_cases", "100"),
        "days_since_5_total_deaths": ("total_deaths", "5"),
        "days_since_1_total_cases_per_million": ("total_cases_per_million", "1e0"),
        "days_since_0_1_total_deaths_per_million": ("total_deaths_per_million", "1e-1"),
    }
)
_RISE_FROM_0 = "NULL where one of the two is missing or the earlier one is 0: a rise from 0 has no percentage"


def measures() -> Iterator[Measure]:
    """Will give growth, doubling time, fatality and days since thresholds."""
    for topic, counted in COUNTED.items():
        for word, days in PERIODS.items():
            yield Measure(
                f"{word}_pct_growth_{topic}", f"{word.capitalize()} growth of {counted}", "%", "growth",
                f"100 * (sum of new_{topic} over {days} days / the sum over the {days} days before - 1);"
                " under owid-etl rounded half-even to 0.1 %",
                family=f"growth_{topic}", window_days=2 * days, interval=word, nulls=_RISE_FROM_0,
                negatives="a correction is in the sums as in new counts", decimals=1,
            )  # fmt: skip
        for days in DOUBLING_DAYS:
            yield Measure(
                f"doubling_days_total_{topic}_{days}_day_period", f"Doubling time of {counted}, over {days} days",
                "days", "growth",
                f"{days} * ln 2 / ln(total_{topic} / total_{topic} {days} days before), 2 decimals",
                window_days=days, nulls="NULL where a total is missing or 0, or where it didn't change",
                negatives="negative where the total fell: it halves rather than doubles", decimals=1,
            )  # fmt: skip
    yield from _fatalities()
    for name, (column, least) in THRESHOLDS.items():
        yield Measure(
            name, f"Days since {column.replace('_', ' ')} reached {float(least):g}", "days", "outbreak",
            f"days from the first day with {column} ≥ {float(least):g}", nulls="NULL before that day",
            negatives="a total that falls below again doesn't set it back",
        )  # fmt: skip


def definitions(profile: Profile) -> dict[str, str]:
    """Will give the SQL of each column, and of those that they are made from."""
    made = _fatality(profile)
    for topic in COUNTED:
        for word, days in PERIODS.items():
            made |= _growth(topic, word, days, profile)
        for days in DOUBLING_DAYS:
            made |= _doubling(topic, days)
    for name, (column, least) in THRESHOLDS.items():
        made[f"{name}_from"] = f"min(CASE WHEN {column} >= {least} THEN date END) OVER so_far"
        made[name] = f"date_diff('day', {name}_from, date)"
    return made


def _fatalities() -> Iterator[Measure]:
    for name, label, formula, nulls in (
        ("cfr", "Case fatality", "100 * total_deaths / total_cases", "NULL without a total, or with no case"),
        ("cfr_100_cases", "Case fatality from 100 cases", "cfr where total_cases ≥ 100", "NULL below 100 cases"),
        (
            "cfr_short_term",
            "Case fatality, short-term",
            "100 * new_deaths_smoothed / new_cases_smoothed of 10 days before (13 before owid-etl)",
            "NULL without both means, or with no case; under owid-etl also before 2020-09-01, below 0 and above 10 %",
        ),
    ):
        yield Measure(
            name, label, "%", "fatality", formula, nulls=nulls, decimals=2,
            window_days=7 if name == "cfr_short_term" else None,
            interval="7-day" if name == "cfr_short_term" else "cumulative",
            negatives="totals as reported; means as in new counts",
        )  # fmt: skip


def _fatality(profile: Profile) -> dict[str, str]:
    before = f"lag(mean_new_cases, {profile.fatality_lag_days}) OVER by_day"
    believed = "date >= DATE '2020-09-01' AND fatality_then BETWEEN 0e0 AND 10e0"
    return {
        "cfr": "100e0 * total_deaths / nullif(total_cases, 0)",
        "cfr_100_cases": "CASE WHEN total_cases >= 100 THEN cfr END",
        "fatality_then": f"100e0 * mean_new_deaths / nullif({before}, 0e0)",
        "cfr_short_term": f"CASE WHEN {believed} THEN fatality_then END" if profile.name == ETL else "fatality_then",
    }


def _growth(topic: Topic, word: str, days: int, profile: Profile) -> dict[str, str]:
    summed, thousandths = f"{word}_sum_{topic}", f"{word}_thousandths_{topic}"
    before = f"nullif(lag({summed}, {days}) OVER by_day, 0)"
    grown = f"1e0 * {summed} / {before} - 1e0"
    if profile.name != ETL:
        return {f"{word}_pct_growth_{topic}": f"100e0 * ({grown})"}
    return {
        thousandths: f"1e3 * ({grown})",
        f"{word}_pct_growth_{topic}": f"({half_even(thousandths)}) / 1e1",
    }


def _doubling(topic: Topic, days: int) -> dict[str, str]:
    total, ratio = f"total_{topic}", f"ratio_{days}_{topic}"
    name = f"doubling_days_{total}_{days}_day_period"
    return {
        ratio: f"1e0 * nullif({total}, 0) / nullif(lag({total}, {days}) OVER by_day, 0)",
        name: f"CASE WHEN {ratio} > 0e0 AND {ratio} <> 1e0 THEN round({days}e0 * ln(2e0) / ln({ratio}), 2) END",
    }
