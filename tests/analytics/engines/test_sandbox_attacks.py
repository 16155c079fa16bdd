"""Attacks on the fenced process with nothing before it: files, other processes, time, memory, and the lake's bytes."""

import shutil

import pytest

from analytics.engines.duckdb.sandbox import landlock, seccomp
from tests.analytics.engines.attacks import BOMBS, DISCLOSURES, READS, TWISTED, WRITES
from tests.analytics.engines.bare import Bare

# Beyond its time a run needs this much to be ended, on a machine that does other things too.
GRACE_S = 4.0


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    made = Bare(tmp_path_factory.mktemp("bare"))
    yield made
    made.runners.close()
    assert made.seen() == made.before
    shutil.rmtree(made.folder)


def put(sql: str, bare: Bare) -> str:
    return sql.replace("{lake}", str(bare.path)).replace("{folder}", str(bare.folder))


def test_the_fences_stand(bare):
    status, table = bare.run("SELECT sum(n) AS n FROM counted")
    assert table.to_pylist() == [{"n": 3126250}]
    assert {"limits", "no new privileges"} <= set(status.fences)
    assert ("seccomp" in status.fences) == seccomp.is_offered()
    assert any(one.startswith("landlock") for one in status.fences) == bool(landlock.version())


@pytest.mark.parametrize("sql", READS)
def test_no_file_is_read(bare, sql):
    status, table = bare.run(put(sql, bare))
    assert status.state == "FAILED", table
    assert status.code.startswith("sql-")
    assert "root:" not in status.message


@pytest.mark.parametrize("sql", WRITES)
def test_nothing_is_written_or_set(bare, sql):
    files = set(bare.folder.iterdir())
    status, table = bare.run(put(sql, bare))
    assert status.state == "FAILED", table
    assert bare.seen() == bare.before
    assert set(bare.folder.iterdir()) == files


@pytest.mark.parametrize("sql", DISCLOSURES)
def test_nothing_of_ours_is_told(bare, sql):
    status, table = bare.run(sql)
    told = status.message if table is None else str(table.to_pydict())
    told = told.replace(str(bare.path), "")
    assert str(bare.folder) not in told
    assert "/home/" not in told
    assert "/root" not in told


@pytest.mark.parametrize("sql", BOMBS, ids=lambda sql: sql[:60])
def test_a_bomb_ends_in_time(bare, sql):
    status, _ = bare.timed(sql)
    assert bare.took_s < 3.0 + GRACE_S
    assert status.state == "FAILED"
    assert status.code in {"over-time", "over-cpu", "over-memory", "over-bytes", "over-rows", "engine-crashed"} or (
        status.code.startswith("sql-")
    )


@pytest.mark.parametrize("sql", TWISTED, ids=lambda sql: sql[:60])
def test_what_is_twisted_ends(bare, sql):
    status, _ = bare.timed(sql)
    assert bare.took_s < 3.0 + GRACE_S
    assert status.state in {"FAILED", "SUCCEEDED"}
    # And whatever became of that process, the next one is as new.
    assert bare.run("SELECT 1 AS one")[1].to_pylist() == [{"one": 1}]
