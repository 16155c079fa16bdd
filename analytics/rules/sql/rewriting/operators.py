"""Operators, literals and subscripts: what the same sign means in Trino and in DuckDB."""

from sqlglot import exp

from analytics.rules.sql.rewriting.building import call, case, cast, is_null, needs, number, refuse, text
from analytics.rules.sql.typed import types
from analytics.rules.sql.typed.nodes import type_of
from analytics.rules.sql.typed.types import Type

Arithmetic = exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod
_DAYS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
_NARROW = ("tinyint", "smallint")


def arithmetic(node: Arithmetic) -> exp.Expr:
    """Will write +, -, *, / and % so that the result is of the type that Trino gives it."""
    one, other = needs(node.this, "a number here"), needs(node.expression, "a number here")
    result = type_of(node)
    if result is None:
        refuse(node, f"{one} and {other} can't be computed with each other.")
    if isinstance(node, exp.Div) and types.is_number(result):
        return _quotient(node, one, other, result)
    if types.is_whole(result) and {one.name, other.name} & {*_NARROW}:
        # DuckDB takes a literal for as narrow as the other side is.
        return type(node)(this=cast(node.this, result), expression=cast(node.expression, result))
    if result == types.DATE:
        _check_days(node)
        return cast(node.copy(), types.DATE)
    if result == types.REAL:
        return type(node)(this=cast(node.this, result), expression=cast(node.expression, result))
    if one == other == types.DATE:
        return call("to_days", cast(exp.Paren(this=node.copy()), types.INTEGER))
    return node


def _check_days(node: Arithmetic) -> None:
    """A date and hours are no date in Trino, but an error."""
    span = node.this if type_of(node.expression) == types.DATE else node.expression
    is_of_days = isinstance(span, exp.Interval) and str(span.args.get("unit")).upper().rstrip("S") in _DAYS
    if not is_of_days and type_of(span) != types.MONTHS:
        refuse(node, "Only intervals of whole days are added to a date. CAST it to timestamp.")


def _quotient(node: exp.Div, one: Type, other: Type, result: Type) -> exp.Expr:
    if types.is_whole(result):
        return exp.Paren(this=exp.IntDiv(this=_held(node.this), expression=_held(node.expression)))
    if result.name != "decimal":
        # Trino's 1/0 of doubles is Infinity, and so is DuckDB's where neither side is a whole number.
        return exp.Div(this=_held(cast(node.this, result)), expression=_held(cast(node.expression, result)))
    return divided(node.this, node.expression, one, other, result)


def _held(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, exp.Binary) else node


def divided(one: exp.Expr, other: exp.Expr, of: Type, by: Type, result: Type) -> exp.Expr:
    """Will divide decimals as Trino does: with the scale of the wider, half away from zero. DuckDB gives a double."""
    (_, s), (_, r) = types.as_decimal(of).sizes, types.as_decimal(by).sizes
    power = r - s + result.sizes[1]
    made = call("athena_divide", _unscaled(one, s), _unscaled(other, r), number(10**power))
    return cast(_scaled(made, result.sizes[1]), result)


def _unscaled(node: exp.Expr, scale: int) -> exp.Expr:
    """A decimal's digits as a whole number."""
    if not scale:
        return node
    return exp.Mul(this=exp.Paren(this=cast(node.copy(), types.decimal(38, scale))), expression=number(10**scale))


def _scaled(node: exp.Expr, scale: int) -> exp.Expr:
    whole = cast(node, types.decimal(38, 0))
    if not scale:
        return whole
    return exp.Mul(this=whole, expression=cast(text(f"0.{'0' * (scale - 1)}1"), types.decimal(scale, scale)))


def joined(node: exp.DPipe) -> exp.Expr:
    """Will write || for texts, bytes and arrays; an element may stand on either side of an array."""
    return together([node.this, node.expression])


def together(parts: list[exp.Expr]) -> exp.Expr:
    """Will join texts, bytes or arrays; NULL where one is."""
    kinds = [needs(one, "what is joined") for one in parts]
    if any(one.name == "array" for one in kinds):
        made = _listed(parts[0], kinds[0])
        for part, kind in zip(parts[1:], kinds[1:], strict=True):
            made = exp.DPipe(this=made, expression=_listed(part, kind))
        return exp.Paren(this=made)
    if not all(one.name in {"varchar", "varbinary", "unknown"} for one in kinds):
        refuse(parts[0], f"Only texts are joined by Athena, not {', '.join(map(str, kinds))}. CAST them to varchar.")
    of = types.common_of(kinds) or types.VARCHAR
    shown = [cast(one, of) if kind == types.UNKNOWN else one for one, kind in zip(parts, kinds, strict=True)]
    made = shown[0]
    for part in shown[1:]:
        made = exp.DPipe(this=made, expression=part)
    return exp.Paren(this=made)


def _listed(node: exp.Expr, kind: Type) -> exp.Expr:
    return node if kind.name in {"array", "unknown"} else exp.Array(expressions=[node])


def subscript(node: exp.Bracket) -> exp.Expr:
    """Will write a[i] and m[k], which fail in Trino where there is no such element. Raises SqlError for a row's."""
    of = needs(node.this, "what has the subscript")
    if of.name not in {"array", "map"} or len(node.expressions) != 1:
        refuse(node, f"A subscript of {of} isn't here. Name the field.")
    return call("athena_subscript" if of.name == "array" else "athena_value", node.this, node.expressions[0])


def compared(node: exp.Binary) -> exp.Expr:
    """Will write a comparison. NaN is greater than nothing in Trino, not even equal to itself; in DuckDB it is both.

    Raises SqlError for what DuckDB compares otherwise: JSON by its text, and NULLs inside as if they were values.
    """
    kinds = [type_of(one) for one in (node.this, node.expression)]
    if any(kind is not None and kind.name in {"json", "map", "array", "row"} for kind in kinds):
        refuse(node, "Values with parts, and JSON, are compared otherwise here. Compare the parts.")
    greater = {exp.GT: node.this, exp.GTE: node.this, exp.LT: node.expression, exp.LTE: node.expression}
    one = greater.get(type(node), node.this)
    if not any(kind is not None and kind.name in {"double", "real"} for kind in kinds) or _is_number(one):
        return node
    if type(node) in {exp.EQ, exp.NEQ} and _is_number(node.expression):
        return node
    # isnan() takes no other numbers than doubles.
    isnan = call("isnan", cast(one.copy(), types.DOUBLE))
    if isinstance(node, exp.NEQ):
        return exp.Paren(this=exp.Or(this=node.copy(), expression=isnan))
    return exp.Paren(this=exp.And(this=node.copy(), expression=exp.Not(this=isnan)))


def same(node: exp.Binary) -> exp.Expr:
    """Will refuse IS DISTINCT FROM for JSON and maps, whose texts and orders are compared here."""
    if any(kind is not None and kind.name in {"json", "map"} for kind in map(type_of, (node.this, node.expression))):
        refuse(node, "JSON and maps are compared otherwise here. Compare the parts.")
    return node


def _is_number(node: exp.Expr) -> bool:
    """Whether it is a number that is written, or a whole or decimal one: none of these is NaN."""
    kind = type_of(node)
    bare = node.this if isinstance(node, exp.Neg | exp.Paren) else node
    return isinstance(bare, exp.Literal) or types.is_whole(kind) or (kind is not None and kind.name == "decimal")


def among(node: exp.In) -> exp.Expr:
    """Will write IN; rows are compared part by part, as NULLs in them are no values."""
    kind = type_of(node.this)
    if kind is None or not kind.inner:
        return node
    rows = node.expressions
    if not isinstance(node.this, exp.Tuple) or not rows or not all(isinstance(one, exp.Tuple) for one in rows):
        refuse(node, f"{kind} IN isn't here. Write EXISTS with each part compared.")
    parts = node.this.expressions
    same = [
        exp.and_(*(exp.EQ(this=one.copy(), expression=other.copy()) for one, other in zip(parts, row, strict=True)))
        for row in (one.expressions for one in rows)
    ]
    return exp.Paren(this=exp.or_(*same))


def literal(node: exp.Expr) -> exp.Expr:
    """Will write U&'' and X'' as DuckDB does."""
    if isinstance(node, exp.HexString):
        return call("unhex", text(str(node.this)))
    if isinstance(node, exp.UnicodeString):
        raw = str(node.this)
        if "\\" not in raw:
            return text(raw)
        refuse(node, "Escapes of U&'' aren't here. Write the letters themselves.")
    return call("json", text(str(node.this.this)))


def zoned(node: exp.AtTimeZone) -> exp.Expr:
    """Will write AT TIME ZONE where only the local time is asked of it: the zone itself isn't kept by DuckDB."""
    return at_zone(node, node.this, node.args["zone"])


_OF_LOCAL_TIME = frozenset({
    "date", "year", "month", "day", "hour", "minute", "second", "quarter", "day_of_month", "day_of_week", "dow",
    "day_of_year", "doy", "week", "week_of_year", "year_of_week", "yow", "date_format", "millisecond",
})  # fmt: skip


def at_zone(node: exp.Expr, moment: exp.Expr, zone: exp.Expr) -> exp.Expr:
    """Will give the local time in a zone. Raises SqlError where the node around would need the zone as well."""
    around = node.parent
    is_read = isinstance(around, exp.Extract) or (
        isinstance(around, exp.Anonymous) and around.name.lower() in _OF_LOCAL_TIME
    )
    if isinstance(around, exp.Cast):
        kind = type_of(around)
        is_read = kind is not None and kind.name in {"date", "timestamp", "time"}
    if not is_read:
        refuse(node, "Zones aren't kept here. Put the whole in CAST(... AS timestamp), CAST(... AS date) or hour(...).")
    return call("timezone", zone, cast(moment, types.timestamp(zoned=True)))


def moment(_: exp.Expr) -> exp.Expr:
    """Will write CURRENT_TIMESTAMP to the millisecond."""
    return call("date_trunc", text("millisecond"), call("now"))


def chosen(node: exp.If) -> exp.Expr:
    """Will write IF(a, b, c); the branches of CASE are such nodes too, and stay."""
    if isinstance(node.parent, exp.Case):
        return node
    return case((node.this, node.args["true"]), default=node.args.get("false"))


def extreme(name: str, parts: list[exp.Expr]) -> exp.Expr:
    """Will write GREATEST and LEAST, which are NULL in Trino where one is; DuckDB passes over NULLs."""
    lacking = exp.or_(*(is_null(one) for one in parts))
    return case((lacking, exp.Null()), default=call(name, *parts))
