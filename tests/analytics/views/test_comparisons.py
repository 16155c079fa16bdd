"""Comparisons: what a chart's address gives, in every form."""

import gzip
import io
import json
from datetime import date

import pyarrow.parquet
import pytest

from analytics import selectors
from analytics.operations import shelf

PLACES = "place=ITA&place=FRA"
MEASURE = "new_cases_smoothed_per_million"


@pytest.fixture
def browser(site, sample_state):
    return site(sample_state)


@pytest.fixture
def lake(sample_state):
    return selectors.lake(shelf.pointer(sample_state, "covid-cases"))


def figure(answer):
    content = gzip.decompress(answer.content) if answer.get("Content-Encoding") == "gzip" else answer.content
    return json.loads(content)


def test_the_numbers_are_those_of_the_table(browser, lake):
    found = figure(browser.get(f"/series.json?measure={MEASURE}&{PLACES}"))
    assert [one["name"] for one in found["series"]] == ["Italy", "France"]
    rows = lake.rows("SELECT date, new_cases_smoothed_per_million FROM measures WHERE iso = 'ITA' ORDER BY date")
    start = date.fromisoformat(found["x0"])
    values = found["series"][0]["values"]
    for day, value in rows:
        shown = values[(day - start).days]
        if value is None:
            assert shown == found["missing"]
        else:
            assert shown / found["scale"] == pytest.approx(value, abs=0.51 / found["scale"])


def test_a_comparison_has_an_address_of_its_own_and_a_twin_in_numbers(browser):
    page = browser.get(f"/compare/?measure={MEASURE}&{PLACES}&from=2021-01-01&to=2021-06-30&scale=log&align=100")
    text = page.content.decode()
    assert page.status_code == 200
    assert 'data-scale="log"' in text
    assert 'data-align="100"' in text
    assert "On 30 June 2021" in text
    assert text.count('<th scope="row"><time datetime="2021-0') == 6


def test_places_are_aligned_on_their_own_day(browser, lake):
    found = figure(browser.get(f"/series.json?measure={MEASURE}&{PLACES}&align=1000"))
    reached = dict(lake.rows("SELECT iso, min(date) FROM measures WHERE total_cases >= 1000 GROUP BY iso"))
    start = date.fromisoformat(found["x0"])
    assert [one["start"] for one in found["series"]] == [(reached[iso] - start).days for iso in ("ITA", "FRA")]


def test_the_files_have_a_row_for_each_place_and_day(browser):
    question = f"measure=total_cases&{PLACES}&from=2021-01-01&to=2021-01-10"
    lines = browser.get(f"/series.csv?{question}").content.decode().splitlines()
    assert lines[0] == '"iso","place","date","total_cases"'
    assert len(lines) == 21
    table = pyarrow.parquet.read_table(io.BytesIO(browser.get(f"/series.parquet?{question}").content))
    assert table.num_rows == 20
    assert b"snapshot" in table.schema.metadata


def test_a_point_is_explained_by_the_rows_behind_it(browser, lake):
    told = browser.get(f"/explain.json?measure={MEASURE}&place=ITA&on=2021-03-10").json()
    assert [row["date"] for row in told["rows"]] == [f"2021-03-{day:02}" for day in range(4, 11)]
    mean = sum(row["new_cases"] for row in told["rows"]) / 7
    assert told["rows"][-1][MEASURE] == pytest.approx(mean / (told["population"] / 1e6), rel=1e-3)


def test_the_bytes_are_sent_once_and_never_those_of_another_snapshot(browser, sample_state):
    address = f"/series.json?{PLACES}"
    first = browser.get(address, headers={"Accept-Encoding": "gzip"})
    assert first["Content-Encoding"] == "gzip"
    assert browser.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    revision = shelf.serving(sample_state, "covid-cases")
    assert revision in first["ETag"]
    assert figure(browser.get(f"{address}&as_of={revision}"))["snapshot"] == revision
    assert browser.get(f"/compare/?{PLACES}&as_of=000000000000").status_code == 404
    assert browser.get(f"/compare/?{PLACES}&as_of=../../secret").status_code == 404


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("measure=nonsense", "There is no measure 'nonsense'"),
        ("place=XXX", "The data has no place"),
        ("from=yesterday", "from is a day such as"),
    ],
)
def test_nonsense_gets_a_sentence(browser, question, said):
    answer = browser.get(f"/series.json?{question}")
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert browser.get(f"/compare/?{question}").status_code == 404


@pytest.mark.parametrize("slug", ["waves", "reproduction", "testing", "vaccination", "hospital", "fatality", "excess"])
def test_every_topic_has_its_charts_or_says_what_is_missing(browser, slug):
    page = browser.get(f"/topics/{slug}/").content.decode()
    assert page.count("data-series=") or "This snapshot has no values of" in page


def test_the_map_has_every_country_on_each_week(browser, lake):
    found = figure(browser.get("/map.json"))
    countries = lake.rows("SELECT count(*) FROM places WHERE kind = 'country'")[0][0]
    assert len(found["series"]) == countries
    assert {len(one["values"]) for one in found["series"]} == {len(found["days"])}
    assert browser.get("/map/?measure=r_kalman").status_code == 200


def test_the_map_says_who_stands_highest_and_gives_every_countrys_days(browser, lake):
    [name] = lake.rows(
        "SELECT arg_max(name, total_cases_per_million) FROM places JOIN measures USING (iso) WHERE kind = 'country'"
    )[0]
    assert f"{name} stood highest at the last report" in browser.get("/map/?measure=total_cases_per_million").text
    kept = browser.get("/map.parquet?measure=total_cases_per_million")
    places = pyarrow.parquet.read_table(io.BytesIO(kept.content)).column("iso").unique().to_pylist()
    assert len(places) == lake.rows("SELECT count(*) FROM places WHERE kind = 'country'")[0][0]


def test_the_quality_page_lists_every_measure_with_its_comparison(browser, lake):
    page = browser.get("/quality/").content.decode()
    compared = lake.rows("SELECT sum(compared), sum(mismatches) FROM parity")[0]
    assert f"{compared[0]:,} values" in page
    assert compared[1] == 0
    assert page.count('<th scope="row">') == len(selectors.columns(lake))
