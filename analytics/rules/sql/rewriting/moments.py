"""Dates and times: units, and the letters of three kinds of formats."""

import re
from collections.abc import Mapping

from sqlglot import exp

from analytics.rules.sql.rewriting import casts, operators
from analytics.rules.sql.rewriting.building import Rewrite, call, cast, constant, needs, number, refuse, text
from analytics.rules.sql.typed import types
from analytics.rules.sql.typed.nodes import type_of

_STEPS = {
    "millisecond": ("to_milliseconds", types.BIGINT), "second": ("to_seconds", types.BIGINT),
    "minute": ("to_minutes", types.BIGINT), "hour": ("to_hours", types.BIGINT), "day": ("to_days", types.INTEGER),
    "week": ("to_weeks", types.INTEGER), "month": ("to_months", types.INTEGER),
    "quarter": ("to_quarters", types.INTEGER), "year": ("to_years", types.INTEGER),
}  # fmt: skip
_OF_DAYS = ("day", "week", "month", "quarter", "year")
# date_format's letters (MySQL's), in DuckDB's; those that Trino refuses itself are left out.
_MYSQL = {
    "a": "%a", "b": "%b", "c": "%-m", "d": "%d", "e": "%-d", "f": "%f", "H": "%H", "h": "%I", "I": "%I", "i": "%M",
    "j": "%j", "k": "%-H", "l": "%-I", "M": "%B", "m": "%m", "p": "%p", "r": "%I:%M:%S %p", "S": "%S", "s": "%S",
    "T": "%H:%M:%S", "v": "%V", "W": "%A", "x": "%G", "Y": "%Y", "y": "%y", "%": "%%",
}  # fmt: skip
_JODA = {
    "y": "%Y", "yyyy": "%Y", "yy": "%y", "M": "%-m", "MM": "%m", "MMM": "%b", "MMMM": "%B", "d": "%-d", "dd": "%d",
    "H": "%-H", "HH": "%H", "h": "%-I", "hh": "%I", "m": "%-M", "mm": "%M", "s": "%-S", "ss": "%S", "SSS": "%g",
    "a": "%p", "E": "%a", "EE": "%a", "EEE": "%a", "EEEE": "%A", "e": "%u", "D": "%-j", "DDD": "%j", "ww": "%V",
    "xxxx": "%G", "YYYY": "%Y",
}  # fmt: skip
FIELDS: Mapping[str, str] = {
    "YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "WEEK": "week", "DAY": "day", "DAY_OF_MONTH": "day",
    "DAY_OF_WEEK": "isodow", "DOW": "isodow", "DAY_OF_YEAR": "dayofyear", "DOY": "dayofyear", "YEAR_OF_WEEK": "isoyear",
    "YOW": "isoyear", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second",
}  # fmt: skip


def _unit(node: exp.Anonymous, of: exp.Expr) -> str:
    unit = constant(node.expressions[0], "The unit").lower()
    if unit not in _STEPS:
        refuse(node, f"There is no unit {unit!r}.")
    if unit not in _OF_DAYS and needs(of, "the date") == types.DATE:
        refuse(node, f"A date has no {unit}s in Athena. CAST it to timestamp.")
    return unit


def _added(node: exp.Anonymous) -> exp.Expr:
    _, count, moment = node.expressions
    name, taken = _STEPS[_unit(node, moment)]
    kind = needs(moment, "the date")
    made = exp.Add(this=moment, expression=call(name, cast(count, taken)))
    return cast(made, types.DATE) if kind == types.DATE else exp.Paren(this=made)


def _difference(node: exp.Anonymous) -> exp.Expr:
    """Trino counts whole units, as DuckDB's date_sub does; its date_diff counts the borders between them."""
    _, one, other = node.expressions
    kind = types.common(needs(one, "the date"), needs(other, "the date"))
    if kind is None or not types.is_moment(kind):
        refuse(node, "date_diff takes two dates or timestamps.")
    return call("date_sub", text(_unit(node, one)), cast(one, kind), cast(other, kind))


def _truncated(node: exp.Anonymous) -> exp.Expr:
    moment = node.expressions[1]
    made = call("date_trunc", text(_unit(node, moment)), moment)
    return cast(made, types.DATE) if needs(moment, "the date") == types.DATE else made


def _formatted(node: exp.Anonymous) -> exp.Expr:
    moment, written = node.expressions
    letters = _of_mysql(written)
    return call("strftime", _local(moment), text(letters))


def _local(moment: exp.Expr) -> exp.Expr:
    kind = needs(moment, "the date")
    if kind == types.VARCHAR:
        refuse(moment, "A text is no date. CAST it.")
    is_zoned = kind.name.endswith("zone") and not (isinstance(moment, exp.Anonymous) and moment.name == "timezone")
    return call("timezone", text("UTC"), moment) if is_zoned else moment


def _parsed(node: exp.Anonymous) -> exp.Expr:
    value, written = node.expressions
    return _pivoted(call("strptime", value, text(_of_mysql(written))), _of_mysql(written))


def _pivoted(made: exp.Expr, letters: str) -> exp.Expr:
    return call("athena_pivoted", made) if "%y" in letters else made


def _of_mysql(written: exp.Expr) -> str:
    def letter(found: re.Match[str]) -> str:
        if found[1] not in _MYSQL:
            refuse(written, f"%{found[1]} isn't here, or isn't in Athena.")
        return _MYSQL[found[1]]

    return re.sub(r"%(.)", letter, constant(written, "The format"), flags=re.DOTALL)


def _of_joda(written: exp.Expr) -> str:
    """Letters are fields, as many as they are; what stands in quotes is itself."""
    made = []
    for found in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", constant(written, "The format"), re.DOTALL):
        if found[2]:
            if found[0] not in _JODA:
                refuse(written, f"{found[0]} isn't here.")
            made.append(_JODA[found[0]])
        else:
            plain = "'" if found[0] == "''" else (found[1].replace("''", "'") if found[1] is not None else found[0])
            made.append(plain.replace("%", "%%"))
    return "".join(made)


def _formatted_by_joda(node: exp.Anonymous) -> exp.Expr:
    return call("strftime", _local(node.expressions[0]), text(_of_joda(node.expressions[1])))


def _parsed_by_joda(node: exp.Anonymous) -> exp.Expr:
    letters = _of_joda(node.expressions[1])
    made = _pivoted(call("strptime", node.expressions[0], text(letters)), letters)
    return call("timezone", text("UTC"), made)


def _iso(node: exp.Anonymous) -> exp.Expr:
    moment = node.expressions[0]
    kind = needs(moment, "the date")
    return cast(moment, types.VARCHAR) if kind == types.DATE else casts.moment_as_text(moment, kind, "T")


def _day(node: exp.Anonymous) -> exp.Expr:
    made = exp.Cast(this=node.expressions[0], to=exp.DataType.build("date"))
    made.meta["athena"] = types.DATE
    return casts.rewritten(made)


def _at(node: exp.Anonymous) -> exp.Expr:
    return operators.at_zone(node, *node.expressions)


def sequence(node: exp.Anonymous) -> exp.Expr:
    """Will write a sequence of numbers, dates or timestamps, both ends within; downwards by itself where they are."""
    first, last, *step = node.expressions
    kind = types.common(needs(first, "the first"), needs(last, "the last"))
    if kind is None:
        refuse(node, "The ends of a sequence are of one type.")
    if types.is_whole(kind):
        ends = [cast(one, types.BIGINT) for one in (first, last, *step)]
        return call("athena_limited", call("generate_series" if step else "athena_steps", *ends))
    if not step and kind != types.DATE:
        refuse(node, "A sequence of timestamps needs a step.")
    step = step or [_towards(first, last)]
    if type_of(step[0]) == types.MONTHS:
        return _by_months(first, last, step[0], kind)
    made = call("athena_limited", call("generate_series", first, last, *step))
    return cast(made, types.array(types.DATE)) if kind == types.DATE else made


def _towards(first: exp.Expr, last: exp.Expr) -> exp.Expr:
    """A day forwards, or backwards where the last day is before the first."""
    days = exp.Paren(this=exp.Sub(this=last.copy(), expression=first.copy()))
    sign = call("sign", exp.Add(this=days, expression=number("0.5")))
    return exp.Mul(this=call("to_days", number(1)), expression=sign)


def _by_months(first: exp.Expr, last: exp.Expr, step: exp.Expr, kind: types.Type) -> exp.Expr:
    """Each month is counted from the first, so that the 31st comes back after February."""
    if not isinstance(step, exp.Interval) or not isinstance(step.this, exp.Literal):
        refuse(step, "A step of months must be written as INTERVAL '1' MONTH.")
    unit = str(step.args["unit"]).lower().rstrip("s")
    months = int(step.this.this) * {"month": 1, "year": 12}[unit]
    if not months:
        refuse(step, "A step of nothing never ends.")
    ends = [cast(one.copy(), types.timestamp()) for one in (first, last)]
    if months < 0:
        ends.reverse()
    count = exp.Add(this=exp.IntDiv(this=call("date_sub", text("month"), *ends), expression=number(abs(months))),
                    expression=number(1))  # fmt: skip
    each = exp.Add(
        this=first.copy(),
        expression=call(
            "to_months",
            cast(
                exp.Paren(this=exp.Mul(this=exp.to_identifier("step"), expression=number(str(months)))), types.INTEGER
            ),
        ),
    )
    made = call("list_transform", call("athena_limited", call("range", number(0), count)),
                exp.Lambda(this=each, expressions=[exp.to_identifier("step")]))  # fmt: skip
    return cast(made, types.array(kind))


def extracted(node: exp.Extract) -> exp.Expr:
    """Will write EXTRACT(field FROM moment)."""
    field = node.name.upper()
    kind = needs(node.expression, "the date")
    if field not in FIELDS or not types.is_moment(kind):
        refuse(node, f"EXTRACT({field} FROM {kind}) isn't here.")
    return call(FIELDS[field], _local(node.expression))


def field(node: exp.Anonymous) -> exp.Expr:
    """Will write year(x), hour(x) and the like of a moment in UTC."""
    return call(node.name, _local(node.expressions[0]))


REWRITES: Mapping[str, Rewrite] = {
    "date": _day, "date_add": _added, "date_diff": _difference, "date_trunc": _truncated, "date_format": _formatted,
    "date_parse": _parsed, "format_datetime": _formatted_by_joda, "parse_datetime": _parsed_by_joda,
    "to_iso8601": _iso, "at_timezone": _at, "sequence": sequence, "now": operators.moment,
}  # fmt: skip
