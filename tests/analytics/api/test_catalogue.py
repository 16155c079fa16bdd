"""The catalogue over HTTP."""

import pytest

from analytics.operations import catalogue
from portal import clock
from tests.analytics import doses
from tests.callers import reasons

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("indexed")]
TABLE = f"data/catalogue/{doses.DATASET}/vaccinations/"


@pytest.fixture
def indexed(shelf):
    catalogue.refresh("duckdb", now=clock.now())


def test_tables_are_found_by_words_of_names_and_comments(ana):
    listed = ana.get("data/catalogue/").json()
    assert [one["table"] for one in listed["results"]] == ["snapshot", "vaccinations"]
    assert listed["next"] is None
    (found,) = ana.get("data/catalogue/?search=iso_code vaccinations").json()["results"]
    assert (found["dataset"], found["rows"], found["columns_count"]) == (doses.DATASET, 60, 7)
    assert ana.get("data/catalogue/?search=weather").json()["results"] == []


def test_a_table_says_all_that_is_known_of_it(ana):
    found = ana.get(TABLE).json()
    assert {column["name"]: column["type"] for column in found["columns"]}["total_vaccinations"] == "bigint"
    assert (found["partitioned_by"], [one["values"] for one in found["partitions"]]) == (["year"], [["2021"]])
    assert found["partitions"][0]["bytes"] == found["bytes"] > 0
    assert (found["last_date"], len(found["sample"]["rows"]), found["trouble"]) == ("2021-01-30", 10, "")
    assert found["used_by"] == []


@pytest.mark.parametrize("address", ["data/catalogue/weather/rain/", f"{TABLE}?catalog=glue"])
def test_what_is_not_there_is_said(ana, address):
    assert reasons(ana.get(address)) == ["missing"]
