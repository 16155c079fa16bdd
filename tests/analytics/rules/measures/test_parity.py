"""Ours beside what was published, over the whole real files; and that the comparison finds what differs."""

import duckdb
import pandas as pd
import pytest

from analytics.rules.measures import columns, formulas, parity, sql
from analytics.rules.measures.catalog import MEASURES
from analytics.rules.measures.measure import ETL, JHU_2022, OWID_2020
from analytics.rules.measures.parity import Result
from analytics.rules.measures.profiles import PROFILES
from tests.analytics.rules.measures import lake

# Every derived column of the file of 2020-12-17, and how many of its values are compared.
COMPARED = {
    "total_cases_per_million": 53_683,
    "new_cases_per_million": 53_494,
    "new_cases_smoothed": 52_851,
    "new_cases_smoothed_per_million": 52_543,
    "total_deaths_per_million": 45_656,
    "new_deaths_per_million": 45_483,
    "new_deaths_smoothed": 52_851,
    "new_deaths_smoothed_per_million": 52_543,
    "icu_patients_per_million": 5_483,
    "hosp_patients_per_million": 6_184,
    "weekly_icu_admissions_per_million": 513,
    "weekly_hosp_admissions_per_million": 793,
    "total_tests_per_thousand": 25_321,
    "new_tests_per_thousand": 25_384,
    "new_tests_smoothed": 28_350,
    "new_tests_smoothed_per_thousand": 28_350,
    "positive_rate": 25_553,  # without the 859 of six countries with official rates
    "tests_per_case": 25_142,
    "total_vaccinations_per_hundred": 6,
}


def compare(tables, profile, published) -> dict[str, Result]:
    rows = tables.execute(parity.sql(profile, has=published)).fetchall()
    return {row[0]: Result(*row) for row in rows}


def test_every_derived_column_of_december_2020_is_ours_too(real):
    tables, published = lake.from_file(real("owid-covid-data-2020-12-17.csv.gz"))
    profile = PROFILES[OWID_2020]
    lake.build(tables, profile)
    found = compare(tables, profile, published)
    assert {name: result.compared for name, result in found.items()} == COMPARED
    assert {name: result.mismatches for name, result in found.items() if result.mismatches} == {}
    assert {each.measure for each in parity.excused(profile, has=published)} <= {"positive_rate", "tests_per_case"}


def test_official_rates_are_no_ratio_and_so_left_out(real):
    tables, _ = lake.from_file(real("owid-covid-data-2020-12-17.csv.gz"))
    lake.build(tables, PROFILES[OWID_2020])
    listed = ", ".join(f"'{iso}'" for iso in parity.OFFICIAL_RATES)
    differing, there = tables.execute(
        "SELECT count(CASE WHEN abs(p.positive_rate - m.positive_rate) <= 0.00101 THEN NULL ELSE 1 END), count(*)"  # noqa: S608
        f" FROM published AS p JOIN measures AS m USING (iso, date) WHERE iso IN ({listed})"
        " AND p.positive_rate IS NOT NULL"
    ).fetchall()[0]
    assert (differing, there) == (785, 859)


def test_vaccinations_of_2021_are_ours_too(real):
    tables = duckdb.connect()
    tables.execute(
        "CREATE TABLE file AS SELECT * FROM read_csv(?, sample_size = -1)",
        [str(real("owid-vaccinations-2021-09.csv.gz"))],
    )
    tables.execute(
        "CREATE TABLE places AS SELECT DISTINCT iso_code AS iso, CAST(NULL AS bigint) AS population FROM file"
    )
    has = ("total_vaccinations", "people_vaccinated", "people_fully_vaccinated", "total_boosters")
    tables.execute(f"CREATE TABLE days AS SELECT iso_code AS iso, date, {', '.join(has)} FROM file")  # noqa: S608
    tables.execute(
        "CREATE TABLE published AS SELECT iso_code AS iso, date, daily_vaccinations_raw AS new_vaccinations,"
        " daily_vaccinations AS new_vaccinations_smoothed FROM file"
    )
    profile = PROFILES[JHU_2022]
    tables.execute(f"CREATE TABLE measures AS {sql.wide(profile, has=has)}")
    found = compare(tables, profile, ("new_vaccinations", "new_vaccinations_smoothed"))
    assert [(each.compared, each.mismatches, each.only_ours) for each in found.values()] == [
        (21_732, 0, 0),
        (44_469, 0, 0),
    ]


def test_the_means_of_2022_are_those_of_the_formula(real):
    tables, _ = lake.from_file(real("owid-covid-data-2020-12-17.csv.gz"))
    made = lake.build(tables, PROFILES[JHU_2022]).dropna(subset=["total_cases"])
    assert not (made.new_cases < 0).any()
    for iso in ("ITA", "FRA", "ESP", "OWID_WRL"):
        of = made[made.iso == iso]
        mean = formulas.mean([None if pd.isna(value) else int(value) for value in of.new_cases])
        ours = [None if pd.isna(value) else value for value in of.new_cases_smoothed]
        assert ours == pytest.approx(mean, abs=0.00101), iso


@pytest.mark.parametrize(
    ("spoil", "count"),
    [("new_cases_smoothed + 0.002", 9), ("NULL", 9), ("CASE WHEN date = DATE '2021-01-09' THEN 5 ELSE 0 END", 9)],
)
def test_what_differs_is_counted_and_the_worst_is_named(spoil, count):
    days = pd.DataFrame({"iso": "AAA", "date": pd.date_range("2021-01-01", periods=15)})
    days = days.assign(new_cases=10.0, total_cases=10.0 * (days.index + 1))
    tables = lake.from_frames(days, {"AAA": 1e6})
    profile = PROFILES[OWID_2020]
    lake.build(tables, profile)
    tables.execute("CREATE TABLE published AS SELECT iso, date, new_cases_smoothed FROM measures")
    assert compare(tables, profile, ["new_cases_smoothed"])["new_cases_smoothed"][1:3] == (9, 0)
    tables.execute(f"UPDATE measures SET new_cases_smoothed = {spoil}")  # noqa: S608
    result = compare(tables, profile, ["new_cases_smoothed"])["new_cases_smoothed"]
    assert (result.compared, result.mismatches, result.theirs, result.iso) == (9, count, 10, "AAA")
    if spoil == "NULL":
        assert result.ours is None
    if spoil.startswith("CASE"):
        assert result.date != "2021-01-09"
        assert result.ours == 0


def test_what_is_taken_over_is_not_compared_with_itself():
    for profile in PROFILES.values():
        compared = {each.measure for each in parity.comparisons(profile)}
        assert "reproduction_rate" not in compared
        assert "total_tests" not in compared
        assert compared <= set(MEASURES)
        assert all(each.why for each in parity.comparisons(profile))
    assert "new_cases" not in {each.measure for each in parity.comparisons(PROFILES[OWID_2020])}
    assert "new_cases" in {each.measure for each in parity.comparisons(PROFILES[ETL])}
    assert "official_positive_rate" in columns.INPUTS
