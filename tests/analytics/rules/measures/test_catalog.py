"""The catalogue: every measure has all it must say, and the way from one to its variants."""

import pytest

from analytics.rules.measures import catalog, columns, page, sql
from analytics.rules.measures.catalog import MEASURES, NoSuchMeasureError
from analytics.rules.measures.measure import ETL, EVERY, JHU_2022, OWID_2020
from analytics.rules.measures.profiles import PROFILES, choose


@pytest.mark.parametrize("measure", MEASURES.values(), ids=list(MEASURES))
def test_a_measure_says_what_it_is(measure):
    assert measure.label
    assert measure.unit
    assert measure.formula
    assert measure.nulls
    assert measure.negatives
    assert measure.inputs
    assert measure.profiles <= EVERY
    assert measure.made == "estimated" or all(sql.is_made(measure.name, PROFILES[each]) for each in measure.profiles)
    assert set(measure.inputs) <= {*columns.INPUTS, "population"}
    assert ("population" in measure.inputs) >= bool(measure.relative)


@pytest.mark.parametrize(
    ("base", "interval", "relative", "name"),
    [
        ("new_cases", "7-day", "per million", "new_cases_smoothed_per_million"),
        ("new_cases", "weekly", "", "weekly_cases"),
        ("new_deaths", "cumulative", "per 100k", "total_deaths_per_100k"),
        ("total_deaths", "biweekly", "per million", "biweekly_deaths_per_million"),
        ("new_tests", "7-day", "per thousand", "new_tests_smoothed_per_thousand"),
        ("new_vaccinations", "cumulative", "per hundred", "total_vaccinations_per_hundred"),
        (
            "excess_mortality_cumulative_absolute",
            "cumulative",
            "per million",
            "excess_mortality_cumulative_per_million",
        ),
    ],
)
def test_variants_are_found(base, interval, relative, name):
    assert catalog.variant(base, interval=interval, relative=relative).name == name


def test_a_variant_is_one_measure_only():
    seen = [(each.family, each.interval, each.relative) for each in MEASURES.values() if each.family]
    repeated = {one for one in seen if seen.count(one) > 1}
    assert {family for family, _, _ in repeated} <= {"r_kalman"}


def test_what_is_not_there_is_said_with_what_is():
    with pytest.raises(
        NoSuchMeasureError, match=r"new_tests isn't there as weekly, absolute. It has daily, absolute; daily, "
    ):
        catalog.variant("new_tests", interval="weekly", relative="")
    with pytest.raises(NoSuchMeasureError, match=r"cfr isn't there as daily, absolute. It has no variants"):
        catalog.variant("cfr", interval="daily", relative="")
    with pytest.raises(NoSuchMeasureError, match="There is no measure 'new_cats'"):
        catalog.measure("new_cats")


def test_inputs_are_read_from_the_sql():
    assert MEASURES["new_cases_smoothed_per_million"].inputs == ("new_cases", "population", "total_cases")
    assert MEASURES["total_cases"].made == "given"
    assert MEASURES["tests_per_case"].inputs == (
        "new_cases", "new_tests", "official_positive_rate", "total_cases", "total_tests",
    )  # fmt: skip


def test_a_file_tells_its_profile():
    assert choose(has_negatives=True).name == OWID_2020
    assert choose(has_negatives=False).name == JHU_2022
    assert choose(has_negatives=False, has_weekly_cases=True).name == ETL


def test_the_page_names_every_measure_and_profile():
    text = page.page()
    assert all(f"`{name}`" in text for name in (*MEASURES, *PROFILES))
