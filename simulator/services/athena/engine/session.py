"""One query's DuckDB: the tables that it names as views over local copies of their files, and no way out of these."""

import base64
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from simulator.operations import Context
from simulator.services.athena import catalog
from simulator.services.athena.engine import files, translation
from simulator.services.athena.engine.failures import DATA, CutoffError, QueryError, of_duckdb, position
from simulator.services.athena.engine.types import Column, column, literal, of_hive, quoted

Partition = tuple[Mapping[str, Any], list[tuple[str, str, str]]]  # its storage, and name, type and value of each key


@dataclass
class Session:
    """`limit` is the workgroup's cutoff in bytes; `scanned` how many were read."""

    context: Context
    database: str
    folder: Path
    limit: int | None = None
    scanned: int = 0
    connection: Any = field(default_factory=duckdb.connect)
    _known: set[tuple[str, str]] = field(default_factory=set)

    def prepared(self, tree: exp.Expr, sql: str) -> str:
        """Will make views of the tables that a query names, and write it for DuckDB. Raises QueryError."""
        for node in translation.tables(tree):
            self._lay(node, tree, sql)
        return translation.written(tree, self._schema(), sql)

    def run(self, tree: exp.Expr, sql: str) -> tuple[list[Column], list[tuple[Any, ...]]]:
        """Will run a query, and give its columns and rows. Raises QueryError in Trino's words."""
        with _told(sql):
            found = self.connection.sql(self.prepared(tree, sql))
            columns = [column(name.lower(), type_) for name, type_ in zip(found.columns, found.types, strict=True)]
            zoned = {index for index, one in enumerate(columns) if one.type == "timestamp with time zone"}
            if not zoned:
                return columns, found.fetchall()
            # DuckDB's client needs one more library for zones; the session's is UTC.
            cells = (f"CAST(#{n + 1} AS TIMESTAMP)" if n in zoned else f"#{n + 1}" for n in range(len(columns)))
            rows = found.project(", ".join(cells)).fetchall()
            return columns, [tuple(_zoned(one) if n in zoned else one for n, one in enumerate(row)) for row in rows]

    def export(self, tree: exp.Expr, sql: str, options: str) -> tuple[list[Column], int, Path]:
        """Will run a query into files below a folder; gives the columns, the count of rows, and the folder."""
        with _told(sql):
            query = self.prepared(tree, sql)
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

    def _lay(self, node: exp.Table, tree: exp.Expr, sql: str) -> None:
        schema, name = (node.db or self.database).lower(), node.name.lower()
        if node.catalog and node.catalog.lower() != catalog.NAME:
            raise QueryError(f"CATALOG_NOT_FOUND: {position(sql, node.catalog)}: Catalog '{node.catalog}' not found")
        if (schema, name) not in self._known:
            known = catalog.table(schema, name, self.context, at=position(sql, node.name)).as_dict()
            self._known.add((schema, name))
            is_view = known.get("TableType") == "VIRTUAL_VIEW"
            reading = self._view(known) if is_view else self._table(known, node, tree)
            self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
            self.connection.execute(f"CREATE VIEW {quoted(schema)}.{quoted(name)} AS {reading}")
        node.set("this", exp.to_identifier(name, quoted=True))
        node.set("db", exp.to_identifier(schema, quoted=True))
        node.set("catalog", None)
        if not node.alias:
            # Columns may be written with the table's name in front.
            node.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))

    def _view(self, known: Mapping[str, Any]) -> str:
        encoded = re.search(r"Presto View: (\S+)", known["ViewOriginalText"])
        if encoded is None:
            raise QueryError(f"INVALID_VIEW: View '{known['Name']}' was not made by Athena")
        sql = json.loads(base64.b64decode(encoded[1]))["originalSql"]
        return self.prepared(translation.parse(sql), sql)

    def _table(self, known: Mapping[str, Any], node: exp.Table, tree: exp.Expr) -> str:
        used = translation.columns(tree)
        parts = []
        for storage, keys in self._partitions(known, node, tree):
            cells = "".join(f", CAST({literal(value)} AS {type_}) AS {quoted(name)}" for name, type_, value in keys)
            parts.append(f"SELECT *{cells} FROM ({self._files(storage, known.get('Parameters') or {}, used)})")  # noqa: S608 - quoted
        return " UNION ALL ".join(parts) or _empty(
            [*known["StorageDescriptor"]["Columns"], *(known.get("PartitionKeys") or [])]
        )

    def _partitions(self, known: Mapping[str, Any], node: exp.Table, tree: exp.Expr) -> Iterator[Partition]:
        """The table itself, or those of its partitions that the WHERE doesn't leave out."""
        keys = known.get("PartitionKeys") or []
        if not keys:
            yield known["StorageDescriptor"], []
            return
        wanted = translation.conditions(tree, node, {one["Name"].lower() for one in keys})
        table = catalog.table(known["DatabaseName"], known["Name"], self.context)
        for one in table.partitions.values():
            valued = [
                (key["Name"].lower(), of_hive(key["Type"]), str(value))
                for key, value in zip(keys, one.values, strict=True)
            ]
            if self._is_wanted(wanted, valued):
                given = {name: found for name, found in one.as_dict().get("StorageDescriptor", {}).items() if found}
                yield {**known["StorageDescriptor"], **given}, valued

    def _is_wanted(self, conditions: list[exp.Expr], keys: list[tuple[str, str, str]]) -> bool:
        return self.connection.execute(translation.asked_of(keys, conditions)).fetchone()[0] is True

    def _files(self, storage: Mapping[str, Any], parameters: Mapping[str, str], used: set[str] | None) -> str:
        contents = [content for _, content in files.listed(storage["Location"], self.context)]
        if not contents:
            return _empty(storage["Columns"])
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


@contextmanager
def opened(context: Context, database: str, limit: int | None) -> Iterator[Session]:
    """Will give a session, and throw away all it had laid down."""
    folder = Path(tempfile.mkdtemp(prefix="athena-"))
    session = Session(context, database, folder, limit)
    try:
        for setting in (
            *(f"{name}={literal(value)}" for name, value in translation.SETTINGS.items()),
            "python_enable_replacements=false",
            f"allowed_directories=[{literal(str(folder))}]",
            "enable_external_access=false",
            "lock_configuration=true",
        ):
            session.connection.execute(f"SET {setting}")
        for macro in translation.MACROS:
            session.connection.execute(macro)
        yield session
    finally:
        session.connection.close()
        shutil.rmtree(folder)


def _zoned(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=UTC)


@contextmanager
def _told(sql: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise of_duckdb(error, sql) from error


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
