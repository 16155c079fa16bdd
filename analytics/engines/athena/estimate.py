"""The most that a query may read: the sizes of its tables' files, without the partitions that its WHERE leaves out."""

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from botocore.exceptions import ClientError

from analytics.engines import reading, usage
from analytics.engines.athena.calls import told
from analytics.engines.athena.objects import Objects
from analytics.engines.base import QueryError
from analytics.engines.usage import Usage, Value
from analytics.rules.sql.statement import Statement

ACTIONS = frozenset({"glue:GetTable", "glue:GetPartitions"})
# How Athena writes a view into Glue.
_VIEW = re.compile(r"Presto View: (\S+)")
_WHOLE = frozenset({"tinyint", "smallint", "int", "integer", "bigint"})


@dataclass(frozen=True)
class Tables:
    """Glue's tables over S3's objects."""

    glue: Any
    objects: Objects

    def bytes_upper(self, read: Statement, database: str) -> int:
        """Will add up every mention of a table, in bytes. Raises QueryError for a table that isn't there."""
        return sum(self._bytes(one) for one in usage.of(read, database))

    def _bytes(self, used: Usage) -> int:
        table = self._table(used)
        if view := _VIEW.search(table.get("ViewOriginalText") or ""):
            defined = json.loads(base64.b64decode(view[1]))
            return self.bytes_upper(reading.read(defined["originalSql"]), defined.get("schema") or used.database)
        keys = table.get("PartitionKeys") or []
        if not keys or any(name.startswith("projection.") for name in table.get("Parameters") or {}):
            # Projected partitions aren't listed anywhere: the table's whole folder is the bound.
            return self._folder_bytes(table["StorageDescriptor"]["Location"])
        wanted = (one for one in self._partitions(used) if _is_wanted(used, keys, one["Values"]))
        return sum(self._folder_bytes(one["StorageDescriptor"]["Location"]) for one in wanted)

    def _table(self, used: Usage) -> dict[str, Any]:
        with told("Glue for a table"):
            try:
                found: dict[str, Any] = self.glue.get_table(DatabaseName=used.database, Name=used.table)["Table"]
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") == "EntityNotFoundException":
                    message = (
                        f"There is no table {used.database}.{used.table}. Nothing was run. "
                        "The catalogue lists those there are."
                    )
                    raise QueryError("table-unknown", message) from error
                raise
        return found

    def _partitions(self, used: Usage) -> Iterator[dict[str, Any]]:
        with told("Glue for a table's partitions"):
            pages = self.glue.get_paginator("get_partitions").paginate(
                DatabaseName=used.database, TableName=used.table, ExcludeColumnSchema=True
            )
            for page in pages:
                yield from page["Partitions"]

    def _folder_bytes(self, location: str) -> int:
        return sum(size for _, size in self.objects.listed(location.rstrip("/") + "/"))


def _is_wanted(used: Usage, keys: Sequence[Mapping[str, str]], values: Sequence[str]) -> bool:
    found = {key["Name"].lower(): _value(key["Type"], value) for key, value in zip(keys, values, strict=True)}
    return all(
        found[one.column] is None or one.may_hold(found[one.column], found[one.column])
        for one in used.ranges
        if one.column in found
    )


def _value(type_: str, text: str) -> Value | None:
    """A partition's value in its type; None where it has none or it isn't known how to compare it."""
    try:
        if type_ in _WHOLE:
            return Decimal(text)
        if type_ == "date":
            return date.fromisoformat(text)
    except (ValueError, InvalidOperation):
        return None
    return text if type_.startswith(("string", "varchar")) else None
