"""The tables that a query names, as views in DuckDB over local copies of their files."""

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moto.glue.models import FakeTable
from sqlglot import exp

from simulator.operations import Context
from simulator.services.athena import catalog
from simulator.services.athena.engine import files, information, partitions, translation
from simulator.services.athena.engine.failures import DATA, SYNTAX, CutoffError, QueryError, position
from simulator.services.athena.engine.partitions import Partition
from simulator.services.athena.engine.types import literal, of_hive, quoted
from simulator.world import WORLD

# A hidden column says where in S3 a row lies. The translation's rules refuse its name, for the engine without S3 has
# none, so that it has another one inside.
PATH, INSIDE = "$path", "path_of_row"
# DuckDB has an information_schema of its own.
INFORMATION = "information"


@dataclass
class Tables:
    """`limit` is the workgroup's cutoff in bytes, `scanned` how many were read; where `is_dry`, no file is read."""

    context: Context
    database: str
    folder: Path
    connection: Any
    limit: int | None = None
    is_dry: bool = False
    scanned: int = 0
    _known: set[tuple[str, str]] = field(default_factory=set)

    def prepared(self, tree: exp.Expr, sql: str) -> str:
        """Will make views of the tables that a query names, and write it for DuckDB. Raises QueryError."""
        for node in translation.tables(tree):
            self._lay(node, tree, sql)
        for one in list(tree.find_all(exp.Column)):
            if one.name.lower() == PATH:
                _name_inside(one)
        return translation.written(tree, self._schema(), sql)

    def _lay(self, node: exp.Table, tree: exp.Expr, sql: str) -> None:
        schema, name = (node.db or self.database).lower(), node.name.lower()
        if node.catalog and node.catalog.lower() != catalog.NAME:
            raise QueryError(f"CATALOG_NOT_FOUND: {position(sql, node.catalog)}: Catalog '{node.catalog}' not found")
        place = (INFORMATION if schema == information.NAME else schema, name)
        if place not in self._known:
            self._known.add(place)
            reading = self._reading(schema, node, tree, position(sql, node.name))
            self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(place[0])}")
            self.connection.execute(f"CREATE VIEW {quoted(place[0])}.{quoted(name)} AS {reading}")
        node.set("this", exp.to_identifier(name, quoted=True))
        node.set("db", exp.to_identifier(place[0], quoted=True))
        node.set("catalog", None)
        if not node.alias:
            # Columns may be written with the table's name in front.
            node.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))

    def _reading(self, schema: str, node: exp.Table, tree: exp.Expr, at: str) -> str:
        if schema == information.NAME:
            return information.reading(node.name.lower(), self.context, at=at)
        table = catalog.table(schema, node.name, self.context, at=at)
        known = table.as_dict()
        return self._view(known) if known.get("TableType") == "VIRTUAL_VIEW" else self._table(table, node, tree)

    def _view(self, known: Mapping[str, Any]) -> str:
        encoded = re.search(r"Presto View: (\S+)", known["ViewOriginalText"])
        if encoded is None:
            raise QueryError(f"INVALID_VIEW: View '{known['Name']}' was not made by Athena")
        sql = json.loads(base64.b64decode(encoded[1]))["originalSql"]
        return self.prepared(translation.parse(sql), sql)

    def _table(self, table: FakeTable, node: exp.Table, tree: exp.Expr) -> str:
        known, used = table.as_dict(), translation.columns(tree)
        keys = partitions.keys_of(known)
        has_path = any(one.name.lower() == PATH for one in tree.find_all(exp.Column))
        if has_path and used is None:
            raise QueryError(f'NOT_SUPPORTED: the simulator gives "{PATH}" beside named columns, not beside *', SYNTAX)
        parts = []
        for one in () if self.is_dry else self._partitions(table, node, tree):
            pairs = zip(keys, one.values, strict=True)
            cells = "".join(f", CAST({literal(value)} AS {key.type}) AS {quoted(key.name)}" for key, value in pairs)
            for source in self._sources(one.storage, known.get("Parameters") or {}, used, has_path=has_path):
                parts.append(f"SELECT *{cells} FROM ({source})")  # noqa: S608 - quoted
        hidden = [{"Name": INSIDE, "Type": "string"}] if has_path else []
        declared = [*known["StorageDescriptor"]["Columns"], *hidden, *(known.get("PartitionKeys") or [])]
        return " UNION ALL ".join(parts) or _empty(declared)

    def _partitions(self, table: FakeTable, node: exp.Table, tree: exp.Expr) -> Iterator[Partition]:
        names = {one.name for one in partitions.keys_of(table.as_dict())}
        demands = translation.conditions(tree, node, names)
        return partitions.wanted(table, demands, self._ask, now=WORLD.now())

    def _ask(self, query: str) -> Sequence[tuple[Any, ...]]:
        rows: Sequence[tuple[Any, ...]] = self.connection.execute(query).fetchall()
        return rows

    def _sources(
        self, storage: Mapping[str, Any], parameters: Mapping[str, str], used: set[str] | None, *, has_path: bool
    ) -> Iterator[str]:
        """The SELECTs that read a location's files: all of them at once, or each with its path."""
        found = files.listed(storage["Location"], self.context)
        bucket, _ = files.split(storage["Location"])
        for group in [[one] for one in found] if has_path else [found] if found else []:
            contents = [content for _, content in group]
            source = self._files(storage, parameters, contents, used)
            path = f", {literal(f's3://{bucket}/{group[0][0]}')} AS {quoted(INSIDE)}" if has_path else ""
            yield f"SELECT *{path} FROM ({source})"  # noqa: S608 - quoted

    def _files(
        self, storage: Mapping[str, Any], parameters: Mapping[str, str], contents: list[bytes], used: set[str] | None
    ) -> str:
        if files.is_parquet(storage):
            return self._parquet(storage["Columns"], contents, used)
        self._scan(sum(len(one) for one in contents))
        return files.reading(storage, parameters, contents, self.folder)

    def _parquet(self, columns: list[Mapping[str, str]], contents: list[bytes], used: set[str] | None) -> str:
        paths = []
        for content in contents:
            path = self.folder / f"{len(list(self.folder.iterdir()))}.parquet"
            path.write_bytes(content)
            paths.append(literal(str(path)))
        listed = f"[{', '.join(paths)}]"
        sizes = self.connection.execute(
            f"SELECT lower(split_part(path_in_schema, ',', 1)), sum(total_compressed_size) FROM parquet_metadata({listed}) GROUP BY 1"  # noqa: S608, E501 - quoted
        ).fetchall()
        # Columns that aren't asked for aren't read, nor paid.
        self._scan(sum(int(size) for name, size in sizes if used is None or name.strip() in used))
        source = f"read_parquet({listed}, union_by_name=true)"
        found = self.connection.sql(f"SELECT * FROM {source}")  # noqa: S608 - quoted
        held = dict(zip(map(str.lower, found.columns), found.types, strict=True))
        cells = ", ".join(_cell(one["Name"].lower(), one["Type"], held) for one in columns)
        return f"SELECT {cells} FROM {source}"  # noqa: S608 - quoted

    def _scan(self, size: int) -> None:
        self.scanned += size
        if self.limit is not None and self.scanned > self.limit:
            raise CutoffError

    def _schema(self) -> dict[str, dict[str, dict[str, str]]]:
        known: dict[str, dict[str, dict[str, str]]] = {}
        asked = "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns"
        for schema, table, name, type_ in self.connection.execute(asked).fetchall():
            known.setdefault(schema, {}).setdefault(table, {})[name] = type_
        return known


def _name_inside(path: exp.Column) -> None:
    path.set("this", exp.to_identifier(INSIDE, quoted=True))
    if isinstance(path.parent, exp.Select) and path.arg_key == "expressions":
        path.replace(exp.alias_(path.copy(), PATH, quoted=True))


def _empty(columns: list[Mapping[str, str]]) -> str:
    cells = ", ".join(f"CAST(NULL AS {of_hive(one['Type'])}) AS {quoted(one['Name'].lower())}" for one in columns)
    return f"SELECT {cells} WHERE false"


def _cell(name: str, hive: str, held: Mapping[str, Any]) -> str:
    """One column of Parquet by its name: NULL where the files lack it, an error where theirs is of another kind."""
    wanted = of_hive(hive)
    if name not in held:
        return f"CAST(NULL AS {wanted}) AS {quoted(name)}"
    if (wanted == "VARCHAR") != (held[name].id in {"varchar", "json", "blob"}):
        told = (
            f"Field {name}'s type {held[name]} in parquet file is incompatible with type {hive} defined in table schema"
        )
        raise QueryError(f"HIVE_BAD_DATA: {told}", DATA)
    return f"CAST({quoted(name)} AS {wanted}) AS {quoted(name)}"
