"""How things are shown: each in one way. The shapes are described, for the schema, in shapes.py."""

import math
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from django.urls import reverse

from analytics.api.datasets import Revision
from analytics.engines import types
from analytics.engines.base import Estimate, State
from analytics.insights.comparison import Ask, Series
from analytics.models import CatalogueTable, Query
from analytics.operations import catalogue, queries
from analytics.operations.budgets import Standing
from analytics.rules.manifest import Quarantine
from analytics.rules.measures.measure import Measure

Shown = dict[str, Any]


def estimate(found: Estimate, snapshots: dict[str, str]) -> Shown:
    """Will show a dry run."""
    return {**asdict(found), "snapshots": snapshots}


def query(row: Query) -> Shown:
    """Will show a query, how it does or ended, and where its page and its result are."""
    return {
        "token": row.token,
        "state": row.state,
        "position": queries.position(row) if row.state == State.QUEUED else None,
        "sql": row.sql,
        "parameters": row.parameters,
        "database": row.database,
        "engine": row.engine,
        "origin": row.origin,
        "snapshots": row.pins,
        "asked": {"at": row.submitted_at, "by": row.asked_by},
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "ran_ms": row.ran_ms,
        "columns": row.columns,
        "rows": row.rows,
        "bytes_upper": row.bytes_upper,
        "bytes_scanned": row.bytes_scanned,
        "cost_upper_usd": row.cost_upper_usd,
        "cost_usd": row.cost_usd,
        "is_reused": row.is_reused,
        "code": row.code,
        "message": row.message,
        "links": {
            "page": reverse("analytics:query", args=[row.token]),
            "result": reverse("data:result", args=[row.token]),
        },
    }


def standing(found: Standing) -> Shown:
    """Will show a budget of the caller's, and how it stands."""
    return {
        "span": found.budget.span,
        "role": found.budget.role,
        "bytes_at_most": found.budget.bytes_at_most,
        "usd_at_most": found.budget.usd_at_most,
        "spent_bytes": found.spent.read_bytes,
        "spent_usd": found.spent.usd,
        "left_bytes": found.left_bytes,
        "left_usd": found.left_usd,
        "renews_at": found.renews_at,
    }


def rows(table: pa.Table) -> Shown:
    """Will show some rows of a table, with its columns; what JSON has no word for is a text or null."""
    columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
    return {
        "columns": [asdict(column) for column in types.columns_of(table.schema)],
        "rows": [list(row) for row in zip(*columns, strict=True)],
    }


def measure(found: Measure) -> Shown:
    """Will show a measure's definition."""
    names = (
        "name", "label", "unit", "topic", "formula", "made", "family", "interval", "relative", "window_days", "nulls",
        "negatives",
    )  # fmt: skip
    shown = {name: getattr(found, name) for name in names}
    return {**shown, "inputs": list(found.inputs), "profiles": sorted(found.profiles)}


def series(ask: Ask, found: Series, snapshot: str) -> Shown:
    """Will show a measure's values, one row for each place and day that has one."""
    listed = [
        {"place": place, "date": found.first + timedelta(days=int(day)), "value": float(values[day])}
        for place, values in zip(ask.places, found.values, strict=True)
        for day in np.flatnonzero(np.isfinite(values))
    ]
    return {"measure": measure(ask.measure), "snapshot": snapshot, "rows": listed}


def snapshot(found: Revision) -> Shown:
    """Will show a snapshot; what isn't written down about it is null or empty."""
    made = found.snapshot
    return {
        "dataset": found.dataset,
        "revision": found.revision,
        "is_serving": found.is_serving,
        "is_green": found.is_green,
        "quarantine": _quarantine(found.quarantine),
        "made_at": made.imported_at if made else None,
        "source": made.source if made else "",
        "origin": made.origin if made else "",
        "licence": made.licence if made else "",
        "profile": made.profile if made else "",
        "rows": made.rows if made else None,
        "first_date": made.first_date if made else None,
        "last_date": made.last_date if made else None,
        "is_sample": bool(made and made.is_sample),
        "digest": found.digest,
        "size_bytes": found.size_bytes if made else None,
    }


def table(row: CatalogueTable) -> Shown:
    """Will show a table of the catalogue in a list."""
    return {
        "catalog": row.catalog,
        "dataset": row.database,
        "table": row.name,
        "comment": row.comment,
        "rows": row.rows,
        "bytes": row.size_bytes,
        "columns_count": len(row.columns),
        "snapshot": row.snapshot,
        "changed_at": row.changed_at,
        "last_date": row.last_date,
    }


def table_in_full(row: CatalogueTable) -> Shown:
    """Will show a table with its columns, partitions, first rows, and what reads it."""
    found = catalogue.detail(row)
    partitions = [
        {"values": list(one.values), "location": one.location, "bytes": one.size_bytes, "rows": one.rows}
        for one in found.partitions
    ]
    return {
        **table(row),
        "columns": row.columns,
        "location": row.location,
        "format": row.format,
        "partitioned_by": list(found.partitioned_by),
        "partition_count": row.partition_count,
        "partitions": partitions,
        "sample": None if found.rows is None else rows(found.rows),
        "trouble": found.trouble,
        "used_by": _uses(row),
    }


def _uses(row: CatalogueTable) -> list[Shown]:
    found = catalogue.used_by(row)
    saved = [_use("saved query", one.query.title, "analytics:saved_query", one.query.slug) for one in found.saved]
    return saved + [_use("page", one.title, one.address, *one.arguments) for one in found.pages]


def _use(kind: str, title: str, address: str, *arguments: str) -> Shown:
    return {"kind": kind, "title": title, "address": reverse(address, args=arguments)}


def _quarantine(note: Quarantine | None) -> Shown | None:
    return {"why": note.why, "at": note.set_at, "by": note.set_by} if note else None


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return value.hex(" ")
    return value if value is None or isinstance(value, bool | int | str) else str(value)
