"""Files become snapshots: rows a second beside DuckDB's own reader, and memory that doesn't grow with the rows."""

import os
from pathlib import Path

import duckdb
from django.conf import settings

from bench.data import files, generated
from bench.data.files import Files
from bench.ground import memory
from bench.ground.memory import Spent
from bench.result import Result, Row

MILLION = 1_000_000
GROWING = (1 * MILLION, 3 * MILLION, 10 * MILLION)
# One more size, for those who have the disk and the time: 100,000,000 rows are 6 GB of text, and twice that on the way.
MORE = tuple(int(count) for count in os.environ.get("BENCH_ROWS", "").split())
QUICK_GROWING = (20_000,)
# What DuckDB may take for itself (analytics.engines.duckdb.building), and the process around it.
LIMIT_MB = 1_400
PEER = "DuckDB's read_csv into a table"


def measure(*, is_quick: bool = False) -> Result:
    """Will import the full files, then generated ones of growing size, each in a process of its own."""
    full = files.full(is_quick=is_quick)
    rows = [row for one in full for row in _rows(one, limit_mb=None)]
    for count in QUICK_GROWING if is_quick else (*GROWING, *MORE):
        file = generated.doses(files.folder() / f"doses-{count}.csv", rows=count)
        rows += _rows(Files(f"{count:,} generated rows", "owid-vaccinations", (file,)), limit_mb=LIMIT_MB)
        file.unlink()
    return Result("imports", tuple(rows), _notes(full))


def _rows(given: Files, *, limit_mb: float | None) -> list[Row]:
    ours, peer = memory.apart(_import, given), memory.apart(_read, given)
    count = ours.value
    return [
        Row(f"{given.name}: import", count / ours.seconds, "rows/s", count, None, count / peer.seconds, PEER),
        Row(f"{given.name}: most memory", _mb(ours), "MB", count, limit_mb, _mb(peer), PEER),
    ]


def _mb(spent: Spent) -> float:
    return spent.peak_bytes / 1e6


def _import(given: Files) -> int:
    return given.bring_in(Path(settings.STATE_DIR)).rows


def _read(given: Files) -> None:
    """The same files as they are, each into a table of a new database: nothing is checked, made or kept besides."""
    target = files.folder() / "peer.duckdb"
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target)) as connection:
        for number, path in enumerate(given.paths):
            connection.read_csv(str(path)).create(f"t{number}")


def _notes(full: tuple[Files, ...]) -> tuple[str, ...]:
    return (
        files.note(full),
        "An import fetches, checks every cell, derives the measures, and writes the database, Parquet and digests.",
        "The generated rows are a table as published (vaccinations), of which no measures are made.",
        "Rows are the snapshot's on both sides: Johns Hopkins' files have a line for a region, and a column for a day.",
    )
