"""One query's DuckDB, which sees the tables that the query names, and no way out of these."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import duckdb
from sqlglot import exp

from simulator.operations import Context
from simulator.services.athena.engine import translation
from simulator.services.athena.engine.failures import LateError, of_duckdb
from simulator.services.athena.engine.tables import Tables
from simulator.services.athena.engine.types import Column, column, literal, quoted

WATCH_S = 0.05


@dataclass
class Session:
    """`tables` are laid down as the query needs them."""

    tables: Tables
    folder: Path
    connection: Any
    is_over: Event = field(default_factory=Event)

    def run(self, tree: exp.Expr, sql: str) -> tuple[list[Column], list[tuple[Any, ...]]]:
        """Will run a query, and give its columns and rows. Raises QueryError in Trino's words."""
        with self._told(sql):
            found = self.connection.sql(self.tables.prepared(tree, sql))
            columns = _columns(found)
            zoned = {index for index, one in enumerate(columns) if one.type == "timestamp with time zone"}
            if not zoned:
                return columns, found.fetchall()
            # DuckDB's client needs one more library for zones; the session's is UTC.
            cells = (f"CAST(#{n + 1} AS TIMESTAMP)" if n in zoned else f"#{n + 1}" for n in range(len(columns)))
            rows = found.project(", ".join(cells)).fetchall()
            return columns, [tuple(_zoned(one) if n in zoned else one for n, one in enumerate(row)) for row in rows]

    def check(self, tree: exp.Expr, sql: str) -> list[Column]:
        """Will give the columns that a query would have, by the catalogue alone: no file is read.

        Raises QueryError for a query that can't run.
        """
        self.tables.is_dry = True
        with self._told(sql):
            return _columns(self.connection.sql(self.tables.prepared(tree, sql)))

    def export(self, tree: exp.Expr, sql: str, options: str) -> tuple[list[Column], int, Path]:
        """Will run a query into files below a folder; gives the columns, the count of rows, and the folder."""
        with self._told(sql):
            query = self.tables.prepared(tree, sql)
            described = self.connection.execute(f"SELECT * FROM ({query}) LIMIT 0").description  # noqa: S608 - the query
            columns = [column(name.lower(), type_) for name, type_, *_ in described]
            # Sums are HUGEINT in DuckDB, which Parquet doesn't know.
            cells = ", ".join(
                f"CAST({quoted(name)} AS {'BIGINT' if type_.id == 'hugeint' else type_}) AS {quoted(name.lower())}"
                for name, type_, *_ in described
            )
            target = self.folder / "out"
            target.mkdir()
            to = target if "PARTITION_BY" in options else target / "part"
            wanted = f"COPY (SELECT {cells} FROM ({query})) TO {literal(str(to))} ({options})"  # noqa: S608 - the query
            return columns, int(self.connection.execute(wanted).fetchone()[0]), target

    def watch(self, wanted: Event, limit_s: float) -> None:
        """Will end what runs once `wanted` is set, or else after `limit_s`; for a thread beside it."""
        wanted.wait(limit_s)
        # Between two statements nobody hears it, so it is said until there is nothing more to end.
        while not self.is_over.wait(WATCH_S):
            self.connection.interrupt()

    @contextmanager
    def _told(self, sql: str) -> Iterator[None]:
        try:
            yield
        except duckdb.InterruptException as error:
            raise LateError from error
        except duckdb.Error as error:
            raise of_duckdb(error, sql) from error


@contextmanager
def opened(context: Context, database: str, *, cutoff: int | None, end: Event, limit_s: float) -> Iterator[Session]:
    """Will give a session, and throw away all it had laid down.

    What it runs ends when `end` is set or when `limit_s` of this machine's time are over.
    """
    folder = Path(tempfile.mkdtemp(prefix="athena-"))
    connection = duckdb.connect()
    session = Session(Tables(context, database, folder, connection, cutoff), folder, connection)
    watch = Thread(target=session.watch, args=(end, limit_s), daemon=True)
    try:
        _furnish(connection, folder)
        watch.start()
        yield session
    finally:
        session.is_over.set()
        end.set()
        if watch.ident:
            watch.join()
        connection.close()
        shutil.rmtree(folder)


def _furnish(connection: Any, folder: Path) -> None:
    for setting in (
        *(f"{name}={literal(value)}" for name, value in translation.SETTINGS.items()),
        "python_enable_replacements=false",
        f"allowed_directories=[{literal(str(folder))}]",
        "enable_external_access=false",
        "lock_configuration=true",
    ):
        connection.execute(f"SET {setting}")
    for macro in translation.MACROS:
        connection.execute(macro)


def _columns(found: Any) -> list[Column]:
    return [column(name.lower(), type_) for name, type_ in zip(found.columns, found.types, strict=True)]


def _zoned(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=UTC)
