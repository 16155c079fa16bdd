"""The embedded catalogue: the tables of pinned snapshots, read off their files and manifests."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

import duckdb
import pyarrow as pa

from analytics.catalogs import base
from analytics.catalogs.base import MOST_PARTITIONS, CatalogError, Column, Partition, Table
from analytics.engines import types
from analytics.engines.base import QueryError
from analytics.engines.duckdb.snapshots import Snapshots, opened
from analytics.rules import manifest
from analytics.rules.manifest import Manifest

_TABLES = """
SELECT table_name, coalesce(comment, ''), estimated_size FROM duckdb_tables()
WHERE database_name = 'snapshot' AND schema_name = 'main' ORDER BY lower(table_name)
"""
_COMMENTS = """
SELECT table_name, column_name, coalesce(comment, '') FROM duckdb_columns()
WHERE database_name = 'snapshot' AND schema_name = 'main'
"""
# The column that a snapshot's last day is of.
_DAYS = ("date", "date")


@dataclass(frozen=True)
class DuckDBCatalog:
    """Keeps the promises of analytics.catalogs.base for the snapshots that `pins` names, dataset -> revision.

    A database is a dataset. The rows of a table lie in the snapshot's one file; its partitions and sizes are those of
    the Parquet files beside it, which hold the same rows.
    """

    snapshots: Snapshots
    pins: Mapping[str, str]
    name: str = "duckdb"

    def databases(self) -> tuple[str, ...]:
        """Will name the datasets that are pinned."""
        return tuple(sorted(self.pins))

    def tables(self, database: str) -> tuple[Table, ...]:
        """Will read what the snapshot's file says of its tables; no row of it."""
        return tuple(replace(one, partitions=()) for one in self._all(database))

    def table(self, database: str, name: str) -> Table:
        """Will give one of them with its partitions."""
        found = next((one for one in self._all(database) if one.name == name), None)
        if found is None:
            raise base.missing(database, name)
        return found

    def sample(self, database: str, name: str, *, rows: int) -> pa.Table:
        """Will read the first rows as they lie in the file."""
        found = self.table(database, name)
        with _told(), opened(self.snapshots.file(database, found.snapshot)) as connection:
            return connection.sql(f"SELECT * FROM {_named(name)} LIMIT {rows:d}").to_arrow_table()  # noqa: S608

    def _all(self, database: str) -> tuple[Table, ...]:
        if database not in self.pins:
            raise base.missing(database)
        with _told():
            return _read(self.snapshots.file(database, self.pins[database]), database, self.pins[database])


# A snapshot never changes: what was read once stays true.
@lru_cache(maxsize=64)
def _read(path: Path, database: str, revision: str) -> tuple[Table, ...]:
    made = _manifest(path.parent / "manifests" / f"{revision}.json")
    with opened(path) as connection:
        comments = {(table, column): told for table, column, told in connection.execute(_COMMENTS).fetchall()}
        listed = connection.execute(_TABLES).fetchall()
        return tuple(
            _table(connection, Table(database, name, (), comment, rows=rows, snapshot=revision), comments, made)
            for name, comment, rows in listed
        )


def _table(
    connection: duckdb.DuckDBPyConnection,
    bare: Table,
    comments: Mapping[tuple[str, str], str],
    made: Manifest | None,
) -> Table:
    schema = connection.sql(f"SELECT * FROM {_named(bare.name)} LIMIT 0").to_arrow_table().schema  # noqa: S608
    columns = tuple(
        Column(one.name.lower(), one.type, comments.get((bare.name, one.name), "")) for one in types.columns_of(schema)
    )
    named = replace(bare, name=bare.name.lower(), columns=columns, format="DuckDB and Parquet")
    if made is None:
        return replace(named, partition_count=None)
    inside = PurePosixPath("parquet", bare.snapshot, bare.name)
    partitions = _partitions(made, inside)
    is_split = any(one.values for one in partitions)
    has_days = any((one.name, one.type) == _DAYS for one in columns)
    return replace(
        named,
        location=f"{bare.database}/{inside}/",
        size_bytes=sum(one.size_bytes or 0 for one in partitions) if partitions else None,
        changed_at=made.snapshot.imported_at,
        last_date=made.snapshot.last_date if has_days else None,
        partitioned_by=("year",) if is_split else (),
        partitions=partitions[-MOST_PARTITIONS:] if is_split else (),
        partition_count=len(partitions) if is_split else 0,
    )


def _partitions(made: Manifest, inside: PurePosixPath) -> tuple[Partition, ...]:
    """The table's Parquet files, folder by folder: year=2021 holds the days of that year."""
    sizes: dict[PurePosixPath, int] = {}
    for file in made.files:
        path = PurePosixPath(file.name)
        if path.is_relative_to(inside):
            sizes[path.parent] = sizes.get(path.parent, 0) + file.size_bytes
    return tuple(
        Partition(
            tuple(part.partition("=")[2] for part in folder.relative_to(inside).parts),
            f"{made.snapshot.dataset}/{folder}/",
            size_bytes,
        )
        for folder, size_bytes in sorted(sizes.items())
    )


def _manifest(path: Path) -> Manifest | None:
    try:
        return manifest.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _named(table: str) -> str:
    quoted = table.replace('"', '""')
    return f'snapshot.main."{quoted}"'


@contextmanager
def _told() -> Iterator[None]:
    """Puts what the engine raises into the catalogue's words."""
    try:
        yield
    except QueryError as error:
        raise CatalogError(error.code, error.message, permanent=error.permanent) from error
    except duckdb.Error as error:
        message = "The snapshot's file can't be read. Nothing was changed. Import it again."
        raise CatalogError("no-snapshot", message) from error
