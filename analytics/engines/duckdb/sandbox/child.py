"""The fenced process: opens the snapshots, gives everything else up, runs one query and writes its rows."""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from analytics.engines.duckdb.sandbox import fence
from analytics.engines.duckdb.sandbox.order import Order, Report
from analytics.rules.sql.macros import MACROS, SETTINGS

CATALOGUE = "awsdatacatalog"
_BATCH_ROWS = 32_768
# Of the memory that a run may use, DuckDB takes this share by its own count; the rest is for what it doesn't count.
_COUNTED_SHARE = 0.7
_BEFORE_FILES: dict[str, Any] = {
    # One thread until the fences stand: they hold for a thread and for those that it starts.
    "threads": 1,
    "async_threads": 0,
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
}
_AFTER_FILES = (
    "SET temp_directory = ''",
    "SET enable_external_access = false",
    "SET disabled_filesystems = 'LocalFileSystem'",
)
_CODES: tuple[tuple[type[Exception], str], ...] = (
    (duckdb.OutOfMemoryException, "over-memory"),
    (MemoryError, "over-memory"),
    (pa.ArrowMemoryError, "over-memory"),
    (duckdb.InterruptException, "over-time"),
    (duckdb.ParserException, "sql-syntax"),
    (duckdb.CatalogException, "sql-unknown-name"),
    (duckdb.BinderException, "sql-not-fitting"),
    (duckdb.PermissionException, "sql-forbidden"),
    (duckdb.InvalidInputException, "sql-input"),
    (duckdb.Error, "sql-data"),
)


class _RefusedError(Exception):
    """The query is none."""


class _OverRowsError(Exception):
    """The result has too many rows."""


def connected() -> duckdb.DuckDBPyConnection:
    """Will give an engine that knows Athena's functions and no data yet.

    It has no threads, so that a process that has one can fork.
    """
    connection = duckdb.connect(":memory:", config=_BEFORE_FILES)
    connection.execute(f"ATTACH ':memory:' AS {CATALOGUE}")
    for name, value in SETTINGS.items():
        connection.execute(f"SET {name} = '{value}'")
    for macro in MACROS:
        connection.execute(macro)
    return connection


@dataclass
class Fenced:
    """One query on its way. `results` is the file for its rows, `report` a pipe to the runner."""

    order: Order
    connection: duckdb.DuckDBPyConnection
    results: int
    report: int

    def run(self) -> None:
        """Will run the query and say how it went; it never raises."""
        told = Report()
        try:
            told = self._run()
        except _OverRowsError:
            told = Report("over-rows")
        except _RefusedError as error:
            told = Report("sql-forbidden", str(error))
        except OSError as error:
            told = Report("over-bytes" if error.errno == errno.EFBIG else "engine", _first_line(error))
        except Exception as error:  # noqa: BLE001 - whatever a query does, the report says it
            told = Report(_code(error), _first_line(error))
        os.write(self.report, told.to_json())

    def _run(self) -> Report:
        fence.leave_everything({self.results, self.report})
        try:
            self._open_files()
        except duckdb.Error:
            return Report("no-snapshot")
        counter = os.open("/proc/self/io", os.O_RDONLY)
        order = self.order
        fence.limit_use(cpu_s=order.cpu_s, memory_bytes=order.memory_bytes, file_bytes=order.result_bytes)
        fences = fence.drop_privileges()
        self._settle()
        fences += fence.lock()
        before, looked = _bytes_read(counter)
        rows = self._stream()
        read = _bytes_read(counter)[0] - before - looked
        return Report(rows=rows, bytes_read=read, fences=("limits", *fences))

    def _open_files(self) -> None:
        """Will put each snapshot's tables into a schema of its dataset's name, in Athena's catalogue."""
        for number, (dataset, path) in enumerate(sorted(self.order.files.items())):
            self.connection.execute(f"ATTACH {_text(path)} AS snapshot_{number} (READ_ONLY)")
            schema = f"{CATALOGUE}.{_name(dataset)}"
            self.connection.execute(f"CREATE SCHEMA {schema}")
            listed = "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'main'"
            for (table,) in self.connection.execute(listed, [f"snapshot_{number}"]).fetchall():
                source = f"snapshot_{number}.main.{_name(table)}"
                self.connection.execute(f"CREATE VIEW {schema}.{_name(table)} AS FROM {source}")

    def _settle(self) -> None:
        for statement in _AFTER_FILES:
            self.connection.execute(statement).fetchall()
        self.connection.execute(f"SET memory_limit = '{int(self.order.memory_bytes * _COUNTED_SHARE)} B'")
        self.connection.execute(f"SET max_execution_time = {int(self.order.wall_s * 1000)}")
        schema = self.order.database if self.order.database in self.order.files else "main"
        self.connection.execute(f"USE {CATALOGUE}.{_name(schema)}")
        self.connection.execute(f"SET threads = {self.order.threads}")
        self.connection.execute("SET lock_configuration = true")

    def _stream(self) -> int:
        statements = self.connection.extract_statements(self.order.sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise _RefusedError("Only one query may run, and nothing else.")
        reader = self.connection.sql(statements[0]).to_arrow_reader(_BATCH_ROWS)
        rows = 0
        with os.fdopen(self.results, "wb", buffering=1 << 20) as file, pa.ipc.new_stream(file, reader.schema) as out:
            for batch in _batches(reader):
                rows += batch.num_rows
                if rows > self.order.rows:
                    raise _OverRowsError
                out.write_batch(batch)
        return rows


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Will give what isn't empty: an empty batch at the end says nothing."""
    return (batch for batch in reader if batch.num_rows)


def _bytes_read(counter: int) -> tuple[int, int]:
    """Will give how many bytes this process has read, as proc(5) counts them (rchar), and how many this look adds."""
    told = os.pread(counter, 200, 0)
    return int(told.split()[1]), len(told)


def _code(error: Exception) -> str:
    return next((code for kind, code in _CODES if isinstance(error, kind)), "engine")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:1000]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
