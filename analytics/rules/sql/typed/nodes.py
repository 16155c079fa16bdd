"""The types of what is neither a name nor a call: literals, casts, operators."""

from collections.abc import Callable, Sequence

from sqlglot import exp

from analytics.rules.sql.typed import types
from analytics.rules.sql.typed.scopes import TYPE
from analytics.rules.sql.typed.types import Type


def type_of(node: exp.Expr | None) -> Type | None:
    """Will give the type that was noted in a node's meta; None where it couldn't be told."""
    found = node.meta.get(TYPE) if node is not None else None
    return found if isinstance(found, Type) else None


_TRUTHS = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.Like,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Boolean,
)  # fmt: skip
_SAME = (exp.Paren, exp.Neg, exp.Alias, exp.Distinct, exp.Order, exp.Ordered, exp.Filter, exp.Window, exp.IgnoreNulls,
         exp.RespectNulls, exp.Any, exp.All)  # fmt: skip


def of_node(node: exp.Expr, inner: Sequence[Type | None]) -> Type | None:
    """Will give the type of a node that is no call, from those of its parts."""
    if isinstance(node, _TRUTHS):
        return types.BOOLEAN
    if isinstance(node, _SAME):
        return inner[0] if inner else None
    read = _READ.get(type(node))
    return read(node, inner) if read else None


def _literal(node: exp.Expr, _: Sequence[Type | None]) -> Type:
    text = str(node.this)
    if node.args.get("is_string"):
        return types.VARCHAR
    if "e" in text.lower():
        return types.DOUBLE
    if "." in text:
        whole, part = text.split(".")
        return types.decimal(max(len(whole.lstrip("0")) + len(part), 1), len(part))
    return types.INTEGER if int(text) < 2**31 else types.BIGINT


def _cast(node: exp.Expr, _: Sequence[Type | None]) -> Type | None:
    written = node.args["to"]
    text = written.sql("trino")
    if written.this == exp.DType.DECIMAL and not written.expressions and isinstance(node.this, exp.Literal):
        whole, part = f"{node.this.this}.".lstrip("+-").split(".")[:2]
        return types.decimal(len(whole) + len(part), len(part))
    zone = written.this == exp.DType.TIMESTAMP and isinstance(node.this, exp.Literal) and _has_zone(str(node.this.this))
    known = types.read(text)
    return types.timestamp(*(known.sizes if known else (3,)), zoned=True) if zone else known


def _has_zone(text: str) -> bool:
    return any(letter.isalpha() for letter in text) or text.count("-") > 2 or "+" in text


def _arithmetic(node: exp.Expr, inner: Sequence[Type | None]) -> Type | None:
    one, other = inner
    if one is None or other is None:
        return None
    spans = (types.MONTHS, types.TIMES)
    if one in spans or other in spans:
        if one in spans and other in spans:
            return one if one == other else None
        moment = other if one in spans else one
        return moment if types.is_moment(moment) else (one if one in spans else other)
    if isinstance(node, exp.Sub) and types.is_moment(one) and types.is_moment(other):
        return types.TIMES
    if "decimal" in (one.name, other.name) and types.is_number(one) and types.is_number(other):
        wide = types.common(one, other)
        return wide if wide is None or wide.name != "decimal" else of_decimals(node, one, other)
    return types.common(one, other)


def of_decimals(node: exp.Expr, one: Type, other: Type) -> Type:
    """Will give a decimal result's type: Trino, "Decimal functions and operators"."""
    (p, s), (q, r) = types.as_decimal(one).sizes, types.as_decimal(other).sizes
    match node:
        case exp.Mul():
            return types.decimal(p + q, s + r)
        case exp.Div():
            return types.decimal(p + r + max(0, r - s), max(s, r))
        case exp.Mod():
            return types.decimal(min(p - s, q - r) + max(s, r), max(s, r))
    return types.decimal(1 + max(s, r) + max(p - s, q - r), max(s, r))


def _interval(node: exp.Expr, _: Sequence[Type | None]) -> Type:
    return types.MONTHS if str(node.args.get("unit")).upper().startswith(("YEAR", "MONTH")) else types.TIMES


def _case(node: exp.Expr, _: Sequence[Type | None]) -> Type | None:
    results = [one.args["true"] for one in node.args.get("ifs") or [node]]
    last = node.args.get("default") or node.args.get("false")
    return types.common_of([type_of(one) for one in [*results, *([last] if last else [])]])


def _joined(_: exp.Expr, inner: Sequence[Type | None]) -> Type | None:
    lists = [one for one in inner if one is not None and one.name == "array"]
    return lists[0] if lists else inner[0]


def _array(_: exp.Expr, inner: Sequence[Type | None]) -> Type | None:
    of = types.common_of(inner) if inner else types.UNKNOWN
    return types.array(of) if of else None


def _bracket(_: exp.Expr, inner: Sequence[Type | None]) -> Type | None:
    of = inner[0]
    return of.inner[-1] if of and of.name in {"array", "map"} else None


def _tuple(_: exp.Expr, inner: Sequence[Type | None]) -> Type:
    return types.row([""] * len(inner), [one or types.UNKNOWN for one in inner])


def _moment(zoned: bool) -> Callable[[exp.Expr, Sequence[Type | None]], Type]:  # noqa: FBT001 - which of two
    return lambda *_: types.timestamp(zoned=zoned)


def _always(known: Type) -> Callable[[exp.Expr, Sequence[Type | None]], Type]:
    return lambda *_: known


_READ: dict[type[exp.Expr], Callable[[exp.Expr, Sequence[Type | None]], Type | None]] = {
    exp.Literal: _literal, exp.Cast: _cast, exp.TryCast: _cast, exp.Null: _always(types.UNKNOWN),
    exp.Add: _arithmetic, exp.Sub: _arithmetic, exp.Mul: _arithmetic, exp.Div: _arithmetic, exp.Mod: _arithmetic,
    exp.Interval: _interval, exp.Case: _case, exp.If: _case, exp.DPipe: _joined, exp.Array: _array,
    exp.Bracket: _bracket, exp.Tuple: _tuple, exp.HexString: _always(types.VARBINARY),
    exp.UnicodeString: _always(types.VARCHAR), exp.ParseJSON: _always(types.JSON),
    exp.CurrentDate: _always(types.DATE), exp.CurrentTimestamp: _moment(zoned=True),
    exp.Localtimestamp: _moment(zoned=False), exp.AtTimeZone: _moment(zoned=True),
    exp.Extract: _always(types.BIGINT), exp.StrPosition: _always(types.BIGINT), exp.Trim: _always(types.VARCHAR),
    exp.Substring: _always(types.VARCHAR), exp.GroupConcat: _always(types.VARCHAR),
}  # fmt: skip
