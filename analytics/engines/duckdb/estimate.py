"""The most that a query may read of a snapshot's file: the blocks of its columns, row group by row group.

The file's own list of segments is what DuckDB reads by, so it is what the bound is made of; a bound from the Parquet
files beside it would be of other files, compressed otherwise. No row is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from analytics.engines import usage
from analytics.engines.duckdb.snapshots import Snapshots, opened
from analytics.engines.usage import Usage, Value
from analytics.rules.sql.statement import Statement

_LISTED = """
SELECT row_group_id, lower(column_name), block_id, additional_block_ids, stats.min, stats.max
FROM pragma_storage_info(?) WHERE persistent
"""
# Texts are kept by their first letters: what is longer comes after them.
_LAST_LETTER = "\U0010ffff"


@dataclass(frozen=True)
class Segment:
    """A piece of a column within a row group; `blocks` are those that hold it."""

    group: int
    column: str
    blocks: frozenset[int]
    least: Value | None
    most: Value | None


@dataclass(frozen=True)
class Layout:
    """Where the rows of a file's tables lie."""

    block_bytes: int
    tables: Mapping[str, tuple[Segment, ...]]


def bytes_upper(read: Statement, snapshots: Snapshots, pins: Mapping[str, str], database: str) -> int:
    """Will add up every mention of a table, in bytes. Raises QueryError where a snapshot can't be read."""
    return sum(
        _bytes(one, _layout(snapshots.file(one.database, pins[one.database]))) for one in usage.of(read, database)
    )


def _bytes(used: Usage, layout: Layout) -> int:
    segments = layout.tables[used.table]
    skipped = _skipped(used, segments)
    blocks: set[int] = set()
    for one in segments:
        if one.group not in skipped and (used.columns is None or one.column in used.columns):
            blocks |= one.blocks
    return len(blocks) * layout.block_bytes


def _skipped(used: Usage, segments: Iterable[Segment]) -> set[int]:
    """The row groups in which no row can be wanted: for one of the conditions, none of their values is."""
    may: dict[tuple[int, str], bool] = {}
    wanted = {one.column: one for one in used.ranges}
    for one in segments:
        # Whether a value is NULL is a segment of its own, without bounds.
        if one.column in wanted and (one.least is not None or one.most is not None):
            key = (one.group, one.column)
            may[key] = may.get(key, False) or wanted[one.column].may_hold(one.least, one.most)
    return {group for (group, _), is_wanted in may.items() if not is_wanted}


@lru_cache(maxsize=64)
def _layout(path: Path) -> Layout:
    with opened(path) as connection:
        (block_bytes,) = connection.execute(
            "SELECT block_size FROM pragma_database_size() WHERE database_name = 'snapshot'"
        ).fetchall()[0]
        listed = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'snapshot' AND schema_name = 'main'"
        names = [name for (name,) in connection.execute(listed).fetchall()]
        return Layout(block_bytes, {name.lower(): _segments(connection, name) for name in names})


def _segments(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[Segment, ...]:
    quoted = table.replace('"', '""')
    rows = connection.execute(_LISTED, [f'snapshot.main."{quoted}"']).fetchall()
    return tuple(
        Segment(group, column, frozenset({block, *more} - {-1}), _value(least), _value(most, is_most=True))
        for group, column, block, more, least, most in rows
    )


def _value(stored: Any, *, is_most: bool = False) -> Value | None:
    """A bound in the types that conditions have; None where it can't be compared."""
    if isinstance(stored, bool | datetime):
        return None
    if isinstance(stored, int | float):
        return Decimal(stored)
    if isinstance(stored, str):
        return stored + _LAST_LETTER if is_most else stored
    return stored if isinstance(stored, date | Decimal) else None
