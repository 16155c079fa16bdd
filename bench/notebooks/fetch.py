"""A million rows of twelve columns to a pandas frame: by `covid.sql`, through the whole portal, as in any notebook.

Beside it: DuckDB's own fetch as Arrow and the copy to pandas, in this process; and PyAthena's default cursor.
"""

import io
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic, process_time
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings

from analytics.operations import shelf
from bench.ground.portal import Portal
from bench.notebooks import athena, kernel
from bench.result import Result, Row
from notebooks.library import covid

TIMES, QUICK_TIMES = 7, 2
SETTLE_S = 1.0
# The sample's 35,277 rows, each beside this many places: 1,023,033.
TWINS, QUICK_TWINS = 29, 1
# A page of GetQueryResults has 1,000 rows; what so many take is scaled.
PAGES_ROWS, PAGES, QUICK_PAGES = 5_000, 4, 1
MOST_OVER_DUCKDB, LEAST_OVER_PYATHENA = 1.3, 10
PEER, COPIED = "DuckDB's own, in this process", "DuckDB's own, and the same bytes over a bare socket"


@dataclass(frozen=True)
class Turn:
    """What one question took, in seconds, and its peers in the same turn."""

    rows: float
    frame: float
    duckdb: float
    bare: float

    @property
    def whole(self) -> float:
        return self.rows + self.frame

    @property
    def copied(self) -> float:
        return self.duckdb + self.bare


@dataclass(frozen=True)
class Cursor:
    """What PyAthena's default cursor takes for all rows, in seconds: with the account's answers, and by itself."""

    whole: float
    own: float


def measure(*, is_quick: bool = False) -> Result:
    """Will ask the portal and DuckDB in turn, then PyAthena."""
    twins = QUICK_TWINS if is_quick else TWINS
    # Where `covid` shows how far it is, for those who wait.
    with Portal() as portal, kernel.of("ana"), _opened() as database, redirect_stdout(io.StringIO()):
        portal.stop("visitors")
        # The first one loads pandas, and the portal's workers what they need.
        table, _ = _turn(database, _sql(twins, 0))
        times = QUICK_TIMES if is_quick else TIMES
        turns = [_turn(database, _sql(twins, number))[1] for number in range(1, times + 1)]
    cursor = _through_cursor(table, QUICK_PAGES if is_quick else PAGES)
    return Result("fetch", tuple(_rows(table, turns, cursor)), _notes(cursor))


def _opened() -> duckdb.DuckDBPyConnection:
    """Gives DuckDB on the file that the portal reads, with as many threads as the portal's engine has."""
    file = shelf.pointer(Path(settings.STATE_DIR), covid.queries.DATABASE)
    return duckdb.connect(str(file), read_only=True, config={"threads": settings.CONFIGURATION.query_threads})


def _turn(database: duckdb.DuckDBPyConnection, sql: str) -> tuple[pa.Table, Turn]:
    rows_s, answer = _timed(lambda: _fetched(sql))
    frame_s, _ = _timed(answer.pandas)
    table = answer.arrow()
    # Behind a query the portal starts the process for the next one, which is nobody's time but would be the peer's.
    threading.Event().wait(SETTLE_S)
    duckdb_s, _ = _timed(lambda: database.sql(sql).to_arrow_table().to_pandas(date_as_object=False))
    return table, Turn(rows_s, frame_s, duckdb_s, _over_socket(table))


def _fetched(sql: str) -> covid.Answer:
    answer = covid.sql(sql)
    answer.arrow()
    return answer


def _sql(twins: int, number: int) -> str:
    """Gives a question that nobody asked before: one that was is answered without being run."""
    return (
        "SELECT iso, date, new_cases, new_cases_smoothed, new_cases_smoothed_per_million, total_cases, new_deaths, "  # noqa: S608 - of our own numbers
        f"new_deaths_smoothed, total_deaths, reproduction_rate, twin, {number} AS turn FROM measures "
        f"CROSS JOIN (SELECT name AS twin FROM places ORDER BY name LIMIT {twins}) AS twins"
    )


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = monotonic()
    given = act()
    return monotonic() - began, given


def _over_socket(table: pa.Table) -> float:
    """What the way alone takes: the stream's bytes lie ready, another thread sends them, and Arrow reads them here."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    ours, theirs = socket.socketpair()

    def send() -> None:
        with theirs:
            theirs.sendall(sink.getvalue())

    sender = threading.Thread(target=send)
    began = monotonic()
    sender.start()
    with ours, ours.makefile("rb", covid.door.READ_AHEAD_BYTES) as body, pa.ipc.open_stream(body) as reader:
        reader.read_all()
    taken = monotonic() - began
    sender.join()
    return taken


def _through_cursor(table: pa.Table, pages: int) -> Cursor:
    whole, own = [], []
    with athena.executed(table.slice(0, PAGES_ROWS * (pages + 1))) as cursor:
        # Its first page came with the execution.
        cursor.fetchmany(PAGES_ROWS)
        for _ in range(pages):
            began, began_own = monotonic(), process_time()
            cursor.fetchmany(PAGES_ROWS)
            own.append(process_time() - began_own)
            whole.append(monotonic() - began)
    share = table.num_rows / PAGES_ROWS
    return Cursor(median(whole) * share, median(own) * share)


def _rows(table: pa.Table, turns: Sequence[Turn], cursor: Cursor) -> list[Row]:
    count, shape = len(turns), f"{table.num_rows:,} rows of {table.num_columns} columns"
    whole, copied = median(turn.whole for turn in turns), median(turn.copied for turn in turns)
    limit, own = cursor.own / LEAST_OVER_PYATHENA, median(turn.duckdb for turn in turns)
    return [
        Row(f"{shape} to pandas by covid.sql, median", whole, "s", count, MOST_OVER_DUCKDB * copied, copied, COPIED),
        Row("the same, beside DuckDB without the way", whole, "s", count, None, own, PEER),
        Row("of it, until the query has run and its rows are here", median(turn.rows for turn in turns), "s", count),
        Row("of it, the frame made of them", median(turn.frame for turn in turns), "s", count),
        Row(
            "the whole, and a tenth of PyAthena's", whole, "s", count, limit, cursor.whole, "PyAthena's default cursor"
        ),
    ]


def _notes(cursor: Cursor) -> tuple[str, ...]:
    return (
        "The engine runs a query in a process of its own and keeps its rows; DuckDB beside it does neither.",
        f"PyAthena fetched the same rows, {PAGES_ROWS:,} at a time; the median is scaled to all of them.",
        f"Its limit is a tenth of its own processor time ({cursor.own:.0f} s): the account's answers are simulated.",
    )
