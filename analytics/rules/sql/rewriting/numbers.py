"""Numbers: rounding in the type of what is rounded, and what is no function but a choice."""

from collections.abc import Mapping

from sqlglot import exp

from analytics.rules.sql.rewriting import operators
from analytics.rules.sql.rewriting.building import Rewrite, call, cast, needs, number, text
from analytics.rules.sql.typed import types
from analytics.rules.sql.typed.nodes import type_of


def _rounded(name: str) -> Rewrite:
    """A whole number is as it was, or rounded to tens; a decimal keeps the scale that Trino gives it."""

    def rewrite(node: exp.Anonymous) -> exp.Expr:
        value, *digits = node.expressions
        kind = needs(value, "what is rounded")
        if types.is_whole(kind) and not digits:
            return exp.Paren(this=value)
        result = type_of(node) or kind
        return cast(call(name, value, *digits), result)

    return rewrite


def _signed(node: exp.Anonymous) -> exp.Expr:
    kind = needs(node.expressions[0], "the number")
    made = types.decimal(1, 0) if kind.name == "decimal" else kind
    return cast(call("sign", node.expressions[0]), made)


def _remainder(node: exp.Anonymous) -> exp.Expr:
    one, other = node.expressions
    made = exp.Mod(this=exp.Paren(this=one), expression=exp.Paren(this=other))
    return exp.Paren(this=made)


def _random(node: exp.Anonymous) -> exp.Expr:
    low, high = ([number(0), *node.expressions] if len(node.expressions) < 2 else node.expressions)[-2:]
    if not node.expressions:
        return call("random")
    span = exp.Paren(this=exp.Sub(this=exp.Paren(this=high), expression=exp.Paren(this=low.copy())))
    made = call("floor", exp.Mul(this=call("random"), expression=span))
    return cast(exp.Paren(this=exp.Add(this=made, expression=exp.Paren(this=low))), types.BIGINT)


def _extreme(node: exp.Anonymous) -> exp.Expr:
    return operators.extreme(node.name, list(node.expressions))


def _named(node: exp.Anonymous) -> exp.Expr:
    return text(str(needs(node.expressions[0], "it")))


REWRITES: Mapping[str, Rewrite] = {
    "round": _rounded("round"), "ceil": _rounded("ceil"), "ceiling": _rounded("ceil"), "floor": _rounded("floor"),
    "truncate": _rounded("trunc"), "sign": _signed, "mod": _remainder, "random": _random, "rand": _random,
    "greatest": _extreme, "least": _extreme, "typeof": _named,
}  # fmt: skip
