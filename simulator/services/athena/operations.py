"""Athena's calls for queries."""

from collections.abc import Mapping
from typing import Any

from moto.s3.models import s3_backends

from simulator.operations import Context, operation
from simulator.services.athena import statements, workgroups
from simulator.services.athena.engine import files, translation
from simulator.services.athena.engine.failures import QueryError
from simulator.services.athena.executions import ENDS, Execution, new_id
from simulator.services.athena.pages import page
from simulator.services.athena.statements import Asked
from simulator.services.athena.workgroups import invalid
from simulator.world import WORLD

Parameters = Mapping[str, Any]
_EXECUTIONS: dict[tuple[str, str], dict[str, Execution]] = {}
# What was asked with a ClientRequestToken, and the id that it got.
_TOKENS: dict[tuple[str, str, str], tuple[dict[str, Any], str]] = {}


@WORLD.on_reset
def _empty() -> None:
    _EXECUTIONS.clear()
    _TOKENS.clear()


def _of(context: Context) -> dict[str, Execution]:
    return _EXECUTIONS.setdefault((context.account, context.region), {})


def _find(id_: str, context: Context) -> Execution:
    found = _of(context).get(id_)
    if found is None:
        raise invalid(f"QueryExecution {id_} was not found")
    return found


@operation("athena", "StartQueryExecution")
def _start(parameters: Parameters, context: Context) -> dict[str, Any]:
    request = {name: value for name, value in parameters.items() if name != "ClientRequestToken"}
    key = (context.account, context.region, parameters.get("ClientRequestToken") or new_id())
    if key in _TOKENS:
        before, id_ = _TOKENS[key]
        if before != request:
            raise invalid("Idempotent parameters do not match", "DUPLICATE_REQUEST")
        return {"QueryExecutionId": id_}
    execution = _made(request, context)
    _of(context)[execution.asked.id] = execution
    _TOKENS[key] = request, execution.asked.id
    execution.begin()
    return {"QueryExecutionId": execution.asked.id}


def _made(request: dict[str, Any], context: Context) -> Execution:
    group = workgroups.find(request.get("WorkGroup") or workgroups.PRIMARY, context)
    if group.state == "DISABLED":
        raise invalid(f"WorkGroup {group.name} is disabled.")
    location = group.output(request.get("ResultConfiguration", {}))
    bucket, _ = files.split(location)
    if bucket not in s3_backends[context.account]["aws"].buckets:
        raise invalid(f"Unable to verify/create output bucket {bucket}")
    sql = statements.stripped(request["QueryString"])
    try:
        kind = statements.KINDS.of(sql)
        if kind.sub == "SELECT":
            translation.parse(sql)
    except QueryError as error:
        raise invalid(error.message, "MALFORMED_QUERY") from error
    database = request.get("QueryExecutionContext", {}).get("Database") or "default"
    asked = Asked(sql, new_id(), location, database, group, context, request.get("ExecutionParameters", ()))
    return Execution(asked, kind, request["QueryString"], request)


@operation("athena", "GetQueryExecution")
def _get(parameters: Parameters, context: Context) -> dict[str, Any]:
    return {"QueryExecution": _find(parameters["QueryExecutionId"], context).described()}


@operation("athena", "BatchGetQueryExecution")
def _batch(parameters: Parameters, context: Context) -> dict[str, Any]:
    known, asked = _of(context), parameters["QueryExecutionIds"]
    return {
        "QueryExecutions": [known[one].described() for one in asked if one in known],
        "UnprocessedQueryExecutionIds": [
            {
                "QueryExecutionId": one,
                "ErrorCode": "INVALID_INPUT",
                "ErrorMessage": f"QueryExecution {one} was not found",
            }
            for one in asked
            if one not in known
        ],
    }


@operation("athena", "ListQueryExecutions")
def _list(parameters: Parameters, context: Context) -> dict[str, Any]:
    group = workgroups.find(parameters.get("WorkGroup") or workgroups.PRIMARY, context)
    found = [id_ for id_, one in reversed(_of(context).items()) if one.asked.group is group]
    # The model has no empty list here (not documented: our reading).
    return page("QueryExecutionIds", found, parameters, most=50) if found else {}


@operation("athena", "StopQueryExecution")
def _stop(parameters: Parameters, context: Context) -> None:
    _find(parameters["QueryExecutionId"], context).stop()


@operation("athena", "GetQueryResults")
def _results(parameters: Parameters, context: Context) -> dict[str, Any]:
    execution = _find(parameters["QueryExecutionId"], context)
    if execution.state not in ENDS:
        raise invalid(f"Query has not yet finished. Current state: {execution.state}", "INVALID_QUERY_STATE")
    if execution.state != "SUCCEEDED":
        told = f"Query did not finish successfully. Final query state: {execution.state}"
        raise invalid(told, "INVALID_QUERY_STATE")
    answer = page("Rows", execution.rows, parameters, most=1000)
    rows = [{"Data": [{} if one is None else {"VarCharValue": one} for one in row]} for row in answer.pop("Rows")]
    columns = [one.described() for one in execution.outcome.columns]
    return {
        **answer,
        "UpdateCount": execution.outcome.update_count,
        "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": columns}},
    }
