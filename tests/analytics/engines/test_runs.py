"""Runs of the embedded engine when processes die, wait, or give much."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import analytics
from analytics.engines import registry
from analytics.engines.base import QueryError, State
from analytics.engines.duckdb.engine import Config, DuckDBEngine
from analytics.engines.duckdb.sandbox.folder import RunFolder
from tests.analytics.engines.bare import Bare
from tests.contracts.engines.rigs import DATABASE, REVISION, ROWS, SUM, DuckDBRig, submission
from tests.contracts.rigs import until

CODE = Path(analytics.__file__).parent.parent
ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"


@pytest.fixture
def rig(tmp_path):
    made = DuckDBRig(tmp_path)
    yield made
    made.close()


@pytest.fixture
def bare(tmp_path):
    made = Bare(tmp_path)
    yield made
    made.runners.close()


def running(folder: RunFolder) -> object:
    return until(lambda: folder.status().state == "RUNNING", what="running")


def fenced(parent: int) -> list[int]:
    """The processes that a runner has started."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(one) for one in listed]


def test_a_run_outlives_who_asked_for_it(tmp_path):
    rig = DuckDBRig(tmp_path)
    asked = submission(SUM)
    program = f"""
import os, signal
from pathlib import Path
from analytics.engines.duckdb.engine import Config, DuckDBEngine
from tests.contracts.engines.rigs import submission
engine = DuckDBEngine(Config(Path({str(tmp_path)!r}) / "lake", Path({str(tmp_path)!r}) / "results"))
engine.submit(submission({SUM!r}, token={asked.token!r}))
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=CODE, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL

    assert rig.engine.poll(asked.token, patience_s=20).state is State.SUCCEEDED
    assert rig.engine.page(asked.token).to_pylist() == [{"total": ROWS * (ROWS + 1) // 2}]
    assert rig.engine.submit(asked) == asked.token


def test_with_its_runner_the_query_dies_and_the_run_says_so(bare):
    folder = bare.start(ENDLESS, wall_s=60.0, cpu_s=60)
    running(folder)
    [runner] = bare.runners._busy
    [query] = until(lambda: fenced(runner.pid), what="the fenced process")

    os.kill(runner.pid, signal.SIGKILL)
    runner.wait()

    until(lambda: not Path(f"/proc/{query}").exists(), what="the query's end")
    assert (folder.status().state, folder.status().code) == ("FAILED", "interrupted")


def test_a_query_that_dies_is_told(bare):
    folder = bare.start(ENDLESS, wall_s=60.0, cpu_s=60)
    running(folder)
    [query] = until(lambda: fenced(bare.runners._busy[0].pid), what="the fenced process")

    os.kill(query, signal.SIGSEGV)

    until(lambda: folder.status().is_end, what="the end")
    assert (folder.status().state, folder.status().code) == ("FAILED", "engine-crashed")


def test_more_queries_than_slots_wait_and_can_be_cancelled(bare):
    first = bare.start(ENDLESS, wall_s=60.0, cpu_s=60, slots=1)
    running(first)
    second, third = (bare.start("SELECT 1 AS one", slots=1) for _ in range(2))

    until(lambda: second.has_begun and third.has_begun, what="both to wait")
    third.want_cancel()
    until(lambda: third.status().is_end, what="the third's end")
    assert (second.status().state, third.status().state) == ("QUEUED", "CANCELLED")
    first.want_cancel()
    until(lambda: second.status().is_end, what="the second's end")
    assert second.status().state == "SUCCEEDED"
    assert second.status().queued_ms > 0


def test_a_snapshot_that_is_gone_is_told(rig):
    rig.engine.estimate(submission(SUM))
    rig.path.unlink()
    with pytest.raises(QueryError) as refused:
        rig.engine.submit(submission(SUM))
    assert refused.value.code == "no-snapshot"


def test_a_run_costs_nothing_of_others_memory(bare):
    status, _ = bare.run(
        "SELECT i, i + 1 AS b, i::DOUBLE AS c, 'x' || i AS d FROM range(1000000) t(i)",
        rows=2_000_000,
        cpu_s=20,
        wall_s=20.0,
        memory_bytes=400 << 20,
        result_bytes=1 << 30,
    )
    assert (status.state, status.rows) == ("SUCCEEDED", 1_000_000)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) AS n FROM wide",
        "SELECT sum(c1) AS n FROM wide WHERE day = DATE '2020-06-01'",
        "SELECT sum(c1 + c2) AS n FROM wide WHERE day BETWEEN DATE '2022-01-01' AND DATE '2022-02-01'",
        "SELECT * FROM wide WHERE iso = 'P007' ORDER BY day LIMIT 5",
        "SELECT iso, max(c3) AS n FROM wide WHERE day > DATE '2021-01-01' AND c1 > 5 GROUP BY iso",
        "SELECT sum(a.c1) AS n FROM wide a JOIN wide b ON a.iso = b.iso AND a.day = b.day WHERE b.c2 > 0.5",
        "WITH x AS (SELECT day, c4 FROM wide WHERE day IN (DATE '2020-01-05', DATE '2023-01-05')) SELECT * FROM x",
        "SELECT text FROM wide WHERE c1 > 200 ORDER BY text",
    ],
)
def test_no_query_reads_more_than_was_told(wide, sql):
    asked = submission(sql)
    upper = wide.estimate(asked).bytes_upper
    id_ = wide.submit(asked)
    status = wide.poll(id_, patience_s=20)
    assert status.state is State.SUCCEEDED, status
    assert upper >= status.bytes_scanned


def test_columns_and_row_groups_that_are_left_out_count_for_nothing(wide):
    def upper(sql):
        return wide.estimate(submission(sql)).bytes_upper

    everything = upper("SELECT * FROM wide")
    assert upper("SELECT c1 FROM wide") < everything / 2
    assert upper("SELECT * FROM wide WHERE day = DATE '2020-01-01'") < everything / 2
    assert upper("SELECT * FROM wide WHERE day = DATE '2019-01-01'") == 0
    assert upper("SELECT * FROM wide a, wide b") == 2 * everything


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wide")
    path = folder / "lake" / DATABASE / f"lake-{REVISION}.duckdb"
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("""CREATE TABLE wide AS SELECT DATE '2020-01-01' + CAST(i // 240 AS INTEGER) AS day,
            printf('P%03d', i % 240) AS iso, i AS c1, sin(i) AS c2, sin(i * 7) AS c3, i % 13 AS c4,
            repeat('some text ', 5) || i AS text FROM range(400000) t (i) ORDER BY i""")
    engine = DuckDBEngine(Config(folder / "lake", folder / "results"))
    yield engine
    engine.runners.close()


def test_the_registry_knows_its_engines():
    assert registry.engine_for("duckdb") is registry.engine_for("duckdb")
    assert registry.engine_for("memory").name == "memory"
    assert registry.name_of("") == "duckdb"
    with pytest.raises(QueryError) as refused:
        registry.name_of("presto")
    assert refused.value.code == "engine-unknown"
