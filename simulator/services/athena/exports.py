"""Statements that write what a query gives as Parquet: UNLOAD, CREATE TABLE AS, INSERT INTO."""

import re
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlglot import exp

from simulator.services.athena import catalog
from simulator.services.athena.engine import files, translation
from simulator.services.athena.engine.failures import SYNTAX, QueryError
from simulator.services.athena.engine.session import Session
from simulator.services.athena.engine.types import Column, quoted
from simulator.services.athena.statements import Asked, Outcome, statement

PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}
_UNLOAD = re.compile(
    r"UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<to>s3://[^']+)'\s*(?:WITH\s*\((?P<with>.*)\))?\Z",
    re.IGNORECASE | re.DOTALL,
)


@statement(r"UNLOAD\b", "DML", "UNLOAD", "")
def unload(asked: Asked, session: Session) -> Outcome:
    """Will write a query's rows below a location that must be empty; none at all where there are no rows."""
    found = _UNLOAD.match(asked.sql)
    if found is None:
        raise QueryError("SYNTAX_ERROR: line 1:1: UNLOAD (query) TO 's3://...' WITH (format = 'PARQUET')", SYNTAX)
    options = {
        name.lower(): value
        for name, value in re.findall(r"(\w+)\s*=\s*(ARRAY\s*\[[^]]*\]|'[^']*'|[\w.]+)", found["with"] or "")
    }
    _refuse_other_formats(options.get("format", "").strip("'"))
    _refuse_full(found["to"], asked)
    query = translation.filled(found["query"], asked.values)
    keys = re.findall(r"'([^']+)'", options.get("partitioned_by", ""))
    columns, count, folder = session.export(translation.parse(query), query, _copy(keys))
    written = _uploaded(folder, found["to"], asked) if count else []
    return Outcome(columns, (), count, written)


@statement(r"CREATE\s+TABLE\b.*?\bAS\b", "DDL", "CREATE_TABLE_AS_SELECT", "")
def create_table_as(asked: Asked, session: Session) -> Outcome:
    """Will write a query's rows, and declare a table over them."""
    asked = asked.bound()
    tree = translation.parse(asked.sql)
    target = tree.find(exp.Table)
    if not isinstance(tree, exp.Create) or not isinstance(tree.expression, exp.Query) or target is None:
        raise QueryError("SYNTAX_ERROR: line 1:1: CREATE TABLE name AS query", SYNTAX)
    given = dict(_properties(tree))
    _refuse_other_formats(given.get("format", ["PARQUET"])[0])
    schema, name = catalog.database(target.db or asked.database, asked.context), target.name.lower()
    if name in schema.tables:
        if tree.args.get("exists"):
            return Outcome()
        at = f"{catalog.NAME}.{schema.name}.{name}"
        raise QueryError(f"TABLE_ALREADY_EXISTS: line 1:1: Destination table '{at}' already exists", SYNTAX)
    location = _location(given, asked)
    keys = [one.lower() for one in given.get("partitioned_by", [])]
    columns, count, folder = session.export(tree.expression, asked.sql, _copy(keys))
    _refuse_nameless(columns)
    written = _uploaded(folder, location, asked)
    _declare(asked, schema.name, name, columns=columns, keys=keys, location=location)
    _add_partitions(asked, schema.name, name, folder)
    return Outcome(columns, (), count, written)


@statement(r"INSERT\s+INTO\b", "DML", "INSERT", "")
def insert(asked: Asked, session: Session) -> Outcome:
    """Will write a query's rows beside those that a table of Parquet has."""
    asked = asked.bound()
    tree = translation.parse(asked.sql)
    target = tree.this.find(exp.Table)
    if not isinstance(tree, exp.Insert) or not isinstance(tree.expression, exp.Query) or target is None:
        raise QueryError("SYNTAX_ERROR: line 1:1: INSERT INTO name query", SYNTAX)
    schema = target.db or asked.database
    known = catalog.table(schema, target.name, asked.context).as_dict()
    storage = known["StorageDescriptor"]
    if not files.is_parquet(storage):
        raise QueryError("NOT_SUPPORTED: the simulator inserts into tables of Parquet only")
    keys = [one["Name"].lower() for one in known.get("PartitionKeys") or []]
    names = [*(one["Name"].lower() for one in storage["Columns"]), *keys]
    source = tree.expression
    if isinstance(source, exp.Select):
        # By place, not by name.
        cells = zip(source.expressions, names, strict=False)
        source.set("expressions", [exp.alias_(one.unalias(), name, quoted=True) for one, name in cells])
    columns, count, folder = session.export(source, asked.sql, _copy(keys))
    written = _uploaded(folder, storage["Location"], asked)
    _add_partitions(asked, schema, target.name, folder)
    return Outcome(columns, (), count, written)


def _copy(keys: Sequence[str]) -> str:
    parts = f", PARTITION_BY ({', '.join(map(quoted, keys))})" if keys else ""
    return f"FORMAT parquet, COMPRESSION snappy{parts}"


def _properties(tree: exp.Create) -> Iterator[tuple[str, list[str]]]:
    """The names and values of WITH (...)."""
    given = tree.args.get("properties")
    for one in given.expressions if given else []:
        if isinstance(one, exp.FileFormatProperty):
            yield "format", [one.this.name.upper()]
        elif isinstance(one, exp.PartitionedByProperty):
            yield "partitioned_by", [found.name for found in one.find_all(exp.Literal, exp.Identifier)]
        elif isinstance(one, exp.Property) and one.args.get("value") is not None:
            yield one.name.lower(), [one.args["value"].name]


def _location(given: dict[str, list[str]], asked: Asked) -> str:
    if "external_location" not in given:
        return f"{asked.location}tables/{asked.id}/"
    configuration = asked.group.configuration
    if configuration["EnforceWorkGroupConfiguration"] and configuration.get("ResultConfiguration", {}).get(
        "OutputLocation"
    ):
        raise QueryError(
            "The Create Table As Select query failed because it was submitted with an 'external_location' property to "
            "an Athena Workgroup that enforces a centralized output location for all queries. Please remove the "
            "'external_location' property and resubmit the query."
        )
    location = given["external_location"][0]
    _refuse_full(location, asked)
    return location.rstrip("/") + "/"


def _refuse_other_formats(format_: str) -> None:
    if format_.upper() != "PARQUET":
        raise QueryError(f"NOT_SUPPORTED: the simulator writes PARQUET, not {format_ or 'what has no format'}")


def _refuse_full(location: str, asked: Asked) -> None:
    if files.listed(location, asked.context):
        raise QueryError(
            f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{location}' already exists: {location}"
        )


def _refuse_nameless(columns: Sequence[Column]) -> None:
    for index, one in enumerate(columns):
        if one.name == f"_col{index}":
            told = f"Column name not specified at position {index + 1}"
            raise QueryError(f"MISSING_COLUMN_NAME: line 1:1: {told}", SYNTAX)


def _uploaded(folder: Path, location: str, asked: Asked) -> list[str]:
    """Will put the files into S3 below `location`, each with a name of its own, and give where they are."""
    written = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        inner = path.parent.relative_to(folder).as_posix().removeprefix(".")
        name = f"{inner}/{uuid.uuid4()}".lstrip("/")
        written.append(f"{location.rstrip('/')}/{name}")
        files.put(written[-1], path.read_bytes(), asked.context)
    return written


def _declare(
    asked: Asked, schema: str, name: str, *, columns: Sequence[Column], keys: Sequence[str], location: str
) -> None:
    shown = {one.name: {"Name": one.name, "Type": one.hive} for one in columns}
    declared: dict[str, Any] = {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "PartitionKeys": [shown[one] for one in keys],
        "StorageDescriptor": {
            "Columns": [one for named, one in shown.items() if named not in keys],
            "Location": location,
            **PARQUET,
        },
    }
    catalog.create_table(schema, declared, asked.context)


def _add_partitions(asked: Asked, schema: str, name: str, folder: Path) -> None:
    found = {path.parent.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"."}
    catalog.add_partitions(catalog.table(schema, name, asked.context), sorted(found))
