"""The sample: made-up numbers for real countries, in the columns of Our World in Data's file, for a first look.

Nothing in it is a count of anyone. Every page that shows it says so.
"""

import csv
import hashlib
import math
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from analytics.rules.measures import formulas
from analytics.rules.progress import Progress
from analytics.rules.records import CONTINENTS, WORLD, Place
from analytics.sources import places
from analytics.sources.base import Raw, Revision
from analytics.sources.part import known_by, refuse_other

FIRST_DAY = date(2020, 2, 1)
DAYS = 913
SEED = 20200311
COUNTRIES = (
    "Argentina", "Australia", "Brazil", "Canada", "Chile", "Colombia", "Denmark", "Egypt", "Ethiopia", "Fiji",
    "France", "Germany", "Ghana", "India", "Indonesia", "Italy", "Japan", "Kenya", "Mexico", "Morocco",
    "New Zealand", "Nigeria", "Norway", "Peru", "Philippines", "Poland", "South Africa", "South Korea", "Spain",
    "Turkey", "United Kingdom", "United States", "Vietnam",
)  # fmt: skip
# The columns of Our World in Data's file of December 2020; those that the sample doesn't fill stay empty.
COLUMNS = (
    "iso_code", "continent", "location", "date", "total_cases", "new_cases", "new_cases_smoothed", "total_deaths",
    "new_deaths", "new_deaths_smoothed", "total_cases_per_million", "new_cases_per_million",
    "new_cases_smoothed_per_million", "total_deaths_per_million", "new_deaths_per_million",
    "new_deaths_smoothed_per_million", "reproduction_rate", "icu_patients", "icu_patients_per_million",
    "hosp_patients", "hosp_patients_per_million", "weekly_icu_admissions", "weekly_icu_admissions_per_million",
    "weekly_hosp_admissions", "weekly_hosp_admissions_per_million", "new_tests", "total_tests",
    "total_tests_per_thousand", "new_tests_per_thousand", "new_tests_smoothed", "new_tests_smoothed_per_thousand",
    "positive_rate", "tests_per_case", "tests_units", "total_vaccinations", "total_vaccinations_per_hundred",
    "stringency_index", "population", "population_density", "median_age", "aged_65_older", "aged_70_older",
    "gdp_per_capita", "extreme_poverty", "cardiovasc_death_rate", "diabetes_prevalence", "female_smokers",
    "male_smokers", "handwashing_facilities", "hospital_beds_per_thousand", "life_expectancy",
    "human_development_index",
)  # fmt: skip
# Monday to Sunday: offices report less on weekends and catch up after.
WEEK = (0.86, 1.10, 1.18, 1.16, 1.12, 0.92, 0.66)

Counts = list[int]


class SampleSource:
    """Promises of `Source`, for made-up data: the same bytes each time."""

    def revisions(self) -> tuple[Revision, ...]:
        """Will give the one that there is."""
        return (Revision(known_by("sample", SEED, DAYS)),)

    def fetch(self, revision: Revision, into: Path, progress: Progress) -> tuple[Raw, ...]:
        """Will write the sample as a CSV file."""
        refuse_other(revision.id, self.revisions()[0].id, "The sample")
        target = into / "sample.csv"
        progress("generating", 0, None)
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for place, cases, deaths in _everywhere():
                writer.writerows(_rows(place, cases, deaths))
        content = target.read_bytes()
        progress("generating", len(content), len(content))
        return (Raw(target, target.name, "generated", hashlib.sha256(content).hexdigest(), len(content)),)


def _everywhere() -> Iterator[tuple[Place, Counts, Counts]]:
    made = [(places.known()[name], *_country(places.known()[name])) for name in COUNTRIES]
    for continent, iso in CONTINENTS.items():
        of_it = [entry for entry in made if entry[0].continent == continent]
        yield _sum(Place(iso, continent, "continent", "", None), of_it)
    yield from made
    yield _sum(Place(WORLD, "World", "world", "", None), made)


def _sum(place: Place, parts: list[tuple[Place, Counts, Counts]]) -> tuple[Place, Counts, Counts]:
    people = sum(part[0].population or 0 for part in parts)
    cases = [sum(day) for day in zip(*(part[1] for part in parts), strict=True)]
    deaths = [sum(day) for day in zip(*(part[2] for part in parts), strict=True)]
    return Place(place.iso, place.name, place.kind, place.continent, people), cases, deaths


def _country(place: Place) -> tuple[Counts, Counts]:
    chance = random.Random(f"{SEED}{place.iso}")  # noqa: S311  # plausible, not secret
    people = place.population or 0
    start = chance.randint(5, 60)
    waves = [
        (start + chance.uniform(40, 75) + 128 * index + chance.uniform(-28, 28), chance.uniform(16, 32), height)
        for index, height in enumerate(chance.uniform(0.3, 1) * scale for scale in (18, 45, 75, 90, 110, 330, 120))
    ]
    fatality = chance.uniform(0.008, 0.02)
    wave = [
        sum(height * math.exp(-(((day - peak) / width) ** 2)) for peak, width, height in waves) for day in range(DAYS)
    ]
    cases, deaths = [], []
    for day in range(DAYS):
        weekday = WEEK[(FIRST_DAY + timedelta(days=day)).weekday()]
        noise = chance.gauss(1, 0.07)
        expected = 0.0 if day < start else (wave[day] + 0.4) * people / 1e6 * weekday * max(noise, 0.3)
        # Deaths follow cases by about 18 days, and grow rarer as vaccines arrive.
        lagged = wave[day - 18] + 0.2 if day >= start + 18 else 0.0
        rarer = 1 - 0.8 / (1 + math.exp(-(day - 450) / 50))
        lost = lagged * people / 1e6 * fatality * rarer * weekday * max(chance.gauss(1, 0.1), 0.2)
        cases.append(int(expected + chance.random()) if day >= start else 0)
        deaths.append(int(lost + chance.random()) if lagged else 0)
    return cases, deaths


def _rows(place: Place, cases: Counts, deaths: Counts) -> Iterator[list[object]]:
    # A place's rows begin with its first case, and so does the window of its averages.
    first = next(day for day, count in enumerate(cases) if count)
    means = (formulas.mean(cases[first:]), formulas.mean(deaths[first:]))
    total_cases = total_deaths = 0
    blank = [""] * len(COLUMNS)
    population = COLUMNS.index("population")
    for day in range(first, DAYS):
        total_cases += cases[day]
        total_deaths += deaths[day]
        six = (total_cases, cases[day], means[0][day - first], total_deaths, deaths[day], means[1][day - first])
        per_million = (formulas.per_million(value, place.population) for value in six)
        row: list[object] = list(blank)
        row[0:4] = place.iso, place.continent, place.name, (FIRST_DAY + timedelta(days=day)).isoformat()
        row[4:10] = six
        row[10:16] = ["" if value is None else round(value, 3) for value in per_million]
        row[population] = place.population
        yield row
