"""Rows of the embedded engine that are read while its query still runs, and the process that waits for the next one."""

import os
import signal
from dataclasses import replace

import pytest

from analytics.engines import base
from analytics.engines.base import QueryError, State
from analytics.engines.duckdb.sandbox.order import Order
from tests.contracts.engines.rigs import DATABASE, SUM, DuckDBRig, submission
from tests.contracts.rigs import until

# One row of a hundred that are looked at, of 39 billion thousands.
ENDLESS = "SELECT a.n FROM counted a, counted b, counted c, counted d WHERE (a.n * b.n + c.n * d.n) % 100 = 1"
PATIENCE_S = 20.0


@pytest.fixture
def rig(tmp_path):
    made = DuckDBRig(tmp_path)
    yield made
    made.close()


@pytest.fixture
def coming(rig):
    """A run that has given rows and goes on, its first batch, and the rest."""
    id_ = rig.engine.submit(submission(ENDLESS, rows=10**12))
    rest = rig.engine.batches(id_, patience_s=PATIENCE_S)
    first = next(rest)
    assert rig.engine.poll(id_).state is State.RUNNING
    return id_, first, rest


def test_rows_come_while_the_query_runs(rig, coming):
    id_, first, _ = coming
    assert first.num_rows > 0
    rig.engine.cancel(id_)


def test_a_cancelled_query_ends_them_without_an_end(rig, coming):
    id_, _, rest = coming
    rig.engine.cancel(id_)
    with pytest.raises(QueryError) as ended:
        list(rest)
    assert (ended.value.code, ended.value.permanent) == (base.NO_RESULT, True)
    assert rig.engine.poll(id_).state is State.CANCELLED


def test_a_runner_that_is_killed_ends_them_without_an_end(rig, coming):
    id_, _, rest = coming
    [runner] = rig.engine.runners._busy
    os.kill(runner.pid, signal.SIGKILL)
    with pytest.raises(QueryError) as ended:
        list(rest)
    assert ended.value.code == base.NO_RESULT
    assert rig.engine.poll(id_).code == "interrupted"


def test_too_many_rows_are_none_however_many_came(rig):
    id_ = rig.engine.submit(submission("SELECT a.n FROM counted a CROSS JOIN counted b", rows=5_000_000))
    rows = rig.engine.batches(id_, patience_s=PATIENCE_S)
    assert next(rows).num_rows > 0
    with pytest.raises(QueryError) as ended:
        list(rows)
    assert ended.value.code == base.NO_RESULT
    assert rig.engine.poll(id_, patience_s=PATIENCE_S).code == base.OVER_ROWS


def test_a_snapshot_that_the_query_does_not_name_is_not_opened(rig):
    asked = replace(submission(SUM), pins={**submission(SUM).pins, "elsewhere": "r1"})
    (rig.path.parent.parent / "elsewhere").mkdir()
    (rig.path.parent.parent / "elsewhere" / rig.path.name).write_bytes(rig.path.read_bytes())
    id_ = rig.engine.submit(asked)
    assert rig.engine.poll(id_, patience_s=PATIENCE_S).state is State.SUCCEEDED
    order = Order.from_json((rig.engine.config.results / id_ / "order.json").read_text())
    assert order.files == {DATABASE: str(rig.path)}


def test_the_next_query_finds_a_process_that_was_started_behind_the_last_one(tmp_path):
    rig = DuckDBRig(tmp_path)
    runners = rig.engine.runners
    try:
        id_ = rig.engine.submit(submission(SUM))
        assert runners._spare is None, "it would take from the query's time"
        assert rig.engine.poll(id_, patience_s=PATIENCE_S).state is State.SUCCEEDED
        spare = until(lambda: runners._spare, what="the spare")
        rig.engine.submit(submission(SUM))
        assert spare.process in runners._busy
    finally:
        rig.close()
