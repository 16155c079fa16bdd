"""The snapshots' files and what is in them. A revision never changes, so what was looked up once stays true."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb

from analytics.engines.base import QueryError

# table -> column -> DuckDB's type
Tables = Mapping[str, Mapping[str, str]]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class Snapshots:
    """The folder with one folder for each dataset."""

    folder: Path

    def file(self, dataset: str, revision: str) -> Path:
        """Will give a snapshot's file. Raises QueryError where there is none."""
        if _NAME.fullmatch(dataset) and _NAME.fullmatch(revision):
            path = self.folder / dataset / f"lake-{revision}.duckdb"
            if path.is_file():
                return path
        message = (
            f"There is no snapshot {revision!r} of {dataset!r}. Nothing was read. Choose a snapshot that is there."
        )
        raise QueryError("no-snapshot", message)

    def tables(self, dataset: str, revision: str) -> Tables:
        """Will give the tables of a snapshot with their columns. Raises QueryError where it can't be read."""
        try:
            return _tables(self.file(dataset, revision))
        except duckdb.Error as error:
            message = f"The snapshot {revision!r} of {dataset!r} can't be read. Nothing was read. Import it again."
            raise QueryError("no-snapshot", message) from error


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Will open a snapshot's file as the database `snapshot`, for as long as it takes to look something up."""
    # By a name of its own: a connection by path would share its engine, and its lock, with every other in the process.
    with duckdb.connect(":memory:", config={"threads": 1, "async_threads": 0}) as connection:
        quoted = str(path).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS snapshot (READ_ONLY)")
        yield connection


@lru_cache(maxsize=64)
def _tables(path: Path) -> Tables:
    with opened(path) as connection:
        found: dict[str, dict[str, str]] = {}
        listed = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'snapshot' AND "
        for table, column, type_ in connection.execute(
            listed + "schema_name = 'main' ORDER BY column_index"
        ).fetchall():
            found.setdefault(table.lower(), {})[column.lower()] = type_
        return found
