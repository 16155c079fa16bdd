"""Glue's databases of snapshots: made, filled and emptied, each call one that may be repeated."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from analytics.operations.lake.base import Lake, told
from analytics.operations.lake.tables import Declared
from portal import aws

WRITE_ACTIONS = frozenset({"glue:CreateDatabase", "glue:CreateTable", "glue:UpdateTable"})
ACTIONS = WRITE_ACTIONS | {"glue:DeleteTable", "glue:GetTables"}
_GONE = "EntityNotFoundException"
_THERE = "AlreadyExistsException"
# What GetTables says of a table and CreateTable takes.
_KEPT = ("Name", "Description", "TableType", "Parameters", "PartitionKeys", "StorageDescriptor")


@dataclass(frozen=True)
class Databases:
    """The account's databases. Every method raises LakeError."""

    lake: Lake

    def make(self, name: str, *, about: str, parameters: dict[str, str]) -> None:
        """Will make a database where there is none of that name."""
        made = {"Name": name, "Description": about, "Parameters": parameters}
        with told(f"Glue to make the database {name}"):
            try:
                self._glue.create_database(DatabaseInput=made)
            except ClientError as error:
                if aws.code_of(error) != _THERE:
                    raise

    def tables(self, name: str) -> dict[str, Declared]:
        """Will give a database's tables by name, as they could be declared again; none where there is no database."""
        found: dict[str, Declared] = {}
        with told(f"Glue for the tables of {name}"):
            try:
                for page in self._glue.get_paginator("get_tables").paginate(DatabaseName=name):
                    for one in page["TableList"]:
                        found[one["Name"]] = {"Parameters": {}} | {key: one[key] for key in _KEPT if key in one}
            except ClientError as error:
                if aws.code_of(error) != _GONE:
                    raise
        return found

    def put(self, name: str, table: Declared) -> None:
        """Will declare a table, in place of the one of its name."""
        with told(f"Glue to declare {name}.{table['Name']}"):
            try:
                # Which snapshot a table was of is known without its old versions, of which an account has a limit.
                self._glue.update_table(DatabaseName=name, TableInput=table, SkipArchive=True)
            except ClientError as error:
                if aws.code_of(error) != _GONE:
                    raise
                self._glue.create_table(DatabaseName=name, TableInput=table)

    def drop(self, name: str, tables: Iterable[str]) -> None:
        """Will take tables out; those that aren't there are none."""
        for table in tables:
            with told(f"Glue to take out {name}.{table}"):
                try:
                    self._glue.delete_table(DatabaseName=name, Name=table)
                except ClientError as error:
                    if aws.code_of(error) != _GONE:
                        raise

    @property
    def _glue(self) -> Any:
        return self.lake.clients("glue")
