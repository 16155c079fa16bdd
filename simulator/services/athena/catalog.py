"""What Glue knows of databases, tables and partitions, and Athena's own calls that list them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from moto.glue.models import FakeDatabase, FakeTable, glue_backends

from simulator.operations import AwsError, Context, operation
from simulator.services.athena.engine.failures import SCHEMA, QueryError
from simulator.services.athena.pages import page
from simulator.world import WORLD

NAME = "awsdatacatalog"
Parameters = Mapping[str, Any]


def databases(context: Context) -> dict[str, FakeDatabase]:
    """Will give the account's databases by name."""
    known: dict[str, FakeDatabase] = glue_backends[context.account][context.region].databases
    return known


def database(name: str, context: Context) -> FakeDatabase:
    """Will find a database, in whatever case its name was written. Raises QueryError(SCHEMA_NOT_FOUND)."""
    for known, found in databases(context).items():
        if known.lower() == name.lower():
            return found
    raise QueryError(f"SCHEMA_NOT_FOUND: Schema '{name.lower()}' does not exist", SCHEMA)


def table(schema: str, name: str, context: Context, *, at: str = "line 1:1") -> FakeTable:
    """Will find a table or view; `at` is its place in the query. Raises QueryError, such as TABLE_NOT_FOUND."""
    with WORLD.lock:
        for known, found in database(schema, context).tables.items():
            if known.lower() == name.lower():
                return found
    missing = f"{NAME}.{schema.lower()}.{name.lower()}"
    raise QueryError(f"TABLE_NOT_FOUND: {at}: Table '{missing}' does not exist", SCHEMA)


def create_table(schema: str, declared: dict[str, Any], context: Context) -> None:
    """Will declare a table or view; `declared` is Glue's TableInput."""
    with WORLD.lock:
        glue = glue_backends[context.account][context.region]
        glue.create_table(database(schema, context).name, declared["Name"], declared)


def add_partitions(table: FakeTable, folders: Iterable[str]) -> list[str]:
    """Will add the partitions that lie in folders such as "year=2020/month=3", below the table; gives the new ones."""
    known = table.as_dict()
    names = [one["Name"].lower() for one in known.get("PartitionKeys") or []]
    new = []
    for folder in folders:
        values = dict(one.split("=", 1) for one in folder.split("/") if "=" in one)
        listed = [unquote(values.get(name, "")) for name in names]
        location = f"{known['StorageDescriptor']['Location'].rstrip('/')}/{folder}/"
        storage = {**known["StorageDescriptor"], "Location": location}
        with WORLD.lock:
            if names and list(values) == names and str(listed) not in table.partitions:
                table.create_partition({"Values": listed, "StorageDescriptor": storage})
                new.append(folder)
    return new


def _described(one: FakeTable) -> dict[str, Any]:
    known = one.as_dict()
    storage = known.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    # Athena shows Glue's storage as parameters of the table.
    shown = {
        "location": storage.get("Location"),
        "inputformat": storage.get("InputFormat"),
        "outputformat": storage.get("OutputFormat"),
        "serde.serialization.lib": serde.get("SerializationLibrary"),
        **{f"serde.param.{name}": value for name, value in (serde.get("Parameters") or {}).items()},
    }
    return {
        "Name": one.name,
        "CreateTime": one.created_time,
        "TableType": known.get("TableType") or "EXTERNAL_TABLE",
        "Columns": _columns(storage.get("Columns")),
        "PartitionKeys": _columns(known.get("PartitionKeys")),
        "Parameters": {**(known.get("Parameters") or {}), **{name: one for name, one in shown.items() if one}},
    }


def _columns(columns: Any) -> list[dict[str, str]]:
    shown = ("Name", "Type", "Comment")
    return [{name: one[name] for name in shown if one.get(name)} for one in columns or []]


def _check_catalog(parameters: Parameters) -> None:
    if parameters["CatalogName"].lower() != NAME:
        raise AwsError(
            "InvalidRequestException",
            f"Data catalog {parameters['CatalogName']} is not found",
            AthenaErrorCode="INVALID_INPUT",
        )


def _named(parameters: Parameters, context: Context) -> FakeDatabase:
    _check_catalog(parameters)
    name = parameters["DatabaseName"]
    try:
        return database(name, context)
    except QueryError as error:
        raise AwsError("MetadataException", f"Database {name} not found") from error


@operation("athena", "ListDatabases")
def _list_databases(parameters: Parameters, context: Context) -> dict[str, Any]:
    _check_catalog(parameters)
    found = [
        {"Name": one.name, **({"Description": one.input["Description"]} if one.input.get("Description") else {})}
        for one in sorted(databases(context).values(), key=lambda one: one.name)
    ]
    return page("DatabaseList", found, parameters, most=50)


@operation("athena", "GetDatabase")
def _get_database(parameters: Parameters, context: Context) -> dict[str, Any]:
    return {"Database": {"Name": _named(parameters, context).name}}


@operation("athena", "ListTableMetadata")
def _list_tables(parameters: Parameters, context: Context) -> dict[str, Any]:
    known = _named(parameters, context).tables
    wanted = re.compile(parameters.get("Expression") or ".*")
    found = [_described(known[name]) for name in sorted(known) if wanted.fullmatch(name)]
    return page("TableMetadataList", found, parameters, most=50)


@operation("athena", "GetTableMetadata")
def _get_table(parameters: Parameters, context: Context) -> dict[str, Any]:
    schema = _named(parameters, context)
    try:
        found = table(schema.name, parameters["TableName"], context)
    except QueryError as error:
        raise AwsError("MetadataException", f"Table {parameters['TableName']} not found") from error
    return {"TableMetadata": _described(found)}
