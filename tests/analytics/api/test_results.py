"""Results over HTTP: streamed as Arrow, sent as files, or paged as JSON."""

import io
import tracemalloc

import pyarrow as pa
import pyarrow.parquet
import pytest

from analytics.operations import queries
from portal import clock
from tests.analytics.api.conftest import QUESTION, answered
from tests.callers import reasons

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]
ARROW = "application/vnd.apache.arrow.stream"


@pytest.fixture
def ask(ana):
    def ask(sql):
        token = ana.post("data/queries/", {**QUESTION, "sql": sql}).json()["token"]
        assert answered(token).state == "SUCCEEDED"
        return f"data/queries/{token}/result/"

    return ask


def table_of(response):
    assert (response.status_code, response.headers["Content-Type"]) == (200, ARROW)
    with pa.ipc.open_stream(response.getvalue()) as reader:
        return reader.read_all()


def test_the_whole_is_streamed_as_arrow(ana, ask):
    result = ask(QUESTION["sql"])
    found = table_of(ana.get(result, Accept=ARROW))
    assert found.to_pydict() == {"iso_code": ["FJI", "ITA"], "doses": [3000, 3000]}
    assert table_of(ana.get(f"{result}?kind=arrow")).equals(found)


def test_no_rows_keep_their_types(ana, ask):
    found = table_of(
        ana.get(ask("SELECT date, total_vaccinations FROM vaccinations WHERE iso_code = 'X'"), Accept=ARROW)
    )
    assert (found.num_rows, found.schema.types) == (0, [pa.date32(), pa.int64()])


def test_a_large_result_is_never_in_memory_as_a_whole(ana, ask):
    result = ask("SELECT n, n * 2 AS twice FROM UNNEST(sequence(1, 10000)) AS a(n) CROSS JOIN UNNEST(sequence(1, 100))")
    pool = pa.default_memory_pool()
    before, held, sent = pool.bytes_allocated(), 0, []
    tracemalloc.start()
    for chunk in ana.get(result, Accept=ARROW).streaming_content:
        sent.append(chunk)
        held = max(held, pool.bytes_allocated() - before)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    rows = pa.ipc.open_stream(b"".join(sent)).read_all()
    assert (rows.num_rows, rows.nbytes >= 16_000_000) == (1_000_000, True)
    # What was sent is kept by this test, and is small: it leaves packed.
    assert sum(map(len, sent)) < rows.nbytes / 4
    assert max(held, peak) < rows.nbytes / 3, f"{held:,} and {peak:,} bytes of {rows.nbytes:,} were held"


@pytest.fixture
def begin(ana):
    """Asks a query and hands it to its engine, as the worker does; its end isn't waited for."""

    def begin(sql):
        token = ana.post("data/queries/", {**QUESTION, "sql": sql}).json()["token"]
        queries.advance(queries.find(token).pk, now=clock.now())
        return f"data/queries/{token}/result/?patience_s=5"

    return begin


def test_rows_are_streamed_before_anybody_knows_that_they_are_all(ana, begin):
    found = table_of(ana.get(begin(QUESTION["sql"]), Accept=ARROW))
    assert found.to_pydict() == {"iso_code": ["FJI", "ITA"], "doses": [3000, 3000]}


def test_rows_of_a_query_that_fails_break_off(ana, begin):
    # The limit is five million.
    product = "FROM UNNEST(sequence(1, 10000)) AS a(n) CROSS JOIN UNNEST(sequence(1, 600)) AS b(m)"
    answer = ana.get(begin(f"SELECT n {product}"), Accept=ARROW)
    assert answer.status_code == 200
    with pytest.raises(ConnectionResetError):
        answer.getvalue()


def test_a_query_that_waits_for_its_turn_has_no_rows_yet(ana):
    token = ana.post("data/queries/", QUESTION).json()["token"]
    answer = ana.get(f"data/queries/{token}/result/?patience_s=0.1", Accept=ARROW)
    assert (answer.status_code, answer.json()["reasons"][0]["code"]) == (409, "no-result")


def test_files_are_made_of_it(ana, ask):
    result = ask(QUESTION["sql"])
    assert ana.get(f"{result}?kind=csv").getvalue().decode().splitlines()[1] == '"FJI",3000'
    assert pyarrow.parquet.read_table(io.BytesIO(ana.get(f"{result}?kind=parquet").getvalue())).num_rows == 2
    assert ana.get(f"{result}?kind=xlsx").getvalue().startswith(b"PK")
    assert reasons(ana.get(f"{result}?kind=pdf")) == ["kind-unknown"]


def test_json_is_paged_and_says_where_it_goes_on(ana, ask):
    result = ask("SELECT date, iso_code FROM vaccinations ORDER BY 2, 1")
    first = ana.get(f"{result}?limit=50").json()
    assert (len(first["rows"]), first["rows"][0]) == (50, ["2021-01-01", "FJI"])
    assert first["columns"][0] == {"name": "date", "type": "date"}
    rest = ana.get(first["next"]).json()
    assert (len(rest["rows"]), rest["next"]) == (10, None)


def test_json_has_no_number_that_is_none(ana, ask):
    sql = "SELECT nan() AS a, infinity() AS b, 0.5 AS c, ARRAY[1, 2] AS d, CAST(NULL AS date) AS e"
    assert ana.get(ask(sql)).json()["rows"] == [[None, None, "0.5", [1, 2], None]]


def test_a_refusal_is_json_whatever_is_accepted(ana):
    answer = ana.get("data/queries/none/result/", Accept=ARROW)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")
