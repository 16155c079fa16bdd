"""A snapshot's tables as Glue declares them, over its Parquet files: partitions by year are projected, not listed.

What a table is made of stands in Glue's API reference (TableInput), what projects partitions in Athena's user guide
("Partition projection with Amazon Athena").
"""

from typing import Any

from analytics.catalogs import glue, hive
from analytics.catalogs.base import Column, Table
from analytics.operations.lake.base import Lake

Declared = dict[str, Any]

# Glue's limits (API reference: Column, TableInput).
_COLUMN_LETTERS = 255
_TABLE_LETTERS = 2048
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


def declare(lake: Lake, found: Table) -> Declared:
    """Will declare a table of a snapshot as the embedded catalogue knows it."""
    keys = [{"Name": name, "Type": "int"} for name in found.partitioned_by]
    return {
        "Name": found.name,
        "Description": found.comment[:_TABLE_LETTERS],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet", **_facts(found), **_projection(found)},
        "PartitionKeys": keys,
        "StorageDescriptor": {
            "Columns": [_column(one) for one in found.columns],
            "Location": lake.location(found.database, f"parquet/{found.snapshot}/{found.name}/"),
            "InputFormat": f"{_PARQUET}.MapredParquetInputFormat",
            "OutputFormat": f"{_PARQUET}.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": f"{_PARQUET}.serde.ParquetHiveSerDe"},
        },
    }


def revision_of(declared: Declared) -> str:
    """Will give the snapshot that a table of ours is of, "" for a table of somebody else."""
    return str(declared["Parameters"].get(glue.REVISION, ""))


def _column(one: Column) -> dict[str, str]:
    return {"Name": one.name, "Type": hive.hive_type(one.type), "Comment": one.comment[:_COLUMN_LETTERS]}


def _facts(found: Table) -> dict[str, str]:
    known = {
        glue.REVISION: found.snapshot,
        glue.CHANGED_AT: found.changed_at.isoformat() if found.changed_at else "",
        glue.LAST_DATE: found.last_date.isoformat() if found.last_date else "",
        "numRows": "" if found.rows is None else str(found.rows),
        "totalSize": "" if found.size_bytes is None else str(found.size_bytes),
    }
    return {name: value for name, value in known.items() if value}


def _projection(found: Table) -> dict[str, str]:
    said = {}
    for position, name in enumerate(found.partitioned_by):
        values = sorted(int(one.values[position]) for one in found.partitions)
        said[f"projection.{name}.type"] = "integer"
        said[f"projection.{name}.range"] = f"{values[0]},{values[-1]}"
    return {"projection.enabled": "true", **said} if said else {}
