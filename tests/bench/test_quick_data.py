"""The benchmarks of the data run, small. What they count must be right on any machine; what they time, nobody asks."""

import multiprocessing

import duckdb
import orjson
import pytest

from bench import result
from bench.data import generated, weight
from bench.ground import memory
from tests.bench.test_quick import run

pytestmark = pytest.mark.alone
MEGABYTE = 10**6


def measured(tmp_path, name):
    done = run(tmp_path, name)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row.name: row for row in result.read(tmp_path / f"{name}.json").rows}
    assert rows
    assert all(row.samples > 0 for row in rows.values())
    return rows


def wrong_counts(rows):
    """What must be none, and isn't."""
    return [row for row in rows.values() if row.limit == 0 and row.is_met is False]


def test_charts_are_never_stale_and_the_same_sql_is_run_once(tmp_path):
    rows = measured(tmp_path, "charts")
    assert wrong_counts(rows) == []
    assert rows["charts of a snapshot that no longer serves, after each change"].samples > 100
    assert rows["SQL in another spelling, or after a way back, that was run again"].samples == 42
    light = [row for name, row in rows.items() if "all charts" in name]
    assert len(light) == 4
    assert all(0 < row.figure < row.beside for row in light)
    assert all(row.figure > 0 and row.beside > 0 for name, row in rows.items() if "a new chart" in name)


def test_a_hundred_readers_are_all_answered_from_what_serves(tmp_path):
    rows = measured(tmp_path, "readers")
    assert wrong_counts(rows) == []
    assert rows["numbers of the snapshot that no longer served"].samples > 20


def test_imports_are_measured_beside_duckdbs_reader(tmp_path):
    rows = measured(tmp_path, "imports")
    assert rows["20,000 generated rows: import"].samples == 20_000
    assert all(row.figure > 0 and row.beside > 0 for row in rows.values())


def test_a_result_is_sent_whole_as_every_kind_of_file(tmp_path):
    rows = measured(tmp_path, "exports")
    assert [name for name in rows if name.endswith("rows sent")] == [
        f"{one}: rows sent" for one in ("csv", "parquet", "xlsx")
    ]
    assert {row.samples for row in rows.values()} == {5_000}
    # Seven columns: no row takes fewer bytes than its commas.
    assert rows["csv: the file"].figure > 0.1


def test_generated_rows_are_as_many_as_were_wanted_and_each_stands_once(tmp_path):
    file = generated.doses(tmp_path / "doses.csv", rows=generated.DAYS * 40 + 7)
    read = f"FROM read_csv('{file}')"
    [(rows, distinct, places)] = duckdb.sql(
        f"SELECT count(*), count(DISTINCT (iso_code, date)), count(DISTINCT iso_code) {read}"
    ).fetchall()
    assert (rows, distinct, places) == (generated.DAYS * 40 + 7, rows, 41)


def hold(size):
    return len(bytearray(b"x") * size)


def test_the_memory_that_work_took_is_its_own(tmp_path):
    little, much = memory.apart(hold, MEGABYTE), memory.apart(hold, 200 * MEGABYTE)
    assert much.value == 200 * MEGABYTE
    assert 150 * MEGABYTE < much.peak_bytes - little.peak_bytes < 300 * MEGABYTE
    assert multiprocessing.active_children() == []


def test_a_peak_is_forgotten():
    hold(200 * MEGABYTE)
    before = memory.peak("self")
    memory.forget_peak("self")
    assert memory.held("self") <= memory.peak("self") < before - 100 * MEGABYTE


def test_the_peer_has_the_same_numbers_and_a_date_for_each():
    told = {"x0": "2020-12-31", "scale": 100.0, "missing": -1, "series": [{"name": "Fiji", "values": [150, -1, 0]}]}
    [line] = orjson.loads(weight.figure(told))["data"]
    assert line["x"] == ["2020-12-31", "2021-01-01", "2021-01-02"]
    assert (line["name"], line["y"]) == ("Fiji", [1.5, None, 0.0])
