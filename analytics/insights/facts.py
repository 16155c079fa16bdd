"""What is known of one place on its last reported day: the numbers behind key figures, lists and sentences."""

from dataclasses import dataclass
from datetime import date

from analytics.rules.measures import formulas
from analytics.rules.records import Kind


@dataclass(frozen=True)
class Facts:
    """One place's last day. `*_week_before` are the 7-day means of seven days earlier."""

    iso: str
    name: str
    kind: Kind
    continent: str
    population: int | None
    date: date
    total_cases: int | None
    new_cases: int | None
    cases_mean: float | None
    cases_mean_week_before: float | None
    total_deaths: int | None
    new_deaths: int | None
    deaths_mean: float | None
    deaths_mean_week_before: float | None
    reporting: int = 0
    countries: int = 0

    @property
    def cases_per_million(self) -> float | None:
        return formulas.per_million(self.cases_mean, self.population)

    @property
    def deaths_per_million(self) -> float | None:
        return formulas.per_million(self.deaths_mean, self.population)

    @property
    def cases_change(self) -> float | None:
        return formulas.weekly_change(self.cases_mean, self.cases_mean_week_before)

    @property
    def deaths_change(self) -> float | None:
        return formulas.weekly_change(self.deaths_mean, self.deaths_mean_week_before)
