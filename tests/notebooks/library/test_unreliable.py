"""`covid` and a portal that restarts, breaks off, or keeps one waiting until one has enough of it."""

import os
import signal
import subprocess
import sys

import covid
import numpy as np
import pyarrow as pa
import pytest

from tests.notebooks.library.conftest import LIBRARY
from tests.notebooks.library.unreliable import Unreliable, hung_up, streamed, told

QUERIES = "/api/v1/data/queries/"
MEASURES = "/api/v1/data/measures/"
QUERY = f"{QUERIES}one/"
RESULT = f"{QUERY}result/"
ROWS = 20_000
RUNS = {"token": "one", "state": "RUNNING", "links": {"result": RESULT}}
ENDED = {
    "token": "one", "state": "SUCCEEDED", "rows": ROWS, "engine": "duckdb", "snapshots": {"covid-cases": "r1"},
    "bytes_scanned": 0, "cost_usd": 0, "is_reused": False, "links": {"result": RESULT, "page": "/workbench/q/one/"},
}  # fmt: skip


def stream(rows=ROWS):
    sink = pa.BufferOutputStream()
    batch = pa.record_batch({"n": np.arange(rows)})
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch.slice(0, rows // 2))
        writer.write_batch(batch.slice(rows // 2))
    return sink.getvalue().to_pybytes()


def packed(rows):
    """So many noughts in few bytes, in batches as the portal sends them."""
    sink = pa.BufferOutputStream()
    batch = pa.record_batch({"n": np.zeros(1_000_000, np.int64)})
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        for first in range(0, rows, batch.num_rows):
            writer.write_batch(batch.slice(0, min(batch.num_rows, rows - first)))
    return sink.getvalue().to_pybytes()


@pytest.fixture
def portal(tmp_path, monkeypatch):
    (tmp_path / "token").write_text("vdg_test")
    with Unreliable() as server:
        monkeypatch.setenv("COVID_PORTAL", server.address)
        monkeypatch.setenv("COVID_TOKEN_FILE", str(tmp_path / "token"))
        server.on(QUERIES, told(ENDED))
        yield server


@pytest.mark.parametrize("fault", [hung_up, told({}, 502), told({}, 503)], ids=["hangs up", "502", "503"])
def test_a_question_is_sent_again_under_the_same_key(portal, fault):
    portal.on(QUERIES, fault, told(ENDED))
    assert len(covid.sql("SELECT 1")) == ROWS
    (_, _, first), (_, _, second) = portal.asked
    assert first == second != ""


def test_what_is_read_is_read_again(portal):
    portal.on(MEASURES, hung_up, told({"results": [{"name": "new_cases"}]}))
    assert covid.measures().name.tolist() == ["new_cases"]


def test_what_has_no_key_is_sent_once(portal):
    portal.on(f"{QUERIES}estimate/", hung_up)
    with pytest.raises(covid.CovidError, match="didn't answer") as caught:
        covid.estimate("SELECT 1")
    assert caught.value.code == "no-answer"
    assert len(portal.asked) == 1


def test_a_refusal_is_told_and_not_repeated(portal):
    portal.on(QUERIES, told({"detail": "No. Nothing was run. Ask less.", "reasons": [{"code": "over"}]}, 409))
    with pytest.raises(covid.CovidError, match="Ask less") as caught:
        covid.sql("SELECT 1")
    assert caught.value.code == "over"
    assert len(portal.asked) == 1


@pytest.mark.parametrize(
    "short",
    [
        streamed(stream()[:-ROWS], is_whole=False),
        streamed(stream()[:-ROWS]),
        streamed(stream(ROWS // 2)),
        streamed(stream()[:20]),
        streamed(b"", is_whole=False),
    ],
    ids=["in a batch, and HTTP breaks off", "in a batch", "rows are missing", "in the head", "before anything"],
)
def test_rows_that_end_short_are_fetched_again(portal, short):
    portal.on(RESULT, short, streamed(stream()))
    assert covid.sql("SELECT 1").arrow()["n"].to_pylist() == list(range(ROWS))
    assert [path for _, path, _ in portal.asked].count(RESULT) == 2


def test_rows_come_while_one_waits_for_the_end(portal):
    portal.on(QUERIES, told(RUNS))
    portal.on(RESULT, streamed(stream()))
    portal.on(QUERY, told(ENDED))
    assert covid.sql("SELECT 1").arrow()["n"].to_pylist() == list(range(ROWS))
    assert [path for _, path, _ in portal.asked] == [QUERIES, RESULT, QUERY]


@pytest.mark.parametrize(
    "short",
    [streamed(stream()[:-ROWS], is_whole=False), streamed(stream(ROWS // 2)), hung_up, told({}, 500)],
    ids=["break off", "are not all", "do not come", "cannot come"],
)
def test_rows_that_fail_to_come_are_fetched_at_the_end(portal, short, monkeypatch):
    monkeypatch.setattr(covid.door, "PAUSES_S", ())
    portal.on(QUERIES, told(RUNS))
    portal.on(RESULT, short, streamed(stream()))
    portal.on(QUERY, told(RUNS), told(ENDED))
    assert covid.sql("SELECT 1").arrow()["n"].to_pylist() == list(range(ROWS))
    assert [path for _, path, _ in portal.asked] == [QUERIES, RESULT, QUERY, QUERY, RESULT]


def test_rows_that_have_not_begun_are_asked_for_again(portal):
    portal.on(QUERIES, told(RUNS))
    waits = told({"detail": "The query waits for its turn.", "reasons": [{"code": "no-result"}]}, 409)
    portal.on(RESULT, waits, streamed(stream()))
    portal.on(QUERY, told(RUNS), told(ENDED))
    assert covid.sql("SELECT 1").arrow().num_rows == ROWS
    assert [path for _, path, _ in portal.asked] == [QUERIES, RESULT, QUERY, RESULT, QUERY]


def test_rows_of_a_query_that_failed_are_none(portal):
    portal.on(QUERIES, told(RUNS))
    portal.on(RESULT, streamed(stream()[:-ROWS], is_whole=False))
    portal.on(QUERY, told({**ENDED, "state": "FAILED", "code": "over-rows", "message": "Too many. Ask for fewer."}))
    with pytest.raises(covid.CovidError, match="Ask for fewer") as caught:
        covid.sql("SELECT 1")
    assert caught.value.code == "over-rows"


def test_more_rows_than_are_kept_are_left_for_whoever_asks(portal):
    rows = covid.answer.KEPT_BYTES // 8 + 1
    portal.on(QUERIES, told(RUNS))
    portal.on(RESULT, streamed(packed(rows)))
    portal.on(QUERY, told({**ENDED, "rows": rows}))
    answer = covid.sql("SELECT 1")
    assert answer.came is None
    assert sum(batch.num_rows for batch in answer.batches()) == rows
    assert [path for _, path, _ in portal.asked] == [QUERIES, RESULT, QUERY, RESULT]


def test_rows_that_always_end_short_are_no_answer(portal):
    portal.on(RESULT, streamed(stream()[:-ROWS], is_whole=False))
    with pytest.raises(covid.CovidError, match="Run the cell again") as caught:
        covid.sql("SELECT 1").arrow()
    assert caught.value.code == "broken-off"


def test_a_measures_rows_that_break_off_are_fetched_again(portal):
    # Nobody says how many a series has: only HTTP tells that they weren't all.
    series = f"{MEASURES}new_cases/series/"
    whole = stream()
    portal.on(series, streamed(whole[: len(whole) // 2], is_whole=False), streamed(whole))
    assert covid.measure("new_cases", "ITA").arrow().num_rows == ROWS


def test_what_breaks_off_under_ones_hands_says_so(portal):
    portal.on(RESULT, streamed(stream()[:-ROWS], is_whole=False))
    answer = covid.sql("SELECT 1")
    with pytest.raises(covid.CovidError, match="didn't arrive whole"):
        list(answer.batches())
    portal.on(MEASURES, told({"results": []}, is_whole=False))
    with pytest.raises(covid.CovidError, match="didn't arrive whole"):
        covid.measures()


def interrupted(portal, path, first, code):
    """Runs the code as a cell, and interrupts it once it waits at `path`; gives what it said at its end."""
    # A shell's background jobs ignore interrupts, and hand that down.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heard}\nimport covid\n{code}"]
    process = subprocess.Popen(command, cwd=LIBRARY, env=os.environ, stderr=subprocess.PIPE, text=True)

    def begin_and_wait(handler):
        first(handler)
        process.send_signal(signal.SIGINT)
        portal.is_over.wait(20)

    portal.on(path, begin_and_wait)
    try:
        return process.communicate(timeout=15)[1]
    finally:
        process.kill()
        process.wait()


def test_an_interrupt_cancels_a_query_that_runs(portal):
    portal.on(QUERIES, told(RUNS))
    portal.on(f"{QUERY}cancel/", told({}))
    said = interrupted(portal, QUERY, hung_up, "covid.sql('SELECT 1')")
    assert said.strip().endswith("KeyboardInterrupt")
    assert portal.asked[-1][:2] == ("POST", f"{QUERY}cancel/")


def test_an_interrupt_ends_the_fetching_of_rows(portal):
    # More than lies between the two of them: once it is sent, most of it is read.
    much = stream(4_000_000)
    half = streamed(much[: len(much) // 2], is_whole=False)
    said = interrupted(portal, RESULT, half, "covid.sql('SELECT 1').arrow()")
    assert said.strip().endswith("KeyboardInterrupt")
    assert [path for _, path, _ in portal.asked] == [QUERIES, RESULT]
