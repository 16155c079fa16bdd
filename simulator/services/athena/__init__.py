"""Athena that runs the SQL: over moto's Glue and S3, in DuckDB, on the account's clock."""

from simulator.services.athena import catalog, ddl, explaining, exports, operations, prepared, statements, workgroups
from simulator.services.athena.executions import Pace, set_pace

__all__ = [
    "Pace",
    "catalog",
    "ddl",
    "explaining",
    "exports",
    "operations",
    "prepared",
    "set_pace",
    "statements",
    "workgroups",
]
