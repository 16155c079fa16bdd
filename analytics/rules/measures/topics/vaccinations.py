"""Vaccinations: doses, people and boosters; the reported totals, and the daily numbers between them."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from analytics.rules.measures.measure import ETL, OWID_2020, SUFFIXES, Measure, Relative
from analytics.rules.measures.profiles import Profile
from analytics.rules.measures.topics.expressions import half_even, interpolated, relative, rounded

TOTALS: Mapping[str, str] = MappingProxyType(
    {
        "total_vaccinations": "Doses given",
        "people_vaccinated": "People with at least one dose",
        "people_fully_vaccinated": "People with the first course complete",
        "total_boosters": "Boosters given",
    }
)
# The daily number of each total that has one, and what it is related to.
DAILY: Mapping[str, tuple[str, Relative]] = MappingProxyType(
    {
        "new_vaccinations": ("total_vaccinations", "per million"),
        "new_people_vaccinated": ("people_vaccinated", "per hundred"),
    }
)
_NULLS = "NULL where nothing is reported"
_LINES = "straight lines stand between reported totals, nothing before the first and after the last"
_NEGATIVES = "as reported: a total may fall, and its daily number is then negative"


def measures() -> Iterator[Measure]:
    """Will give doses and people, in all, per day, and related to the people."""
    for name, label in TOTALS.items():
        family = next((new for new, (total, _) in DAILY.items() if total == name), name)
        total = Measure(
            name, label, "doses" if "people" not in name else "people", "vaccinations", "as reported", family=family,
            interval="cumulative", nulls=_NULLS, negatives=_NEGATIVES,
        )  # fmt: skip
        yield total
        yield total.related("per hundred")
    for name, (of, to) in DAILY.items():
        smoothed = Measure(
            f"{name}_smoothed", f"{TOTALS[of]}, per day, 7-day mean", "people" if "people" in name else "doses",
            "vaccinations", f"mean over 7 days of the daily change of {of}; {_LINES}; whole before owid-etl",
            family=name, window_days=7, interval="7-day", nulls=f"{_NULLS}; the mean takes the days that there are",
            negatives=_NEGATIVES,
        )  # fmt: skip
        yield smoothed
        yield smoothed.related(to)
    yield Measure(
        "new_vaccinations", "Doses given per day", "doses", "vaccinations",
        "total_vaccinations less that of the day before", family="new_vaccinations",
        nulls="NULL unless both days are reported", negatives=_NEGATIVES,
    )  # fmt: skip
    yield Measure(
        "people_unvaccinated", "People without a dose", "people", "vaccinations",
        "population - people_vaccinated, not below 0; the population is the place's one figure, not a daily one",
        interval="cumulative", nulls=_NULLS, negatives="0 where more people are vaccinated than live there",
    )  # fmt: skip


def definitions(profile: Profile) -> dict[str, str]:
    """Will give the SQL of each column, and of those that they are made from."""
    made = {
        "new_vaccinations": "given_total_vaccinations - lag(given_total_vaccinations) OVER by_day",
        "people_unvaccinated": "CASE WHEN people_vaccinated > population THEN 0"
        " ELSE population - people_vaccinated END",
    }
    for name in TOTALS:
        made |= {name: f"given_{name}", f"{name}_per_hundred": _related(name, "per hundred", profile)}
    for name, (of, to) in DAILY.items():
        mean = f"mean_{name}"
        made |= interpolated(of, given=f"given_{of}") | {
            f"daily_{of}": f"whole_{of} - lag(whole_{of}) OVER by_day",
            mean: rounded(f"avg(daily_{of}) OVER last_7", None if profile.name == ETL else 6),
            f"{name}_smoothed": mean if profile.name == ETL else half_even(mean),
            f"{name}_smoothed{SUFFIXES[to]}": _related(f"{name}_smoothed", to, profile),
        }
    return made


def _related(name: str, to: Relative, profile: Profile) -> str:
    # They rounded these their own way: doses per million whole, the rest to 2 decimals from 2021 on.
    if profile.name == ETL:
        return relative(name, to, None)
    decimals = 0 if to == "per million" else 3 if profile.name == OWID_2020 else 2
    return relative(name, to, decimals)
