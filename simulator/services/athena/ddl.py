"""Statements about the catalogue: what Hive, rather than Trino, does in Athena. Their results are text."""

import base64
import json
import re
from collections.abc import Iterable
from typing import Any

from moto.glue.models import FakeTable, glue_backends
from sqlglot import exp

from simulator.services.athena import catalog
from simulator.services.athena.engine import files, translation
from simulator.services.athena.engine.failures import QueryError
from simulator.services.athena.engine.session import Session
from simulator.services.athena.engine.types import Column
from simulator.services.athena.exports import PARQUET
from simulator.services.athena.statements import Asked, Outcome, statement

DDL = 1003
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_NAME = r"[`\"]?([\w-]+)[`\"]?"
_NAMED = rf"(?:{_NAME}\.)?{_NAME}"


def _failed(told: str) -> QueryError:
    return QueryError(f"FAILED: {told}", DDL)


def _said(asked: Asked, words: str) -> tuple[str, str]:
    """The database and name that stand after `words`, a regular expression."""
    found = re.match(rf"{words}\s+{_NAMED}", asked.sql, re.IGNORECASE)
    if found is None:
        raise _failed("ParseException line 1:0 cannot recognize input")
    return found[1] or asked.database, found[2]


def _table(asked: Asked, words: str) -> FakeTable:
    schema, name = _said(asked, words)
    try:
        return catalog.table(schema, name, asked.context)
    except QueryError as error:
        raise _failed(f"SemanticException [Error 10001]: Table not found {schema}.{name}") from error


def _listed(column: str, names: Iterable[str]) -> Outcome:
    return Outcome([Column(column)], [[one] for one in names])


@statement(r"SHOW\s+(DATABASES|SCHEMAS)\b", "UTILITY", "SHOW_DATABASES")
def show_databases(asked: Asked, session: Session) -> Outcome:  # noqa: ARG001 - one signature
    """Will list the databases."""
    return _listed("database_name", sorted(catalog.databases(asked.context)))


@statement(r"SHOW\s+TABLES\b", "UTILITY", "SHOW_TABLES")
def show_tables(asked: Asked, session: Session) -> Outcome:  # noqa: ARG001 - one signature
    """Will list the tables and views of a database, those that match a regular expression in which * is all."""
    found = re.match(rf"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+{_NAME})?(?:\s+'([^']*)')?", asked.sql, re.IGNORECASE)
    schema, wanted = (found[1], found[2]) if found else (None, None)
    pattern = re.compile((wanted or "*").replace("*", ".*"))
    known = catalog.database(schema or asked.database, asked.context).tables
    return _listed("tab_name", (name for name in sorted(known) if pattern.fullmatch(name)))


@statement(r"SHOW\s+PARTITIONS\b", "UTILITY", "SHOW_PARTITIONS")
def show_partitions(asked: Asked, session: Session) -> Outcome:  # noqa: ARG001 - one signature
    """Will list a table's partitions."""
    table = _table(asked, r"SHOW\s+PARTITIONS")
    names = [one["Name"] for one in table.as_dict().get("PartitionKeys") or []]
    valued = (zip(names, one.values, strict=True) for one in table.partitions.values())
    return _listed("partition", ("/".join(f"{name}={value}" for name, value in one) for one in valued))


@statement(r"(DESCRIBE|DESC|SHOW\s+COLUMNS\s+(IN|FROM))\b", "UTILITY", "DESCRIBE_TABLE")
def describe(asked: Asked, session: Session) -> Outcome:  # noqa: ARG001 - one signature
    """Will list a table's columns: one cell a row, with tabs in it (not documented: our reading)."""
    table = _table(asked, r"(?:DESCRIBE|DESC|SHOW\s+COLUMNS\s+(?:IN|FROM))").as_dict()
    columns = [*table["StorageDescriptor"]["Columns"], *(table.get("PartitionKeys") or [])]
    lines = (f"{one['Name']:<20}\t{one['Type']:<20}\t{one.get('Comment', ''):<20}" for one in columns)
    return Outcome([Column("col_name"), Column("data_type"), Column("comment")], [[one] for one in lines])


@statement(r"MSCK\s+REPAIR\s+TABLE\b", "DDL", "MSCK_REPAIR_TABLE")
def repair(asked: Asked, session: Session) -> Outcome:  # noqa: ARG001 - one signature
    """Will add the partitions whose folders, such as year=2020/, lie below the table."""
    table = _table(asked, r"MSCK\s+REPAIR\s+TABLE")
    location = table.as_dict()["StorageDescriptor"]["Location"].rstrip("/") + "/"
    prefix = files.split(location)[1]
    folders = {key.removeprefix(prefix).rpartition("/")[0] for key, _ in files.listed(location, asked.context)}
    new = catalog.add_partitions(table, sorted(folders - {""}))
    return _listed("", [f"Repair: Added partition to metastore {table.name}:{one}" for one in new])


@statement(r"ALTER\s+TABLE\b.*?\bADD\b.*?\bPARTITION\b", "DDL", "ALTER_TABLE_ADD_PARTITION")
def add_partition(asked: Asked, session: Session) -> Outcome:  # noqa: ARG001 - one signature
    """Will add the partitions that are named, each where it says, or else in its folder below the table."""
    table = _table(asked, r"ALTER\s+TABLE")
    storage = table.as_dict()["StorageDescriptor"]
    said = re.findall(r"PARTITION\s*\(([^)]*)\)(?:\s*LOCATION\s*'([^']+)')?", asked.sql, re.IGNORECASE)
    for inner, location in said:
        values = re.findall(r"`?(\w+)`?\s*=\s*'?([^',]*)'?", inner)
        listed = [value for _, value in values]
        if str(listed) in table.partitions:
            if re.search(r"IF\s+NOT\s+EXISTS", asked.sql, re.IGNORECASE):
                continue
            raise _failed(f"AlreadyExistsException Partition already exists: {listed}")
        folder = "/".join(f"{name}={value}" for name, value in values)
        where = location or f"{storage['Location'].rstrip('/')}/{folder}/"
        table.create_partition({"Values": listed, "StorageDescriptor": {**storage, "Location": where}})
    return Outcome()


@statement(r"CREATE\s+(DATABASE|SCHEMA)\b", "DDL", "CREATE_DATABASE")
def create_database(asked: Asked, session: Session) -> Outcome:  # noqa: ARG001 - one signature
    """Will make a database."""
    _, name = _said(asked, r"CREATE\s+(?:DATABASE|SCHEMA)(?:\s+IF\s+NOT\s+EXISTS)?")
    if name.lower() not in catalog.databases(asked.context):
        glue_backends[asked.context.account][asked.context.region].create_database(name.lower(), {"Name": name.lower()})
    elif not re.search(r"IF\s+NOT\s+EXISTS", asked.sql, re.IGNORECASE):
        raise _failed(f"Execution Error, return code 1. Database {name} already exists")
    return Outcome()


@statement(r"DROP\s+(DATABASE|SCHEMA)\b", "DDL", "DROP_DATABASE")
def drop_database(asked: Asked, session: Session) -> Outcome:  # noqa: ARG001 - one signature
    """Will drop a database that is empty, or CASCADE."""
    _, name = _said(asked, r"DROP\s+(?:DATABASE|SCHEMA)(?:\s+IF\s+EXISTS)?")
    known = catalog.databases(asked.context)
    found = known.get(name.lower())
    if found is None and not re.search(r"IF\s+EXISTS", asked.sql, re.IGNORECASE):
        raise _failed(f"SemanticException [Error 10072]: Database does not exist: {name}")
    if found is not None and found.tables and not re.search(r"CASCADE\Z", asked.sql, re.IGNORECASE):
        raise _failed(f"InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)")
    known.pop(name.lower(), None)
    return Outcome()


@statement(r"DROP\s+(TABLE|VIEW)\b", "DDL", "DROP_TABLE")
def drop_table(asked: Asked, session: Session) -> Outcome:  # noqa: ARG001 - one signature
    """Will drop a table or view; the files stay, as they do on AWS."""
    words = r"DROP\s+(?:TABLE|VIEW)(?:\s+IF\s+EXISTS)?"
    schema, _ = _said(asked, words)
    try:
        table = _table(asked, words)
    except QueryError:
        if re.search(r"IF\s+EXISTS", asked.sql, re.IGNORECASE):
            return Outcome()
        raise
    del catalog.database(schema, asked.context).tables[table.name]
    return Outcome()


@statement(r"CREATE\s+(OR\s+REPLACE\s+)?VIEW\b", "DDL", "CREATE_VIEW")
def create_view(asked: Asked, session: Session) -> Outcome:
    """Will make a view, whose query must run."""
    tree = translation.parse(asked.sql)
    target = tree.find(exp.Table)
    if not isinstance(tree, exp.Create) or not isinstance(tree.expression, exp.Query) or target is None:
        raise _failed("ParseException line 1:0 cannot recognize input")
    schema, name = catalog.database(target.db or asked.database, asked.context), target.name.lower()
    if name in schema.tables and not tree.args.get("replace"):
        raise QueryError(f"VIEW_ALREADY_EXISTS: line 1:1: View already exists: '{schema.name}.{name}'", DDL)
    original = translation.original(tree.expression)
    columns = session.check(tree.expression, original)
    held = {"originalSql": original, "catalog": catalog.NAME, "schema": schema.name}
    encoded = base64.b64encode(json.dumps(held).encode()).decode()
    schema.tables.pop(name, None)
    declared = {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "ViewOriginalText": f"/* Presto View: {encoded} */",
        "ViewExpandedText": "/* Presto View */",
        "PartitionKeys": [],
        "StorageDescriptor": {"Columns": [{"Name": one.name, "Type": one.hive} for one in columns], "Location": ""},
    }
    catalog.create_table(schema.name, declared, asked.context)
    return Outcome()


@statement(r"CREATE\s+EXTERNAL\s+TABLE\b", "DDL", "CREATE_TABLE")
def create_table(asked: Asked, session: Session) -> Outcome:  # noqa: ARG001 - one signature
    """Will declare a table over files."""
    tree = translation.parse(asked.sql)
    target = tree.find(exp.Table)
    if not isinstance(tree, exp.Create) or not isinstance(tree.this, exp.Schema) or target is None:
        raise _failed("ParseException line 1:0 cannot recognize input")
    schema, name = catalog.database(target.db or asked.database, asked.context), target.name.lower()
    if name in schema.tables:
        if tree.args.get("exists"):
            return Outcome()
        raise _failed(f"Execution Error, return code 1. AlreadyExistsException(message:Table {name} already exists)")
    catalog.create_table(schema.name, {"Name": name, **_declared(tree)}, asked.context)
    return Outcome()


def _parameters(row_format: exp.Expr) -> dict[str, str]:
    given = row_format.args.get("serde_properties")
    return {one.name: one.args["value"].name for one in given.expressions} if given else {}


def _declared(tree: exp.Create) -> dict[str, Any]:
    """Will read what CREATE EXTERNAL TABLE says into Glue's TableInput."""
    said = tree.args.get("properties") or exp.Properties()
    # One of each class; those of TBLPROPERTIES are plain ones.
    given = {type(one): one for one in said.expressions}
    table = {one.name: one.args["value"].name for one in said.expressions if type(one) is exp.Property}
    storage: dict[str, Any] = {"Columns": _columns(tree.this)}
    if exp.LocationProperty in given:
        storage["Location"] = given[exp.LocationProperty].this.name
    storage["SerdeInfo"] = {"SerializationLibrary": LAZY, "Parameters": {}}
    if serde := given.get(exp.RowFormatSerdeProperty):
        storage["SerdeInfo"] = {"SerializationLibrary": serde.this.name, "Parameters": _parameters(serde)}
    elif (delimited := given.get(exp.RowFormatDelimitedProperty)) and delimited.args.get("fields"):
        storage["SerdeInfo"]["Parameters"]["field.delim"] = delimited.args["fields"].name
    if (stored := given.get(exp.FileFormatProperty)) and stored.this.name.upper() == "PARQUET":
        storage |= PARQUET
    keys = given.get(exp.PartitionedByProperty)
    if "Location" not in storage:
        raise _failed("SemanticException: LOCATION is needed")
    return {
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", **table},
        "PartitionKeys": _columns(keys.this) if keys else [],
        "StorageDescriptor": storage,
    }


def _columns(schema: exp.Expr) -> list[dict[str, str]]:
    found = [one for one in schema.expressions if isinstance(one, exp.ColumnDef)]
    return [{"Name": one.name.lower(), "Type": one.args["kind"].sql("hive").lower().replace(" ", "")} for one in found]
