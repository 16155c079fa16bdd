"""The ten promises of an engine (analytics/engines/base.py), for every adapter."""

import uuid
from dataclasses import replace

import pytest

from analytics.engines import base
from analytics.engines.base import QueryError, RunStatus, State
from tests.contracts.engines import rigs
from tests.contracts.engines.athena import AthenaRig
from tests.contracts.engines.rigs import ALL, FAILS, NONE, REFUSED, ROWS, SLOW, SUM, DuckDBRig, MemoryRig, submission
from tests.contracts.rigs import until

PATIENCE_S = 20.0


@pytest.fixture(params=["memory", "duckdb", "athena", "athena-unload"])
def rig(request, tmp_path):
    if request.param == "memory":
        made = MemoryRig()
    elif request.param == "duckdb":
        made = DuckDBRig(tmp_path)
    else:
        made = AthenaRig(
            request.getfixturevalue("account"), unload_from_bytes=0 if request.param == "athena-unload" else 1 << 40
        )
    yield made
    made.close()


def ended(rig, id_: str) -> RunStatus:
    rig.settle()
    return until(lambda: (found := rig.engine.poll(id_, patience_s=1)).state.is_end and found, what="the end")


def run(rig, sql: str, **limits) -> tuple[str, RunStatus]:
    id_ = rig.engine.submit(submission(sql, **limits))
    return id_, ended(rig, id_)


def values(batches) -> list[dict[str, object]]:
    return [row for batch in batches for row in batch.to_pylist()]


def test_a_query_answers(rig):
    id_, status = run(rig, SUM)
    assert (status.state, status.code, status.message) == (State.SUCCEEDED, "", "")
    assert [(one.name, one.type) for one in status.columns] == [("total", "bigint")]
    assert status.rows in {1, -1}
    assert rig.engine.page(id_).to_pylist() == [{"total": ROWS * (ROWS + 1) // 2}]


def test_an_estimate_is_an_upper_bound_and_runs_nothing(rig):
    found = rig.engine.estimate(submission(ALL))
    assert found.tables == ("counting.counted",)
    _, status = run(rig, ALL)
    assert found.bytes_upper >= status.bytes_scanned > 0
    assert found.cost_usd >= status.cost_usd


@pytest.mark.parametrize("sql", REFUSED)
def test_what_may_not_run_is_refused_before_anything_runs(rig, sql):
    asked = submission(sql)
    for verb in (rig.engine.estimate, rig.engine.submit):
        with pytest.raises(QueryError) as refused:
            verb(asked)
        assert refused.value.permanent
    # The token is free still.
    assert ended(rig, rig.engine.submit(replace(asked, sql=SUM))).state is State.SUCCEEDED


def test_the_same_token_is_the_same_run(rig):
    asked = submission(SUM)
    first = rig.engine.submit(asked)
    assert rig.engine.submit(asked) == first
    ended(rig, first)
    assert rig.engine.submit(asked) == first
    assert rig.engine.poll(first).state is State.SUCCEEDED


def test_another_query_under_a_used_token_is_refused(rig):
    asked = submission(SUM)
    first = rig.engine.submit(asked)
    for _ in range(2):
        with pytest.raises(QueryError) as refused:
            rig.engine.submit(replace(asked, sql=NONE))
        assert refused.value.code == base.TOKEN_TAKEN
        assert ended(rig, first).state is State.SUCCEEDED
    assert rig.engine.page(first).column_names == ["total"]


def test_pages_are_parts_of_one_order(rig):
    id_, _ = run(rig, ALL)
    first = rig.engine.page(id_, size=10).to_pylist()
    assert first == [{"n": one, "word": rigs.word(one)} for one in range(1, 11)]
    assert rig.engine.page(id_, after=ROWS - 3, size=10).to_pylist()[0]["n"] == ROWS - 2
    assert rig.engine.page(id_, after=ROWS, size=10).num_rows == 0
    assert rig.engine.page(id_, after=1000, size=1000).column("n").to_pylist() == list(range(1001, 2001))


def test_batches_are_the_whole(rig):
    id_, status = run(rig, ALL)
    assert status.rows in {ROWS, -1}
    assert [row["n"] for row in values(rig.engine.batches(id_))] == list(range(1, ROWS + 1))
    # And once more: reading uses nothing up.
    assert sum(batch.num_rows for batch in rig.engine.batches(id_)) == ROWS


def test_a_result_without_rows_has_its_columns(rig):
    id_, status = run(rig, NONE)
    assert status.state is State.SUCCEEDED
    assert [one.name for one in status.columns] == ["n", "word"]
    assert rig.engine.page(id_).num_rows == 0
    assert values(rig.engine.batches(id_)) == []


def test_a_failure_says_why_and_gives_no_rows(rig):
    id_, status = run(rig, FAILS)
    assert status.state is State.FAILED
    assert status.code
    assert status.message.endswith(".")
    for verb in (rig.engine.page, lambda id_: list(rig.engine.batches(id_))):
        with pytest.raises(QueryError) as refused:
            verb(id_)
        assert refused.value.code == base.NO_RESULT


def test_a_result_over_its_bytes_is_none(rig):
    id_, status = run(rig, ALL, result_bytes=2000)
    assert (status.state, status.code) == (State.FAILED, base.OVER_BYTES)
    with pytest.raises(QueryError):
        rig.engine.page(id_)


def test_a_result_over_its_rows_is_none_where_they_are_counted(rig):
    _, counted = run(rig, ALL)
    _, status = run(rig, ALL, rows=ROWS - 1)
    if counted.rows == ROWS:
        assert (status.state, status.code) == (State.FAILED, base.OVER_ROWS)
    _, status = run(rig, ALL, rows=ROWS)
    assert status.state is State.SUCCEEDED


def test_before_the_end_there_is_no_result(rig):
    rig.hold()
    id_ = rig.engine.submit(submission(SLOW))
    assert not rig.engine.poll(id_, patience_s=0.2).state.is_end
    with pytest.raises(QueryError) as refused:
        rig.engine.page(id_)
    assert (refused.value.code, refused.value.permanent) == (base.NO_RESULT, False)
    rig.engine.cancel(id_)
    ended(rig, id_)


def test_rows_come_without_waiting_for_the_end_first(rig):
    id_ = rig.engine.submit(submission(ALL))
    rig.settle()
    assert [row["n"] for row in values(rig.engine.batches(id_, patience_s=PATIENCE_S))] == list(range(1, ROWS + 1))


def test_rows_that_do_not_come_are_not_waited_for_any_longer(rig):
    rig.hold()
    id_ = rig.engine.submit(submission(SLOW))
    with pytest.raises(QueryError) as refused:
        list(rig.engine.batches(id_, patience_s=0.2))
    assert (refused.value.code, refused.value.permanent) == (base.NO_RESULT, False)
    rig.engine.cancel(id_)
    ended(rig, id_)


def test_a_run_that_fails_gives_no_end_of_rows(rig):
    id_ = rig.engine.submit(submission(FAILS))
    rig.settle()
    with pytest.raises(QueryError) as refused:
        list(rig.engine.batches(id_, patience_s=PATIENCE_S))
    assert (refused.value.code, refused.value.permanent) == (base.NO_RESULT, True)


def test_cancel_cancels(rig):
    rig.hold()
    id_ = rig.engine.submit(submission(SLOW))
    rig.engine.cancel(id_)
    status = ended(rig, id_)
    assert (status.state, status.code) == (State.CANCELLED, "cancelled")
    rig.engine.cancel(id_)
    assert rig.engine.poll(id_) == status


def test_what_has_ended_is_not_cancelled(rig):
    id_, status = run(rig, SUM)
    rig.engine.cancel(id_)
    rig.settle()
    assert rig.engine.poll(id_) == status


def test_forgotten_is_unknown(rig):
    id_, _ = run(rig, SUM)
    rig.engine.forget(id_)
    rig.engine.forget(id_)
    for verb in (rig.engine.poll, rig.engine.page, lambda id_: list(rig.engine.batches(id_))):
        with pytest.raises(QueryError) as refused:
            verb(id_)
        assert refused.value.code == base.UNKNOWN


@pytest.mark.parametrize("id_", ["", "../..", f"{uuid.UUID(int=1)}/60/10/10", "0" * 32])
def test_an_unknown_id(rig, id_):
    rig.engine.forget(id_)
    for verb in (rig.engine.poll, rig.engine.cancel, rig.engine.page, lambda id_: list(rig.engine.batches(id_))):
        with pytest.raises(QueryError) as refused:
            verb(id_)
        assert refused.value.code == base.UNKNOWN
