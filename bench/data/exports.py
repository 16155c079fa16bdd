"""A result of a million rows as a file, through a web process of the portal: what the process holds meanwhile."""

import http.client
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import duckdb
import pyarrow as pa
from django.conf import settings

from analytics.engines import registry
from analytics.models import Query
from analytics.operations import serving
from bench.data import asking, files, generated
from bench.data.files import Files
from bench.ground import filling, memory, site_copies, waiting
from bench.ground.pages_inside import Reader
from bench.ground.trouble import Trouble
from bench.result import Result, Row
from bench.traffic import sockets

MILLION, QUICK_ROWS = 1_000_000, 5_000
# Less than the CSV has: whoever gathers it before it is sent is seen.
LIMIT_MB = 32
# A sheet is written as a whole before its first byte is sent.
PATIENCE_S = 500
KINDS = ("csv", "parquet", "xlsx")
CHUNK_BYTES = 64 * 1024
# What `make run` starts, without HAProxy's line in front of each request (portal.stack.plan.programs).
COMMAND = (
    *(sys.executable, "-m", "gunicorn", "portal.wsgi:application", "--workers", "1", "--worker-class", "gthread"),
    *("--threads", "8", "--preload", "--timeout", "60", "--no-control-socket", "--access-logfile", "/dev/null"),
)
OF_DUCKDB = {"csv": "FORMAT csv, HEADER", "parquet": "FORMAT parquet, COMPRESSION zstd"}
PEER = "DuckDB's COPY of the same rows"


@dataclass(frozen=True)
class Sent:
    """One export: its seconds, its bytes, and how much more the process held at its most than before."""

    seconds: float
    size_bytes: int
    grown_bytes: int


def measure(*, is_quick: bool = False) -> Result:
    """Will ask for the rows in SQL, have a web process send them as each kind of file, and watch it."""
    filling.migrate()
    rows_wanted = QUICK_ROWS if is_quick else MILLION
    small, large = (_asked(count) for count in (QUICK_ROWS, rows_wanted))
    cookie = Reader.sign_in(filling.person()).cookie
    rows: list[Row] = []
    with _web() as (port, process):
        for kind in KINDS:
            # What is imported and allocated once is no growth.
            _send(small, kind, port, process, cookie)
            rows += _rows(kind, _send(large, kind, port, process, cookie), large)
    return Result("exports", tuple(rows), _notes(rows_wanted))


def _asked(count: int) -> Query:
    file = generated.doses(files.folder() / f"doses-{count}.csv", rows=count)
    made = Files(file.name, "owid-vaccinations", (file,)).bring_in(Path(settings.STATE_DIR))
    serving.serve(settings.STATE_DIR, made.dataset, revision=made.revision)
    return asking.ended("SELECT * FROM vaccinations", made.dataset)


@contextmanager
def _web() -> Iterator[tuple[int, int]]:
    """A web process of the portal: its port, and the number of the worker that answers."""
    [port] = sockets.free(1)
    log = files.folder() / "web.log"
    command = (*COMMAND, "--bind", f"127.0.0.1:{port}")
    with site_copies.started(command, port=port, environment=dict(os.environ), log=log) as master:
        children = Path(f"/proc/{master.pid}/task/{master.pid}/children")
        # The master listens before its worker is there.
        [worker] = waiting.until(lambda: children.read_text().split(), what="a worker answers")
        yield port, int(worker)


def _send(query: Query, kind: str, port: int, process: int, cookie: str) -> Sent:
    before = memory.held(process)
    memory.forget_peak(process)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    began = perf_counter()
    path = f"/workbench/q/{query.token}/export/{kind}/"
    connection.request("GET", path, headers={"Host": "localhost", "Cookie": cookie})
    answer = connection.getresponse()
    size = 0
    while chunk := answer.read(CHUNK_BYTES):
        size += len(chunk)
    seconds = perf_counter() - began
    connection.close()
    if answer.status != http.client.OK:
        raise Trouble(f"{path} answered {answer.status}")
    return Sent(seconds, size, memory.peak(process) - before)


def _rows(kind: str, sent: Sent, query: Query) -> list[Row]:
    count = query.rows or 0
    peer = memory.apart(_copy, query.engine, query.outside_id, kind) if kind in OF_DUCKDB else None
    beside, name = (count / peer.value, PEER) if peer else (None, "")
    grown = sent.grown_bytes / 1e6
    return [
        Row(f"{kind}: rows sent", count / sent.seconds, "rows/s", count, None, beside, name),
        Row(f"{kind}: the web process held more than before", grown, "MB", count, LIMIT_MB),
        Row(f"{kind}: the file", sent.size_bytes / 1e6, "MB", count),
    ]


def _copy(engine: str, outside_id: str, kind: str) -> float:
    """The seconds of DuckDB alone, from the same kept result."""
    batches = registry.engine_for(engine).batches(outside_id)
    with duckdb.connect() as connection:
        connection.register("kept", pa.Table.from_batches(batches))
        copy = f"COPY kept TO '{files.folder() / 'peer'}' ({OF_DUCKDB[kind]})"
        began = perf_counter()
        connection.execute(copy)
        return perf_counter() - began


def _notes(count: int) -> tuple[str, ...]:
    return (
        f"{count:,} generated rows of seven columns, over HTTP from one web process, read as fast as they come.",
        "More than before: the process's peak while it sent, less what it held after a small export of the same kind.",
        "DuckDB's COPY has the rows in memory already and writes to disk; of a sheet there is none to compare with.",
    )
