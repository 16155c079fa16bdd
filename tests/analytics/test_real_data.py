"""The real files, where they are present: counts, and every published average against ours."""

import pytest

from analytics import selectors
from analytics.insights.charts import Point
from analytics.operations import shelf
from analytics.rules.measures import formulas
from analytics.rules.measures.measure import OWID_2020

OWID = "owid-covid-data-2020-12-17.csv.gz"
JHU = ("jhu-time-series-confirmed-global-2023-03-09.csv.gz", "jhu-time-series-deaths-global-2023-03-09.csv.gz")

# A row without any count is no row of an epidemic: it stands outside the window.
COUNTED = """
SELECT date, new_cases, new_cases_smoothed, new_deaths, new_deaths_smoothed FROM measures
WHERE iso = ? AND coalesce(total_cases, new_cases, total_deaths, new_deaths) IS NOT NULL ORDER BY date
"""


def test_every_published_value_of_our_world_in_data_is_ours_too(real, bring_in, state_dir):
    made = bring_in(real(OWID))
    assert (made.rows, made.places, made.compared, made.mismatches) == (54_556, 192, 580_183, 0)
    assert made.profile == OWID_2020
    lake = selectors.lake(shelf.pointer(state_dir, "covid-cases"))
    parity = dict(lake.rows("SELECT measure, compared FROM parity"))
    assert parity["new_cases_smoothed"] + parity["new_deaths_smoothed"] == 105_702
    # Nothing that the file holds is lost on the way: each cell of its 52 columns stands in a table.
    # iso and date stand in days and in published, iso also in places, which have a kind besides.
    assert sum(len(lake.rows(f"DESCRIBE {table}")) for table in ("places", "days", "published")) == 52 + 2 + 1 + 1
    # SQL and the formula in Python are two; they must agree on every row.
    for iso in ("ITA", "FRA", "HKG", "OWID_WRL"):
        counted = lake.rows(COUNTED, [iso])
        for new, mean in ((1, 2), (3, 4)):
            assert formulas.mean([row[new] for row in counted]) == [row[mean] for row in counted], iso


def test_per_million_is_what_our_world_in_data_publishes(real, bring_in, state_dir):
    bring_in(real(OWID))
    lake = selectors.lake(shelf.pointer(state_dir, "covid-cases"))
    world = lake.rows(
        "SELECT new_cases_per_million, new_cases_smoothed_per_million, total_deaths_per_million FROM measures"
        " WHERE iso = 'OWID_WRL' AND date = '2020-12-15'"
    )[0]
    # The row as published on 2020-12-17.
    assert [round(value, 3) for value in world] == [80.296, 94.989, 209.808]


def test_johns_hopkins_two_files_become_three_years_of_countries(real, bring_in, state_dir):
    made = bring_in(real(JHU[0]), real(JHU[1]), form="jhu")
    assert (made.places, str(made.first_date), str(made.last_date)) == (199, "2020-01-22", "2023-03-09")
    assert made.rows == 199 * 1143
    lake = selectors.lake(shelf.pointer(state_dir, "covid-cases"))
    everywhere = selectors.everywhere(lake)
    unknown = {facts.name for facts in everywhere.values() if facts.population is None}
    assert unknown == {"Antarctica", "Diamond Princess"}
    assert everywhere["OWID_WRL"].total_cases > 670_000_000
    assert lake.rows("SELECT count(*) FROM measures WHERE new_cases < 0 OR new_deaths < 0") == [(0,)]


def test_the_file_of_vaccinations_becomes_its_own_dataset(real, bring_in, state_dir):
    made = bring_in(real("owid-vaccinations-2021-09.csv.gz"), form="owid-vaccinations")
    assert (made.dataset, made.rows, made.places, made.profile) == ("vaccinations", 44_718, 234, "")
    lake = selectors.lake(shelf.pointer(state_dir, "vaccinations"))
    assert lake.rows("SELECT max(total_vaccinations) FROM vaccinations WHERE iso_code = 'OWID_WRL'")[0][0] > 5e9
    assert lake.rows("SELECT comment FROM duckdb_columns() WHERE column_name = 'total_boosters'") == [
        ("booster doses to date",)
    ]


@pytest.mark.parametrize("keep", [0.3, 0.999])
def test_a_cut_real_file_is_refused(real, bring_in, tmp_path, keep):
    whole = real(OWID).read_bytes()
    cut = tmp_path / OWID
    cut.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(Exception, match=r"Line [\d,]+: the packed file ends in the middle: it was cut"):
        bring_in(cut)


def test_a_point_is_what_the_chart_needs():
    assert Point._fields == ("date", "new_cases", "cases_mean", "new_deaths", "deaths_mean")
