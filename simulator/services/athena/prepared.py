"""Prepared statements: by Athena's calls, and by PREPARE, EXECUTE and DEALLOCATE."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlglot

from simulator.operations import AwsError, Context, operation
from simulator.services.athena import workgroups
from simulator.services.athena.engine import translation
from simulator.services.athena.engine.failures import QueryError
from simulator.services.athena.engine.session import Session
from simulator.services.athena.pages import page
from simulator.services.athena.statements import Asked, Outcome, select, statement
from simulator.world import WORLD

Parameters = Mapping[str, Any]


def _kept(name: str, sql: str, description: str, group: str) -> dict[str, Any]:
    known = {"StatementName": name, "QueryStatement": sql, "WorkGroupName": group, "LastModifiedTime": WORLD.now()}
    return {**known, "Description": description} if description else known


@statement(r"PREPARE\b", "UTILITY", "PREPARE")
def prepare(asked: Asked, session: Session) -> Outcome:  # noqa: ARG001 - one signature
    """Will keep a statement in the workgroup."""
    found = re.match(r"PREPARE\s+(\w+)\s+FROM\s+(.*)", asked.sql, re.IGNORECASE | re.DOTALL)
    if found is None:
        raise translation.MalformedError("line 1:1: mismatched input 'PREPARE'")
    asked.group.statements[found[1]] = _kept(found[1], found[2], "", asked.group.name)
    return Outcome()


@statement(r"DEALLOCATE\s+PREPARE\b", "UTILITY", "DEALLOCATE_PREPARE")
def deallocate(asked: Asked, session: Session) -> Outcome:  # noqa: ARG001 - one signature
    """Will forget a statement."""
    if asked.group.statements.pop(asked.sql.split()[-1], None) is None:
        raise QueryError(f"NOT_FOUND: Prepared statement not found: {asked.sql.split()[-1]}")
    return Outcome()


@statement(r"EXECUTE\b", "DML", "EXECUTE", ".csv")
def execute(asked: Asked, session: Session) -> Outcome:
    """Will run a kept query with the values after USING, or with the execution parameters."""
    found = re.match(r"EXECUTE\s+(\w+)(?:\s+USING\s+(.*))?", asked.sql, re.IGNORECASE | re.DOTALL)
    kept = asked.group.statements.get(found[1]) if found else None
    if found is None or kept is None:
        raise QueryError(f"NOT_FOUND: Prepared statement not found: {found[1] if found else ''}")
    values = (
        [one.sql("athena") for one in sqlglot.parse_one(f"SELECT {found[2]}", read="athena").expressions]
        if found[2]
        else []
    )
    return select(replace(asked, sql=kept["QueryStatement"], values=values or asked.values), session)


def _find(parameters: Parameters, context: Context) -> dict[str, Any]:
    name, group = parameters["StatementName"], workgroups.find(parameters["WorkGroup"], context)
    if name not in group.statements:
        raise AwsError("ResourceNotFoundException", f"PreparedStatement {name} was not found", ResourceName=name)
    return group.statements[name]


@operation("athena", "CreatePreparedStatement")
def _create(parameters: Parameters, context: Context) -> None:
    name, group = parameters["StatementName"], workgroups.find(parameters["WorkGroup"], context)
    if name in group.statements:
        raise workgroups.invalid(f"PreparedStatement {name} already exists")
    group.statements[name] = _kept(name, parameters["QueryStatement"], parameters.get("Description", ""), group.name)


@operation("athena", "GetPreparedStatement")
def _get(parameters: Parameters, context: Context) -> dict[str, Any]:
    return {"PreparedStatement": _find(parameters, context)}


@operation("athena", "ListPreparedStatements")
def _list(parameters: Parameters, context: Context) -> dict[str, Any]:
    shown = ("StatementName", "LastModifiedTime")
    known = workgroups.find(parameters["WorkGroup"], context).statements.values()
    return page("PreparedStatements", [{name: one[name] for name in shown} for one in known], parameters, most=50)


@operation("athena", "UpdatePreparedStatement")
def _update(parameters: Parameters, context: Context) -> None:
    changed = {"QueryStatement": parameters["QueryStatement"], "LastModifiedTime": WORLD.now()}
    _find(parameters, context).update(changed)


@operation("athena", "DeletePreparedStatement")
def _delete(parameters: Parameters, context: Context) -> None:
    _find(parameters, context)
    del workgroups.find(parameters["WorkGroup"], context).statements[parameters["StatementName"]]
