"""The benchmarks of notebooks run, small, each against a whole portal of its own."""

import pytest

from bench import result
from tests.bench.test_quick import run

pytestmark = [pytest.mark.alone, pytest.mark.onprem]


def measured(tmp_path, name):
    done = run(tmp_path, name)
    assert done.returncode == 0, done.stdout + done.stderr
    kept = result.read(tmp_path / f"{name}.json")
    assert all(row.samples > 0 and row.figure > 0 for row in kept.rows)
    return {row.name: row for row in kept.rows}


def test_what_is_fetched_stands_beside_duckdb_and_pyathena(tmp_path):
    rows = measured(tmp_path, "fetch")
    whole = rows["35,277 rows of 12 columns to pandas by covid.sql, median"]
    # How it is met is the machine's matter, what it is isn't.
    assert whole.limit == pytest.approx(1.3 * whole.beside)
    beside_cursor = rows["the whole, and a tenth of PyAthena's"]
    assert beside_cursor.limit < beside_cursor.beside / 10


def test_a_lab_that_runs_is_opened_sooner_than_one_that_does_not(tmp_path):
    rows = measured(tmp_path, "labs")
    assert all(row.beside > 0 for row in rows.values())
    cold, warm = (rows[f"click to the Lab's page, {how}: median"] for how in ("cold", "warm"))
    assert warm.figure < cold.figure


def test_a_runs_time_is_that_of_its_cells_and_what_is_around_them(tmp_path):
    rows = measured(tmp_path, "runs")
    whole = rows["a run of getting_started, asked to ended: median"]
    parts = rows["of it, in its cells"], rows["of it, around them"]
    assert sum(part.figure for part in parts) == pytest.approx(whole.figure)
    assert sum(part.beside for part in parts) == pytest.approx(whole.beside)
