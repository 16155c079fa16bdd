"""Every cheap benchmark runs, small. What it measures is no matter here: a shared machine proves no figure."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench import result, table
from bench.result import Result, Row

ROOT = Path(__file__).parents[2]


def run(tmp_path: Path, *names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *names, "--quick", "--results", str(tmp_path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize("name", ["tick", "pages", pytest.param("flips", marks=pytest.mark.onprem)])
@pytest.mark.alone
def test_it_measures_and_keeps_what_it_measured(tmp_path, name):
    done = run(tmp_path, name)
    assert done.returncode == 0, done.stdout + done.stderr
    kept = result.read(tmp_path / f"{name}.json")
    assert kept.rows
    assert all(row.samples > 0 for row in kept.rows)
    assert all(row.name in done.stdout for row in kept.rows)


def test_each_of_many_is_noticed_and_no_limit_is_passed(tmp_path):
    # The account's clock is turned: these figures are the same on every machine.
    done = run(tmp_path, "many")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row.name: row for row in result.read(tmp_path / "many.json").rows}
    assert rows["30 that become ready within 60 s: not noticed within the time watched"].figure == 0
    assert rows["30 that become ready within 60 s: noticed after, the last"].figure <= 12
    assert rows["codedeploy: busiest second"].figure > 0
    assert [row for row in rows.values() if row.is_met is False] == []


def test_an_unknown_name_is_refused_with_those_there_are(tmp_path):
    done = run(tmp_path, "speed")
    assert done.returncode == 2
    assert "there is no speed; there are flips, kill, rollback, pages, tick" in done.stderr


def test_a_percentile_is_one_of_the_samples():
    values = [float(number) for number in range(1, 101)]
    assert [result.percentile(values, share) for share in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert result.percentile([7.0], 99) == 7.0
    assert result.percentile([], 50) == 0.0


def test_the_table_says_what_was_met_and_what_was_missed(tmp_path):
    rows = (
        Row("failed", 0, "", 1_000, limit=0, beside=58, peer="a peer"),
        Row("slow", 12.345, "ms", 20, limit=10),
        Row("told only", 1_234_567, "", 1),
    )
    measured = Result("flips", rows, ("A note.",))
    result.write(measured, tmp_path / "flips.json", cores=2)
    assert result.read(tmp_path / "flips.json") == measured
    _, _, _, failed, slow, told, note = table.render([measured]).splitlines()
    assert failed.split() == ["failed", "0", "≤", "0", "met", "1,000", "58", "(a", "peer)"]
    assert slow.split() == ["slow", "12.3", "ms", "≤", "10", "MISSED", "20"]
    assert told.split() == ["told", "only", "1,234,567", "1"]
    assert note == "  · A note."
