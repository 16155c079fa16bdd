"""Glue's catalogue: what the account's databases and tables say of themselves, as Athena sees them.

The calls are GetDatabases, GetTables, GetTable and GetPartitions of the API reference, page by page. What those who
write a table leave in its parameters is known by their names: Hive's, a crawler's, and the portal's own.
"""

import heapq
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from botocore.exceptions import ClientError

from analytics.catalogs import base, hive
from analytics.catalogs.base import MOST_PARTITIONS, CatalogError, Column, Partition, Table
from portal import aws
from portal.aws import Clients, Trouble

ACTIONS = frozenset({"glue:GetDatabases", "glue:GetTables", "glue:GetTable", "glue:GetPartitions"})
# What the portal writes into the parameters of the tables that it makes, and of a database that holds one snapshot.
REVISION = "verdigris.revision"
CHANGED_AT = "verdigris.changed_at"
LAST_DATE = "verdigris.last_date"
_ROWS = ("numRows", "recordCount")
_SIZES = ("totalSize", "sizeKey")
_GONE = "EntityNotFoundException"
# The formats by what stands in the name of the class that reads them.
_FORMATS = {"parquet": "Parquet", "orc": "ORC", "avro": "Avro", "json": "JSON", "csv": "CSV", "lazysimple": "text"}


@dataclass(frozen=True)
class GlueCatalog:
    """Keeps the promises of analytics.catalogs.base for one account and region.

    A database that holds one snapshot of a dataset is passed over: what serves stands in the dataset's own.
    """

    clients: Clients
    name: str = "glue"

    def databases(self) -> tuple[str, ...]:
        """Will name the account's databases. Raises CatalogError."""
        with _told("Glue for its databases"):
            pages = self.clients("glue").get_paginator("get_databases").paginate()
            found = [one for page in pages for one in page["DatabaseList"]]
        return tuple(sorted(one["Name"] for one in found if REVISION not in one.get("Parameters", {})))

    def tables(self, database: str) -> tuple[Table, ...]:
        """Will list a database's tables; nobody counts their partitions for that. Raises CatalogError."""
        with _told(f"Glue for the tables of {database}"), _finding(database):
            pages = self.clients("glue").get_paginator("get_tables").paginate(DatabaseName=database)
            found = [table(one) for page in pages for one in page["TableList"]]
        return tuple(sorted(found, key=lambda one: one.name))

    def table(self, database: str, name: str) -> Table:
        """Will give one of them, with the partitions that are registered. Raises CatalogError."""
        with _told(f"Glue for the table {database}.{name}"), _finding(database, name):
            given = self.clients("glue").get_table(DatabaseName=database, Name=name)["Table"]
            found = table(given)
            if not found.partitioned_by or is_projected(given):
                return found
            listed = _Counted(self._partitions(database, name))
            last = heapq.nlargest(MOST_PARTITIONS, listed, key=lambda one: one.values)
        return replace(found, partitions=tuple(reversed(last)), partition_count=listed.count)

    def sample(self, database: str, name: str, *, rows: int) -> None:  # noqa: ARG002 - the port's own arguments
        """Will say that Glue has no rows: reading some is a query, which costs. Raises CatalogError."""
        self.table(database, name)

    def _partitions(self, database: str, name: str) -> Iterator[Partition]:
        pages = self.clients("glue").get_paginator("get_partitions").paginate(
            DatabaseName=database, TableName=name, ExcludeColumnSchema=True
        )  # fmt: skip
        for page in pages:
            for one in page["Partitions"]:
                told = one.get("Parameters", {})
                location = one.get("StorageDescriptor", {}).get("Location", "")
                yield Partition(tuple(one["Values"]), location, _number(told, _SIZES), _number(told, _ROWS))


def table(given: Mapping[str, Any]) -> Table:
    """Will read what Glue says of a table, without its partitions."""
    storage, told = given.get("StorageDescriptor", {}), given.get("Parameters", {})
    keys = given.get("PartitionKeys", ())
    columns = [_column(one) for one in storage.get("Columns", ())] + [_column(one, is_partition=True) for one in keys]
    return Table(
        database=given["DatabaseName"],
        name=given["Name"],
        columns=tuple(columns),
        comment=given.get("Description", "") or told.get("comment", ""),
        location=storage.get("Location", ""),
        format=_format(given),
        size_bytes=_number(told, _SIZES),
        rows=_number(told, _ROWS),
        changed_at=_at(told.get(CHANGED_AT, "")),
        last_date=_day(told.get(LAST_DATE, "")),
        snapshot=told.get(REVISION, ""),
        partitioned_by=tuple(one["Name"] for one in keys),
        partition_count=None if keys else 0,
    )


def is_projected(given: Mapping[str, Any]) -> bool:
    """Will say whether a table's partitions are worked out from its parameters, so that none is registered."""
    return str(given.get("Parameters", {}).get("projection.enabled", "")).lower() == "true"


class _Counted:
    """Partitions, counted while somebody goes through them."""

    def __init__(self, partitions: Iterator[Partition]) -> None:
        self.partitions = partitions
        self.count = 0

    def __iter__(self) -> Iterator[Partition]:
        for one in self.partitions:
            self.count += 1
            yield one


def _column(given: Mapping[str, str], *, is_partition: bool = False) -> Column:
    comment = given.get("Comment", "")
    return Column(given["Name"].lower(), hive.athena_type(given.get("Type", "")), comment, is_partition=is_partition)


def _format(given: Mapping[str, Any]) -> str:
    if given.get("TableType") == "VIRTUAL_VIEW":
        return "view"
    if str(given.get("Parameters", {}).get("table_type", "")).upper() == "ICEBERG":
        return "Iceberg"
    reader = given.get("StorageDescriptor", {}).get("SerdeInfo", {}).get("SerializationLibrary", "").lower()
    return next((name for part, name in _FORMATS.items() if part in reader), "")


def _number(told: Mapping[str, str], names: tuple[str, ...]) -> int | None:
    # Hive writes -1 where it has not counted.
    return next((int(told[name]) for name in names if told.get(name, "").isdecimal()), None)


def _at(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _told(doing: str) -> AbstractContextManager[None]:
    return aws.telling(doing, _error)


def _error(trouble: Trouble) -> Exception:
    advice = "Mend what it names, then try again." if trouble.is_permanent else "Ask again shortly."
    message = f"{trouble.sentence}. Nothing was changed. {advice}"
    return CatalogError(trouble.code, message, permanent=trouble.is_permanent)


@contextmanager
def _finding(database: str, name: str = "") -> Iterator[None]:
    """Says of what isn't there that it is missing."""
    try:
        yield
    except ClientError as error:
        if aws.code_of(error) != _GONE:
            raise
        raise base.missing(database, name) from None
