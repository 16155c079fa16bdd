"""The partitions of a table, those that Glue has or those that are projected, as far as a query wants them."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.glue.models import FakeTable
from sqlglot import exp

from simulator.services.athena.engine import projection, translation
from simulator.services.athena.engine.types import of_hive

INDEX = "index_of_row"
Row = tuple[str, ...]
# Answers a query for DuckDB with its rows.
Ask = Callable[[str], Sequence[tuple[Any, ...]]]


@dataclass(frozen=True)
class Key:
    """A partition key and its type in DuckDB."""

    name: str
    type: str


@dataclass(frozen=True)
class Partition:
    """One partition: Glue's description of its storage, and the text of each key's value."""

    storage: Mapping[str, Any]
    values: Row = ()


def keys_of(known: Mapping[str, Any]) -> list[Key]:
    """Will give the partition keys of a table as Glue describes it."""
    return [Key(one["Name"].lower(), of_hive(one["Type"])) for one in known.get("PartitionKeys") or []]


def wanted(table: FakeTable, demands: Sequence[exp.Expr], ask: Ask, *, now: datetime) -> Iterator[Partition]:
    """Will give those partitions that fulfil `demands`, which speak of nothing but the keys; a table without is one.

    Raises QueryError for a projection that is set wrongly.
    """
    known = table.as_dict()
    keys = keys_of(known)
    if not keys:
        yield Partition(known["StorageDescriptor"])
    elif projection.is_on(known.get("Parameters") or {}):
        yield from _projected(known, keys, demands, ask, now)
    else:
        yield from _listed(table, keys, demands, ask)


def _listed(table: FakeTable, keys: Sequence[Key], demands: Sequence[exp.Expr], ask: Ask) -> Iterator[Partition]:
    own = table.as_dict()["StorageDescriptor"]
    listed = list(table.partitions.values())
    rows = [tuple(map(str, one.values)) for one in listed]
    for index in _passing(keys, rows, demands, ask):
        given = {name: one for name, one in listed[index].as_dict().get("StorageDescriptor", {}).items() if one}
        yield Partition({**own, **given}, rows[index])


def _projected(
    known: Mapping[str, Any], keys: Sequence[Key], demands: Sequence[exp.Expr], ask: Ask, now: datetime
) -> Iterator[Partition]:
    properties, own = known["Parameters"], known["StorageDescriptor"]
    # Each key by itself first: a year of days for each of 200 countries is soon down to one day.
    offered = [_values(key, properties, demands, ask, now) for key in keys]
    rows = list(itertools.islice(itertools.product(*offered), projection.MOST))
    for index in _passing(keys, rows, demands, ask):
        named = dict(zip((one.name for one in keys), rows[index], strict=True))
        where = projection.location(properties.get("storage.location.template", ""), own["Location"], named)
        yield Partition({**own, "Location": where}, rows[index])


def _values(key: Key, properties: Mapping[str, str], demands: Sequence[exp.Expr], ask: Ask, now: datetime) -> list[str]:
    values = projection.values(key.name, properties, now=now)
    of_it = [one for one in demands if {column.name.lower() for column in one.find_all(exp.Column)} == {key.name}]
    return [values[index] for index in _passing([key], [(one,) for one in values], of_it, ask)]


def _passing(keys: Sequence[Key], rows: Sequence[Row], demands: Sequence[exp.Expr], ask: Ask) -> list[int]:
    """The places of those rows of key values that fulfil the demands."""
    if not demands or not rows:
        return list(range(len(rows)))
    return [int(index) for (index,) in ask(_question(keys, rows, demands))]


def _question(keys: Sequence[Key], rows: Sequence[Row], demands: Sequence[exp.Expr]) -> str:
    raw = [f"v{n}" for n in range(len(keys))]
    numbered = [
        exp.Tuple(expressions=[*map(exp.Literal.string, row), exp.Literal.number(n)]) for n, row in enumerate(rows)
    ]
    given = exp.values(numbered, alias="given", columns=[*raw, INDEX])
    cells = [
        exp.alias_(exp.cast(exp.column(one), key.type), key.name, quoted=True)
        for one, key in zip(raw, keys, strict=True)
    ]
    query = exp.select(INDEX).from_("keys").where(*demands).with_("keys", as_=exp.select(*cells, INDEX).from_(given))
    return translation.written(query, {}, translation.original(query))
