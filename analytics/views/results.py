"""A result as pages show it: a page of rows, and the first rows by column for a chart."""

import math
from typing import Any

import orjson
import pyarrow as pa
from django.conf import settings
from django.http import HttpResponse

from analytics.engines import registry
from analytics.engines.base import QueryError, State
from analytics.models import Query
from analytics.operations import queries
from analytics.operations.exports import KINDS, MOST_EXCEL_ROWS
from portal.accounts.permissions import Verb
from portal.web import access

SHOWN_ROWS = 100
CHARTED_ROWS = 5_000
LONGEST_CELL = 400


def context(query: Query, request: access.Request) -> dict[str, Any]:
    """Will give what the result's panel shows; a page of rows is asked of the engine, never the whole."""
    after = int(request.GET["after"]) if request.GET.get("after", "").isdecimal() else 0
    has_notebooks = settings.CONFIGURATION.notebook_slots > 0 and request.actor.may(Verb.RUN_NOTEBOOK)
    found: dict[str, Any] = {
        "query": query,
        "exports": _exports(query),
        "after": after,
        "has_notebooks": has_notebooks,
    }
    if query.state == State.QUEUED:
        return {**found, "position": queries.position(query)}
    if query.state != State.SUCCEEDED or query.result_removed_at is not None:
        return found
    try:
        table = registry.engine_for(query.engine).page(query.outside_id, after=after, size=SHOWN_ROWS)
    except QueryError as error:
        return {**found, "gone": error.message}
    return {**found, **_rows(query, table, after)}


def _rows(query: Query, table: pa.Table, after: int) -> dict[str, Any]:
    is_number, rows = cells(table)
    until = after + len(rows)
    is_more = query.rows is None or until < query.rows
    return {
        "headings": list(zip(query.columns, is_number, strict=True)),
        "rows": rows,
        "first": after + 1,
        "until": until,
        "next": until if is_more and rows else None,
    }


def cells(table: pa.Table) -> tuple[list[bool], list[list[tuple[str | None, bool]]]]:
    """Will give which columns are numbers, and each row's cells as they are shown, with that beside them."""
    columns = [[_shown(value) for value in column.to_pylist()] for column in table.columns]
    is_number = [_is_number(column.type) for column in table.columns]
    return is_number, [list(zip(row, is_number, strict=True)) for row in zip(*columns, strict=True)]


def columns_as_json(table: pa.Table, *, total: int | None) -> HttpResponse:
    """Will give the columns' values; numbers that JSON doesn't know are null."""
    columns = {name: [_plain(value) for value in table[name].to_pylist()] for name in table.column_names}
    body = orjson.dumps({"columns": columns, "rows": table.num_rows, "total": total}, default=str)
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "private, max-age=3600"})


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _exports(query: Query) -> list[str]:
    return [kind for kind in KINDS if kind != "xlsx" or (query.rows or 0) <= MOST_EXCEL_ROWS]


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    text = f"{value:.10g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
