"""A chart in words, and the table of its latest values: what the picture says, for those who don't see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analytics.insights import words
from analytics.insights.charts import Point
from analytics.insights.facts import Facts
from analytics.rules.measures import formulas
from analytics.rules.measures.measure import Measure

LATEST_DAYS = 14


@dataclass(frozen=True)
class LatestDay:
    """A row of the table under a chart."""

    date: date
    new_cases: str
    cases_mean: str
    new_deaths: str
    deaths_mean: str


def lead(facts: Facts) -> str:
    """This function will say in a sentence how a place stands."""
    cases = _average("new cases", facts.cases_mean, facts.cases_change)
    deaths = _average("deaths", facts.deaths_mean, facts.deaths_change)
    name = "the world" if facts.kind == "world" else facts.name
    return f"In the 7 days to {words.day(facts.date)}, {name} counted {cases}, and {deaths}."


def _average(what: str, mean: float | None, change: float | None) -> str:
    if mean is None:
        return f"too few days of {what} for an average"
    return f"{words.short(mean)} {what} a day, {words.change(change)}"


def highest(listed: Sequence[tuple[str, str, date, float]], measure: Measure) -> str:
    """Will say which countries stand highest, each on its last day with a value; `listed` is highest first."""
    if not listed:
        return f"This snapshot has no values of “{measure.label}”."
    _, name, day, value = listed[0]
    told = f"{name} stood highest at the last report, {value:,.{measure.decimals}f} {measure.unit} on {words.day(day)}"
    others = [other for _, other, _, _ in listed[1:3]]
    return f"{told}{', before ' + ' and '.join(others) if others else ''}."


def latest(points: Sequence[Point], population: int | None) -> list[LatestDay]:
    """This function will give the last days, newest first; for each million people if a `population` is given."""

    def show(value: float | None) -> str:
        return words.exact(formulas.per_million(value, population) if population else value)

    return [
        LatestDay(
            point.date, show(point.new_cases), show(point.cases_mean), show(point.new_deaths), show(point.deaths_mean)
        )
        for point in points[: -LATEST_DAYS - 1 : -1]
    ]
