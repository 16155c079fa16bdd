"""Athena's SQL in, DuckDB's out. What would be answered otherwise is put right, or refused with the reason."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlglot import exp

from analytics.rules.sql import functions
from analytics.rules.sql.macros import MACROS, SETTINGS
from analytics.rules.sql.problems import readable_depth
from analytics.rules.sql.rewriting import aggregates, casts, gate, lists, moments, numbers, operators, relations, texts
from analytics.rules.sql.rewriting.building import Rewrite, call
from analytics.rules.sql.statement import Statement
from analytics.rules.sql.typed import inference
from analytics.rules.sql.typed.nodes import type_of
from analytics.rules.sql.typed.scopes import TYPE, Schema

_CALLS: Mapping[str, Rewrite] = {
    **texts.REWRITES, **moments.REWRITES, **lists.REWRITES, **numbers.REWRITES, **aggregates.REWRITES,
}  # fmt: skip
_OF_MOMENTS = frozenset({
    "year", "quarter", "month", "day", "hour", "minute", "second", "dayofyear", "isodow", "isoyear", "week", "last_day",
    "athena_millisecond", "epoch",
})  # fmt: skip


def translate(statement: Statement, schema: Schema, *, database: str | None = None) -> str:
    """Will write a query for DuckDB with SETTINGS and MACROS loaded. `database` is that of names that name none.

    Raises SqlError: refused, function-refused, function-unknown, table-unknown, column-unknown.
    """
    with readable_depth():
        return _translated(statement, schema, database)


def _translated(statement: Statement, schema: Schema, database: str | None) -> str:
    gate.check(statement)
    tree = statement.tree.copy()
    for select in tree.find_all(exp.Select):
        relations.order_by_what_is_shown(select)
    inference.annotate(tree, schema, database=database)
    # Names first: they are taken from what was written. Then from the leaves to the root, as types are those below.
    for select in list(tree.find_all(exp.Select)):
        relations.name_columns(select)
    root = _rewritten(tree)
    aggregates.finish(root)
    return root.sql(dialect="duckdb", identify=True)


def _rewritten(tree: exp.Query) -> exp.Expr:
    holder = exp.Paren(this=tree)
    for node in reversed(list(tree.bfs())):
        rewrite = _NODES.get(type(node))
        if rewrite is None:
            continue
        made = rewrite(node)
        if made is not node:
            made.meta.setdefault(TYPE, type_of(node))
            node.replace(made)
    return cast("exp.Expr", holder.this)


def _call(node: exp.Anonymous) -> exp.Expr:
    name = node.name.lower()
    if name.startswith(functions.MACRO):
        return node
    function = functions.KNOWN.get(name)
    if function is None:
        return node
    if name in _CALLS:
        return _CALLS[name](node)
    if function.to in _OF_MOMENTS:
        return moments.field(call(function.to, *node.expressions))
    return call(function.to, *node.expressions)


def _limited(node: exp.Query) -> exp.Expr:
    relations.limit(node)
    return node


def _trimmed(node: exp.Trim) -> exp.Expr:
    side = str(node.args.get("position") or "BOTH").upper()
    name = {"LEADING": "athena_ltrim", "TRAILING": "athena_rtrim"}.get(side, "athena_trim")
    return call(name, node.this, *filter(None, [node.args.get("expression")]))


def _substring(node: exp.Substring) -> exp.Expr:
    return call("athena_substr", node.this, *filter(None, [node.args.get("start"), node.args.get("length")]))


def _position(node: exp.StrPosition) -> exp.Expr:
    return call("strpos", node.this, node.args["substr"])


_NODES: Mapping[type[exp.Expr], Callable[[Any], exp.Expr]] = {
    exp.Anonymous: _call, exp.Column: relations.column, exp.Dot: relations.field, exp.Table: relations.table,
    exp.Unnest: relations.unnested, exp.Values: relations.valued, exp.Select: _limited,
    exp.Union: _limited, exp.Except: _limited,
    exp.Intersect: _limited, exp.Subquery: _limited, exp.Add: operators.arithmetic, exp.Sub: operators.arithmetic,
    exp.Mul: operators.arithmetic, exp.Div: operators.arithmetic, exp.Mod: operators.arithmetic,
    exp.DPipe: operators.joined, exp.Bracket: operators.subscript, exp.EQ: operators.compared,
    exp.NEQ: operators.compared, exp.LT: operators.compared, exp.GT: operators.compared, exp.LTE: operators.compared,
    exp.GTE: operators.compared, exp.In: operators.among, exp.NullSafeEQ: operators.same,
    exp.NullSafeNEQ: operators.same,
    exp.HexString: operators.literal, exp.UnicodeString: operators.literal, exp.ParseJSON: operators.literal,
    exp.AtTimeZone: operators.zoned, exp.CurrentTimestamp: operators.moment, exp.If: operators.chosen,
    exp.Cast: casts.rewritten, exp.TryCast: casts.rewritten, exp.Extract: moments.extracted, exp.Trim: _trimmed,
    exp.Substring: _substring, exp.StrPosition: _position, exp.IgnoreNulls: aggregates.ignoring,
    exp.GroupConcat: aggregates.listed,
}  # fmt: skip

__all__ = ["MACROS", "SETTINGS", "Schema", "translate"]
