"""Measures and snapshots over HTTP: the numbers of the pages, by the module that the pages read them with."""

from datetime import timedelta

import pyarrow as pa
import pytest

from analytics.rules.measures.catalog import MEASURES
from tests.analytics.conftest import NOW, owid_lines
from tests.callers import reasons

pytestmark = pytest.mark.django_db
ARROW = "application/vnd.apache.arrow.stream"
SMOOTHED = "data/measures/new_cases_smoothed/series/"


@pytest.fixture
def cases(state_dir, bring_in, owid_file):
    return bring_in(owid_file(owid_lines()))


def test_every_measure_has_its_definition(ana):
    found = {one["name"]: one for one in ana.get("data/measures/").json()["results"]}
    assert set(found) == set(MEASURES)
    assert found["new_cases_smoothed"]["window_days"] == 7
    assert found["new_cases_smoothed"]["formula"] == MEASURES["new_cases_smoothed"].formula


def test_a_series_is_what_the_page_draws(ana, cases):
    answer = ana.get(f"{SMOOTHED}?places=ITA,FJI&from=2021-01-06").json()
    drawn = ana.client.get("/insights/series.json?measure=new_cases_smoothed&place=ITA,FJI&from=2021-01-06").json()
    assert (answer["snapshot"], drawn["snapshot"]) == (cases.revision, cases.revision)
    for one in drawn["series"]:
        page = [value / drawn["scale"] for value in one["values"] if value != drawn["missing"]]
        api = [row["value"] for row in answer["rows"] if row["place"] == one["iso"]]
        assert api == pytest.approx(page)
        # The first mean of seven days stands on the seventh.
        assert len(api) == 4
    assert answer["rows"][0] == {"place": "ITA", "date": "2021-01-07", "value": pytest.approx(100.0)}


def test_every_place_is_streamed_as_arrow_with_where_it_is_from(ana, cases):
    response = ana.get("data/measures/new_cases/series/?to=2021-01-02", Accept=ARROW)
    with pa.ipc.open_stream(response.getvalue()) as reader:
        found = reader.read_all()
    assert found.schema.names == ["place", "date", "value"]
    assert found.schema.metadata[b"snapshot"].decode() == cases.revision
    assert found.num_rows == 6
    assert set(found["place"].to_pylist()) == {"FJI", "ITA", "OWID_WRL"}


def test_an_interval_is_the_same_quantity_over_another_time(ana, cases):
    answer = ana.get("data/measures/new_cases/series/?places=ITA&interval=7-day")
    assert answer.json()["measure"]["name"] == "new_cases_smoothed"
    assert ana.get("data/measures/new_cases/series/?interval=daily").json()["measure"]["name"] == "new_cases"
    assert reasons(ana.get("data/measures/reproduction_rate/series/?interval=weekly")) == ["missing"]


def test_an_older_snapshot_is_read_by_name_or_by_day(ana, cases, bring_in, owid_file):
    newer = bring_in(owid_file(owid_lines(days=12), name="newer.csv"))
    last = f"{SMOOTHED}?places=ITA&from=2021-01-10"
    assert ana.get(last).json()["snapshot"] == newer.revision
    assert len(ana.get(last).json()["rows"]) == 3
    older = ana.get(f"{last}&snapshot={cases.revision}").json()
    assert (older["snapshot"], len(older["rows"])) == (cases.revision, 1)
    assert ana.get(f"{last}&as_of={NOW.date()}").status_code == 200
    before = ana.get(f"{last}&as_of={NOW.date() - timedelta(days=1)}")
    assert (before.status_code, reasons(before)) == (404, ["missing"])


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?places=ITA,XXX", 400, "unknown"),
        ("?places=", 400, "blank"),
        ("?from=yesterday", 400, "invalid"),
        ("?snapshot=0123", 400, "snapshot-unknown"),
        ("?interval=yearly", 400, "invalid_choice"),
        ("?place=ITA", 400, "unknown_field"),
    ],
)
@pytest.mark.usefixtures("cases")
def test_what_is_not_there_is_said(ana, query, status, code):
    answer = ana.get(f"{SMOOTHED}{query}")
    assert (answer.status_code, reasons(answer)) == (status, [code])


@pytest.mark.usefixtures("cases")
def test_a_measure_that_is_not_there_is_said(ana):
    assert reasons(ana.get("data/measures/happiness/series/")) == ["missing"]
    answer = ana.get("data/measures/icu_patients/series/")
    assert (answer.status_code, "has no values of icu_patients" in answer.json()["detail"]) == (404, True)


@pytest.mark.usefixtures("state_dir")
def test_without_a_snapshot_it_says_so(ana):
    answer = ana.get(SMOOTHED)
    assert (answer.status_code, reasons(answer)) == (503, ["no-snapshot"])
    assert ana.get("data/snapshots/").json() == {"results": [], "next": None}


def test_snapshots_say_what_they_are(ana, cases):
    (found,) = ana.get("data/snapshots/?dataset=covid-cases").json()["results"]
    assert (found["revision"], found["is_serving"], found["quarantine"]) == (cases.revision, True, None)
    assert (found["rows"], found["last_date"]) == (cases.rows, "2021-01-10")
    answer = ana.get("data/snapshots/?dataset=weather")
    assert (answer.status_code, "covid-cases" in answer.json()["detail"]) == (404, True)
