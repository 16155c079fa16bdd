"""`covid-cases`: what the insights pages read. Here in the form of Our World in Data's file, of each of its years.

Columns and their meaning: covid-19-data, public/data/README.md (the codebook).
"""

from dataclasses import replace

from analytics.rules.datasets.tables import Column, Rule, Table, in_order, once

_CODE = Column(
    "iso_code", "text", "ISO 3166-1 alpha-3, or OWID_ and what Our World in Data adds", is_needed=True,
    pattern="[A-Z]{3}|OWID_[A-Z0-9]{3,4}", pattern_said="isn't a country code of three capital letters",
    must_stand=True, may_lack=("location", "International"), if_empty="'OWID_INT'",
)  # fmt: skip
_PLACES = (
    _CODE,
    Column("continent", "text", "the continent; empty for sums", is_needed=True),
    Column(
        "location", "text", "the place's name", is_needed=True, must_stand=True,
        pattern_said="the name of the place is missing",
    ),
    Column("date", "day", "the day of the report", is_needed=True, must_stand=True),
)  # fmt: skip
# A person may be counted again after a second infection; die only once.
_COUNTS = (
    Column("total_cases", "count", "confirmed cases to date", is_needed=True, of_people=2),
    Column("new_cases", "count", "confirmed cases of the day", is_needed=True, may_fall=True, of_people=1),
    Column("total_deaths", "count", "confirmed deaths to date", is_needed=True, of_people=1),
    Column("new_deaths", "count", "confirmed deaths of the day", is_needed=True, may_fall=True, of_people=1),
)
_POPULATION = Column("population", "count", "people", is_needed=True)
_INPUTS = (
    Column("total_tests", "count", "tests to date; people, samples or tests, see tests_units", most=1e12),
    Column("new_tests", "count", "tests of the day", may_fall=True, most=1e12),
    Column("tests_units", "text", "what a test is in this place's count"),
    Column("total_vaccinations", "count", "doses given to date", most=1e11),
    Column("people_vaccinated", "count", "people with at least one dose"),
    Column("people_fully_vaccinated", "count", "people with all doses of the first course"),
    Column("total_boosters", "count", "booster doses to date", most=1e11),
    Column("hosp_patients", "count", "people in hospital with COVID-19"),
    Column("icu_patients", "count", "people in intensive care with COVID-19"),
    Column("weekly_hosp_admissions", "number", "people newly in hospital within the week"),
    Column("weekly_icu_admissions", "number", "people newly in intensive care within the week"),
    Column("reproduction_rate", "number", "reproduction rate as published (Arroyo-Marioli et al.)"),
    Column("stringency_index", "number", "government response, 0 to 100 (Oxford)"),
    Column("excess_mortality", "number", "deaths above the projected baseline, per cent (P-score)"),
    Column("excess_mortality_cumulative", "number", "the same since 2020, per cent"),
    Column("excess_mortality_cumulative_absolute", "number", "deaths above the projected baseline since 2020"),
)
_ABOUT_PLACES = (
    "population_density", "median_age", "aged_65_older", "aged_70_older", "gdp_per_capita", "extreme_poverty",
    "cardiovasc_death_rate", "diabetes_prevalence", "female_smokers", "male_smokers", "handwashing_facilities",
    "hospital_beds_per_thousand", "life_expectancy", "human_development_index",
)  # fmt: skip
_DERIVED = (
    "new_cases_smoothed", "new_deaths_smoothed", "total_cases_per_million", "new_cases_per_million",
    "new_cases_smoothed_per_million", "total_deaths_per_million", "new_deaths_per_million",
    "new_deaths_smoothed_per_million", "icu_patients_per_million", "hosp_patients_per_million",
    "weekly_icu_admissions_per_million", "weekly_hosp_admissions_per_million", "total_tests_per_thousand",
    "new_tests_per_thousand", "new_tests_smoothed", "new_tests_smoothed_per_thousand", "positive_rate",
    "tests_per_case", "new_vaccinations", "new_vaccinations_smoothed", "total_vaccinations_per_hundred",
    "people_vaccinated_per_hundred",
    "people_fully_vaccinated_per_hundred", "total_boosters_per_hundred", "new_vaccinations_smoothed_per_million",
    "new_people_vaccinated_smoothed", "new_people_vaccinated_smoothed_per_hundred",
    "excess_mortality_cumulative_per_million", "weekly_cases", "weekly_deaths", "biweekly_cases", "biweekly_deaths",
    "weekly_cases_per_million", "weekly_deaths_per_million", "biweekly_cases_per_million",
    "biweekly_deaths_per_million", "weekly_pct_growth_cases", "weekly_pct_growth_deaths",
    "biweekly_pct_growth_cases", "biweekly_pct_growth_deaths", "cfr", "cfr_100_cases", "cfr_short_term",
)  # fmt: skip
_OTHER_NAME = "iso_code || ' is “' || location || '” here and “' || first_location || '” before'"


def _as_in_first_row(column: str, told: str) -> Rule:
    """What is known of a place is the same in each of its rows."""
    first = (
        "SELECT iso_code, arg_min_null(location, row) AS first_location, arg_min_null(population, row) AS "
        "first_population FROM staged GROUP BY iso_code"
    )
    return Rule(
        f"SELECT row, '{column}', {told}, NULL FROM staged JOIN ({first}) USING (iso_code) "
        f"WHERE {column} IS DISTINCT FROM first_{column}"
    )


def _corrected(what: str) -> Rule:
    """A negative day is a country's correction of its total. Anything else negative is a mistake."""
    new, total = f"new_{what}", f"total_{what}"
    before = f"lag({total}) OVER () AS before, lag(iso_code) OVER () AS place_before"
    falls = f"iso_code = place_before AND {total} - before IS NOT DISTINCT FROM {new}"
    return Rule(
        f"SELECT row, '{new}', {new} || ' is negative, and the total doesn''t fall by as much', NULL "
        f"FROM (SELECT row, iso_code, {new}, {total}, {before} FROM staged) "
        f"WHERE {new} < 0 AND ({falls}) IS NOT TRUE"
    )


_COLUMNS = (
    *_PLACES,
    *_COUNTS,
    _POPULATION,
    *_INPUTS,
    *(Column(name, "number", f"{name.replace('_', ' ')} of the place") for name in _ABOUT_PLACES),
    *(Column(name, "number", f"{name.replace('_', ' ')}, as published") for name in _DERIVED),
)
_OWID = Table(
    "owid_covid_data",
    _COLUMNS,
    "iso_code",
    "date",
    "Our World in Data's file as it was published: one row for each place and day",
    rules=(
        _as_in_first_row("location", _OTHER_NAME),
        _as_in_first_row("population", "location || ' has another population here than before'"),
        once("iso_code", day="date"),
        in_order("iso_code", "date"),
        _corrected("cases"),
        _corrected("deaths"),
    ),
)
# Today's compact.csv names two columns otherwise, and some sums (Asia excluding China) have no code in it.
_COMPACT = replace(
    _OWID,
    columns=(
        replace(
            _CODE,
            must_stand=False,
            pattern=f"{_CODE.pattern}|[A-Z0-9_]{{2,12}}",
            if_empty="'X_' || regexp_replace(upper(location), '[^A-Z0-9]', '', 'g')",
        ),
        *_COLUMNS[1:],
    ),
    renamed=(("country", "location"), ("code", "iso_code")),
)
OWID = replace(_OWID, other_forms=(_COMPACT,))
# What the tables `places`, `days` and `published` take from it.
ABOUT_PLACES = _ABOUT_PLACES
INPUTS = tuple(column.name for column in (*_COUNTS, *_INPUTS))
DERIVED = _DERIVED
