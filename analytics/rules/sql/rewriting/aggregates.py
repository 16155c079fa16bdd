"""Aggregates and windows: results in Trino's types, and what stands around a call: FILTER, OVER, IGNORE NULLS."""

from collections.abc import Mapping

from sqlglot import exp

from analytics.rules.sql.rewriting import operators
from analytics.rules.sql.rewriting.building import Rewrite, call, cast, needs, refuse, text
from analytics.rules.sql.typed import types
from analytics.rules.sql.typed.nodes import type_of
from analytics.rules.sql.typed.types import Type

LATER = "later"  # in a call's meta: what is done once FILTER and OVER stand around it
_IGNORING = {
    "first_value": exp.FirstValue, "last_value": exp.LastValue, "nth_value": exp.NthValue, "lag": exp.Lag,
    "lead": exp.Lead,
}  # fmt: skip


def _later(node: exp.Anonymous, made: exp.Anonymous) -> exp.Expr:
    made.meta[LATER] = (type_of(node), [needs(one, "what is aggregated") for one in node.expressions])
    return made


def _sum(node: exp.Anonymous) -> exp.Expr:
    return _later(node, call("sum", *node.expressions))


def _average(node: exp.Anonymous) -> exp.Expr:
    return _later(node, call("avg", *node.expressions))


def _histogram(node: exp.Anonymous) -> exp.Expr:
    return _later(node, call("histogram", *node.expressions))


def _map(node: exp.Anonymous) -> exp.Expr:
    if isinstance(node.parent, exp.Filter | exp.Window):
        refuse(node, "map_agg with FILTER or OVER isn't here. Filter in a query below.")
    key, value = node.expressions
    entries = exp.Filter(this=call("list", call("row", key, value)), expression=exp.Where(
        this=exp.Not(this=exp.Is(this=key.copy(), expression=exp.Null()))))  # fmt: skip
    return call("map_from_entries", entries)


def _distinct(node: exp.Anonymous) -> exp.Expr:
    """Counted exactly, which is within what Trino promises of its estimate."""
    return call("count", exp.Distinct(expressions=[node.expressions[0]]))


def _quantile(node: exp.Anonymous) -> exp.Expr:
    """A value that is among those given, which is within what Trino promises of its estimate."""
    value, share = node.expressions
    return call("quantile_disc", value, share)


def _bits(name: str) -> Rewrite:
    return lambda node: call(name, cast(node.expressions[0], types.BIGINT))


def _finite(node: exp.Anonymous) -> exp.Expr:
    """NULL in Trino where the numbers don't vary; NaN in DuckDB."""
    return _later(node, call(node.name, *node.expressions))


def _best(node: exp.Anonymous) -> exp.Expr:
    """Rows whose value is NULL count too; DuckDB's own min_by and max_by pass over them."""
    value, by, *count = node.expressions
    name = {"min_by": "arg_min", "max_by": "arg_max"}[node.name.lower()]
    if not count:
        return call(f"{name}_null", value, by)
    return _later(node, call(name, call("row", value), by, *count))


REWRITES: Mapping[str, Rewrite] = {
    "sum": _sum, "avg": _average, "histogram": _histogram, "map_agg": _map, "approx_distinct": _distinct,
    "approx_percentile": _quantile, "bitwise_and_agg": _bits("bit_and"), "bitwise_or_agg": _bits("bit_or"),
    "min_by": _best,
    "max_by": _best,
    "corr": _finite, "regr_slope": _finite, "regr_intercept": _finite, "count_if": _sum,
}  # fmt: skip


def finish(tree: exp.Expr) -> None:
    """Will put casts around the aggregates that need one, outside of their FILTER and OVER."""
    for node in [one for one in tree.find_all(exp.Anonymous) if LATER in one.meta]:
        result, given = node.meta.pop(LATER)
        around: exp.Expr = node
        while isinstance(around.parent, exp.Filter | exp.Window | exp.IgnoreNulls) and around.arg_key == "this":
            around = around.parent
        around.replace(_finished(node, around, result, given))


def _finished(node: exp.Anonymous, around: exp.Expr, result: Type | None, given: list[Type]) -> exp.Expr:
    name = node.name.lower()
    if result is None:
        refuse(node, f"The type of {name} can't be told here. CAST its argument.")
    match name:
        case "count_if":
            return cast(around.copy(), types.BIGINT)
        case "avg" if result.name == "decimal":
            total, count = around.copy(), around.copy()
            _renamed(total, "sum")
            _renamed(count, "count")
            zero = call("nullif", count, exp.Literal.number(0))
            return operators.divided(total, zero, types.decimal(38, result.sizes[1]), types.BIGINT, result)
        case "avg" if given[0].name not in {*types.WHOLE, "double", "real"}:
            refuse(node, f"avg of {given[0]} isn't here.")
        case "arg_min" | "arg_max":
            held = exp.to_identifier("held")
            got = call("struct_extract", held.copy(), exp.Literal.number(1))
            return call("list_transform", around.copy(), exp.Lambda(this=got, expressions=[held]))
        case "corr" | "regr_slope" | "regr_intercept":
            return call("nullif", around.copy(), cast(text("nan"), types.DOUBLE))
    return cast(around.copy(), result)


def _renamed(around: exp.Expr, name: str) -> None:
    call_ = around.find(exp.Anonymous)
    if call_ is not None:
        call_.set("this", name)


def ignoring(node: exp.IgnoreNulls) -> exp.Expr:
    """Will write IGNORE NULLS, which sqlglot writes for nodes that it knows as window functions."""
    made = node.this
    if not isinstance(made, exp.Anonymous) or made.name.lower() not in _IGNORING:
        refuse(node, "IGNORE NULLS is for first_value, last_value, nth_value, lag and lead.")
    names = ("this", "offset", "default")
    given = dict(zip(names, made.expressions, strict=False))
    return exp.IgnoreNulls(this=_IGNORING[made.name.lower()](**given))


def listed(node: exp.GroupConcat) -> exp.Expr:
    """Will write LISTAGG: without a separator Trino puts nothing between, DuckDB a comma."""
    ordered = node.this
    separator = node.args.get("separator") or text("")
    if not isinstance(ordered, exp.Order):
        refuse(node, "listagg needs WITHIN GROUP (ORDER BY ...).")
    value, made = ordered.this, exp.Order(expressions=ordered.expressions)
    kind = needs(value.expressions[0] if isinstance(value, exp.Distinct) else value, "what is listed")
    if kind != types.VARCHAR:
        refuse(node, f"listagg takes texts, not {kind}.")
    made.set("this", separator)
    return call("listagg", value, made)
