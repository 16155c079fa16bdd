"""`covid`, as a person uses it in a notebook, against the portal's own API."""

import datetime
import math

import covid
import numpy as np
import pyarrow as pa
import pytest

from analytics.models import Query
from notebooks.models import Page
from portal.accounts.permissions import Role, Scope
from portal.audit.models import Event
from tests import factories
from tests.notebooks import portal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("kernel")]
SQL = "SELECT date, new_cases FROM measures WHERE iso = :country ORDER BY date"


@pytest.fixture(autouse=True)
def today():
    yield
    covid.as_of(None)


def test_an_answer_is_arrow_pandas_and_polars():
    answer = covid.sql(SQL, country="ITA")
    table, frame = answer.arrow(), answer.pandas()
    assert len(answer) == table.num_rows == len(frame) == len(answer.polars()) > 800
    assert answer.columns == ["date", "new_cases"]
    assert frame.date.dtype.kind == "M"
    assert answer.polars()["new_cases"].sum() == frame.new_cases.sum()
    assert sum(batch.num_rows for batch in answer.batches()) == len(answer)


def test_it_says_what_was_read_and_where_it_stays(live_server):
    answer = covid.sql(SQL, country="ITA")
    [revision] = {answer.snapshots["covid-cases"]}
    assert revision in repr(answer)
    shown = answer._repr_html_()
    assert answer.address in shown
    assert "<table" in shown
    assert answer.address.endswith(f"/workbench/q/{answer.token}/")


def test_it_stands_in_the_history_of_the_person_as_a_notebooks(ana):
    answer = covid.sql(SQL, country="ITA")
    query = Query.objects.get(token=answer.token)
    assert (query.person, query.origin) == (ana, "notebook")
    assert Event.objects.filter(verb="query", sentence__contains=answer.token).exists()


def test_the_same_again_reads_nothing():
    covid.sql(SQL, country="FJI")
    assert covid.sql(SQL, country="FJI").is_reused


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (True, True), (3, 3), (0.5, 0.5), ("it's; DROP", "it's; DROP"), (None, None),
        (datetime.date(2021, 3, 4), datetime.date(2021, 3, 4)),
        (datetime.datetime(2021, 3, 4, 5, 6), datetime.datetime(2021, 3, 4, 5, 6)),
        (np.int64(7), 7), (np.float64(1.5), 1.5),
    ],
)  # fmt: skip
def test_values_keep_their_type(given, expected):
    assert covid.sql("SELECT :it AS it", it=given).arrow()["it"].to_pylist() == [expected]


def test_a_list_is_for_in():
    sql = "SELECT DISTINCT iso FROM measures WHERE iso IN (:places) ORDER BY 1"
    assert covid.sql(sql, places=["ITA", "FRA"]).arrow()["iso"].to_pylist() == ["FRA", "ITA"]


@pytest.mark.parametrize(
    ("given", "told"),
    [({"it": []}, "no value"), ({"it": [1, "a"]}, "several types"), ({"it": object()}, "is a object")],
)
def test_other_values_are_refused_before_anything_is_asked(given, told):
    with pytest.raises(covid.CovidError, match=told):
        covid.sql("SELECT :it", **given)
    assert not Query.objects.exists()


def test_what_may_not_run_says_so_with_its_place():
    with pytest.raises(covid.CovidError, match="nowhere") as caught:
        covid.sql("SELECT *\nFROM nowhere")
    assert caught.value.code
    assert "Line 2" in str(caught.value)


def test_what_fails_while_it_runs_tells_the_engines_sentence():
    with pytest.raises(covid.CovidError) as caught:
        covid.sql("SELECT CAST(iso AS bigint) FROM measures")
    assert caught.value.code
    assert str(caught.value).count(".") >= 1


def test_an_estimate_runs_nothing():
    found = covid.estimate(SQL, country="ITA")
    assert found["bytes_upper"] > 0
    assert not Query.objects.exists()


def test_a_measure_is_a_series_of_places():
    table = covid.measure(
        "new_cases_smoothed_per_million", ["ITA", "FRA"], start="2021-01-01", end="2021-01-31"
    ).arrow()
    assert table.column_names == ["place", "date", "value"]
    assert set(table["place"].to_pylist()) == {"ITA", "FRA"}
    assert table.num_rows == 62
    assert math.isfinite(table["value"][0].as_py())
    assert "snapshot" in repr(covid.measure("new_cases", "ITA"))


def test_a_measure_that_isnt_there_names_those_like_it():
    with pytest.raises(covid.CovidError, match="new_cases"):
        covid.chart("new_cases_smothed", ["ITA"])


def test_the_definitions_and_the_snapshots():
    assert {"name", "label", "unit", "formula"} <= set(covid.measures().columns)
    assert covid.snapshots().is_serving.tolist() == [True]


def test_what_was_known_then():
    with covid.as_of("2020-01-01"), pytest.raises(covid.CovidError):
        covid.sql(SQL, country="ITA")
    with covid.as_of("2026-12-01"):
        assert len(covid.sql(SQL, country="ITA"))
        assert len(covid.measure("new_cases", "ITA").arrow())
    with pytest.raises(covid.CovidError, match="no date"):
        covid.as_of("tomorrow")


def test_as_of_is_a_setting_too():
    assert "2026-12-01" in repr(covid.as_of("2026-12-01"))
    assert "serves" in repr(covid.as_of(None))


def test_a_chart_of_a_measure():
    figure = covid.chart("new_cases_smoothed_per_million", ["ITA", "FRA"], start="2021-01-01")
    assert [trace.name for trace in figure.data] == ["ITA", "FRA"]
    assert figure.layout.title.text
    assert figure.layout.yaxis.title.text


@pytest.mark.parametrize("form", ["answer", "arrow", "pandas", "polars"])
def test_a_chart_of_whatever_has_columns(form):
    answer = covid.sql(
        "SELECT iso, date, new_cases FROM measures WHERE iso IN ('ITA', 'FJI') AND date < DATE '2021-01-01'"
    )
    what = answer if form == "answer" else getattr(answer, form)()
    figure = covid.chart(what, kind="area")
    assert {trace.name for trace in figure.data} == {"ITA", "FJI"}
    assert sum(len(trace.x) for trace in figure.data) == len(answer)


def test_a_chart_of_a_column_that_isnt_there():
    with pytest.raises(covid.CovidError, match="There are a, b"):
        covid.chart(pa.table({"a": [1], "b": [2]}), y="c")
    with pytest.raises(covid.CovidError, match="can't be drawn"):
        covid.chart(3)


def test_a_figure_and_an_answer_are_published(ana):
    figure = covid.chart("new_cases", ["ITA"])
    assert covid.publish(figure, title="Italy", note="New cases").startswith("/notebooks/pages/")
    covid.publish(covid.sql(SQL, country="ITA"), title="The rows")
    rows, drawn = Page.objects.all()
    assert (drawn.person, drawn.title, drawn.note) == (ana, "Italy", "New cases")
    assert drawn.figure["data"][0]["name"] == "ITA"
    assert rows.rows["columns"] == ["date", "new_cases"]
    assert len(rows.rows["data"]) == 100
    with pytest.raises(covid.CovidError, match="can't be published"):
        covid.publish("text", title="No")


def test_the_token_is_read_anew_at_each_call(kernel, ana):
    covid.sql(SQL, country="ITA")
    # Of what was asked before, the rows are fetched when they are wanted.
    answer = covid.sql(SQL, country="ITA")
    kernel.write_text("vdg_old")
    with pytest.raises(covid.CovidError, match="expired or withdrawn"):
        answer.arrow()
    portal.write_token(ana, kernel)
    assert answer.arrow().num_rows == len(answer)


def test_a_token_that_only_reads_asks_nothing(kernel, ana):
    portal.write_token(ana, kernel, Scope.READ)
    assert len(covid.measures())
    with pytest.raises(covid.CovidError, match="scopes read"):
        covid.sql(SQL, country="ITA")


def test_a_viewer_asks_nothing(kernel):
    portal.write_token(factories.user(Role.VIEWER), kernel)
    with pytest.raises(covid.CovidError, match="needs one of"):
        covid.sql(SQL, country="ITA")


def test_without_a_portal_or_a_token_it_says_what_to_do(monkeypatch):
    monkeypatch.setenv("COVID_TOKEN_FILE", "/nowhere/token")
    with pytest.raises(covid.CovidError, match="Open the notebook from the portal again"):
        covid.measures()
    monkeypatch.delenv("COVID_PORTAL")
    with pytest.raises(covid.CovidError, match="COVID_PORTAL isn't set"):
        covid.measures()
    monkeypatch.setenv("COVID_PORTAL", "http://example.org")
    with pytest.raises(covid.CovidError, match="a token isn't sent there"):
        covid.measures()
