"""CAST and TRY_CAST: DuckDB takes more texts for numbers and dates than Trino does, and rounds otherwise."""

import re

from sqlglot import exp

from analytics.rules.sql.rewriting.building import call, cast, needs, number, refusal, refuse, text
from analytics.rules.sql.typed import types
from analytics.rules.sql.typed.nodes import type_of
from analytics.rules.sql.typed.types import Type

_CHECKED = {
    **dict.fromkeys(types.WHOLE, "athena_whole"), "double": "athena_number", "real": "athena_number",
    "decimal": "athena_fixed", "boolean": "athena_truth", "date": "athena_day", "timestamp": "athena_moment",
    "timestamp with time zone": "athena_moment",
}  # fmt: skip
_PRINTED = ("tinyint", "smallint", "integer", "bigint", "decimal", "boolean", "date", "unknown", "varchar")
_DIGITS_MOST = 6  # DuckDB's timestamps have microseconds


def rewritten(node: exp.Cast) -> exp.Expr:
    """Will write a cast for DuckDB. Raises SqlError where the types aren't known, or Athena's result can't be had."""
    wanted, given = type_of(node), needs(node.this, "what is cast")
    written = node.args["to"]
    if wanted is None:
        refuse(node, f"CAST AS {written.sql('trino')} isn't here.")
    if wanted.sizes and wanted.name.startswith("timestamp") and wanted.sizes[0] > _DIGITS_MOST:
        refuse(node, f"{wanted} has more digits than microseconds.")
    is_try = isinstance(node, exp.TryCast)
    if wanted.name in {"varchar", "char"}:
        return _to_text(node, given, wanted)
    if given.name == "varchar":
        return _of_text(node.this, wanted, is_try=is_try)
    return cast(_prepared(node.this, given, wanted), wanted, is_try=is_try)


def _prepared(node: exp.Expr, given: Type, wanted: Type) -> exp.Expr:
    """What is cast, changed so that DuckDB's cast gives what Trino's does."""
    if wanted.name == "json":
        return call("to_json", node)
    if types.is_whole(wanted) and given.name in {"double", "real"}:
        return call("round", node)  # half away from zero; DuckDB's cast rounds half to even
    if given.name == "timestamp with time zone" and wanted.name in {"date", "timestamp", "time"}:
        node = node if _is_local(node) else call("timezone", text("UTC"), node)
    if wanted.name == "timestamp" and given.sizes > wanted.sizes:
        return call("athena_digits", node, number(10 ** (6 - wanted.sizes[0])))
    if not _is_plain(given, wanted):
        refuse(node, f"CAST of {given} AS {wanted} isn't here: cast the parts.")
    return node


def _is_local(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and node.name == "timezone"


def _is_plain(given: Type, wanted: Type) -> bool:
    """Whether DuckDB's cast casts each part as Trino would: no texts among them, and fields in their places."""
    if given.name in {"json", "unknown"} or given == wanted:
        return True
    if given.inner and wanted.inner and given.name == wanted.name:
        in_place = wanted.fields == given.fields or not any(given.fields)
        return in_place and all(map(_is_plain, given.inner, wanted.inner)) and len(given.inner) == len(wanted.inner)
    if given.inner or wanted.inner:
        return False
    return not (given.name in {"varchar", "double", "real"} and types.is_whole(wanted)) and given.name != "varchar"


def _of_text(node: exp.Expr, wanted: Type, *, is_try: bool) -> exp.Expr:
    if wanted.name == "json":
        return call("to_json", node)
    if wanted.name == "time":
        return cast(node, wanted, is_try=is_try)
    if wanted.name not in _CHECKED:
        refuse(node, f"CAST of a text AS {wanted} isn't here.")
    is_safe = isinstance(node, exp.Literal) and _is_written_well(str(node.this), wanted)
    made = cast(node if is_safe else call(_CHECKED[wanted.name], node), wanted, is_try=is_try)
    if wanted.name == "timestamp" and wanted.sizes[0] < _DIGITS_MOST and not isinstance(node, exp.Literal):
        return call("athena_digits", made, number(10 ** (6 - wanted.sizes[0])))
    return made


def _is_written_well(value: str, wanted: Type) -> bool:
    """Whether a literal is in the form in which both read the same; the others are checked when they are run."""
    match wanted.name:
        case "date":
            return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value))
        case "timestamp":
            return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?", value))
    return types.is_number(wanted) and bool(
        re.fullmatch(r"-?\d+(\.\d+)?" if wanted.name not in types.WHOLE else r"-?\d+", value)
    )


def _to_text(node: exp.Cast, given: Type, wanted: Type) -> exp.Expr:
    if wanted.name == "char":
        refuse(node, "char(n) is filled up with spaces in Athena, and isn't here. Use varchar.")
    shown = as_text(node.this, given)
    length = node.args["to"].expressions
    if not length:
        return shown
    return call("left" if given.name == "varchar" else "athena_fitting", shown, number(length[0].name))


def as_text(node: exp.Expr, given: Type) -> exp.Expr:
    """Will write a value as text, as Trino's CAST AS varchar does. Raises SqlError where DuckDB's digits differ."""
    if given.name in _PRINTED:
        return node if given.name == "varchar" else cast(node, types.VARCHAR)
    if given.name == "json":
        return call("athena_json_text", node)
    if given.name.startswith("timestamp"):
        return moment_as_text(node, given, " ")
    if given.name in {"double", "real"}:
        refuse(node, "Athena writes 1.5E0 for a double as text. Use format('%.2f', x), or cast to decimal first.")
    raise refusal(node, f"{given} can't be cast to varchar here.")


def moment_as_text(node: exp.Expr, given: Type, between: str) -> exp.Expr:
    """Will write a timestamp with as many digits as its type has."""
    zoned = given.name.endswith("zone")
    digits = given.sizes[0] if given.sizes else 3
    if digits not in {0, 3, 6}:
        refuse(node, f"{given} can't be written as text here. Cast it to timestamp(3) or timestamp(6).")
    part = {0: "", 3: ".%g", 6: ".%f"}[digits]
    local = call("timezone", text("UTC"), node) if zoned and not _is_local(node) else node
    end = "" if not zoned or _is_local(node) else (" UTC" if between == " " else "Z")
    return call("strftime", local, text(f"%Y-%m-%d{between}%H:%M:%S{part}{end}"))
