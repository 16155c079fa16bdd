"""information_schema: what Glue knows of databases, tables and columns, as tables.

Their columns are Trino's, with the two that Athena adds to `columns`. That information_schema doesn't list itself is
our simplification.
"""

from collections.abc import Iterator
from typing import Any

from moto.glue.models import FakeDatabase

from simulator.operations import Context
from simulator.services.athena import catalog
from simulator.services.athena.engine.failures import SCHEMA, QueryError
from simulator.services.athena.engine.types import literal, quoted, trino
from simulator.world import WORLD

NAME = "information_schema"
Row = tuple[str | int | None, ...]
_COLUMNS = {
    "schemata": ("catalog_name", "schema_name"),
    "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
    "columns": (
        *("table_catalog", "table_schema", "table_name", "column_name", "ordinal_position", "column_default"),
        *("is_nullable", "data_type", "comment", "extra_info"),
    ),
}


def reading(name: str, context: Context, *, at: str) -> str:
    """Will give the SELECT, for DuckDB, of one of its tables. Raises QueryError(TABLE_NOT_FOUND)."""
    if name not in _COLUMNS:
        missing = f"{catalog.NAME}.{NAME}.{name}"
        raise QueryError(f"TABLE_NOT_FOUND: {at}: Table '{missing}' does not exist", SCHEMA)
    with WORLD.lock:
        rows = [row for one in catalog.databases(context).values() for row in _rows(name, one)]
    cells = ", ".join(
        f"CAST({quoted(one)} AS {'BIGINT' if one == 'ordinal_position' else 'VARCHAR'}) AS {quoted(one)}"
        for one in _COLUMNS[name]
    )
    listed = ", ".join(f"({', '.join(map(_cell, row))})" for row in rows or [(None,) * len(_COLUMNS[name])])
    names = ", ".join(map(quoted, _COLUMNS[name]))
    return f"SELECT {cells} FROM (VALUES {listed}) AS t ({names}) WHERE {'true' if rows else 'false'}"  # noqa: S608 - quoted


def _rows(name: str, database: FakeDatabase) -> Iterator[Row]:
    if name == "schemata":
        yield catalog.NAME, database.name.lower()
        return
    for table in sorted(database.tables.values(), key=lambda one: one.name):
        known = table.as_dict()
        place = (catalog.NAME, database.name.lower(), table.name.lower())
        if name == "tables":
            yield *place, "VIEW" if known.get("TableType") == "VIRTUAL_VIEW" else "BASE TABLE"
        else:
            yield from ((*place, *one) for one in _columns(known))


def _columns(known: dict[str, Any]) -> Iterator[Row]:
    own, keys = known["StorageDescriptor"]["Columns"], known.get("PartitionKeys") or []
    for index, one in enumerate([*own, *keys]):
        extra = "partition key" if index >= len(own) else None
        yield one["Name"].lower(), index + 1, None, "YES", trino(one["Type"]), one.get("Comment"), extra


def _cell(value: str | int | None) -> str:
    match value:
        case None:
            return "NULL"
        case int():
            return str(value)
    return literal(value)
