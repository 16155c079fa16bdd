"""Texts: what is joined, formatted, matched, and found in JSON."""

import re
from collections.abc import Iterator, Mapping

from sqlglot import exp

from analytics.rules.sql.rewriting import casts, operators
from analytics.rules.sql.rewriting.building import (
    Rewrite,
    call,
    case,
    cast,
    constant,
    needs,
    number,
    refusal,
    refuse,
    text,
)
from analytics.rules.sql.typed import types
from analytics.rules.sql.typed.nodes import type_of

_SPEC = re.compile(r"%(?:([%n])|([-0,+ ]*)(\d*)(?:\.(\d+))?([a-zA-Z]))|%")
# RE2 reads these as something else than Java's and Trino's expressions do; what it can't read at all is an error.
_OTHERWISE = ("&&", "(?x", "\\G", "\\R", "\\h", "\\Z", "[[")
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[\"([^\"\\]*)\"\]|\[(\d+)\]")


def _concatenated(node: exp.Anonymous) -> exp.Expr:
    return operators.together(list(node.expressions))


def _with_separator(node: exp.Anonymous) -> exp.Expr:
    """NULLs are left out, but a separator of NULL gives NULL; an array stands for its elements."""
    separator, *parts = node.expressions
    kinds = [needs(one, "what is joined") for one in parts]
    if any(one.name == "array" for one in kinds):
        if len(parts) > 1:
            refuse(node, "concat_ws takes one array, or texts.")
        return call("array_to_string", parts[0], separator)
    return case((exp.Is(this=separator.copy(), expression=exp.Null()), exp.Null()),
                default=call("concat_ws", separator, *parts))  # fmt: skip


def _length(node: exp.Anonymous) -> exp.Expr:
    kind = needs(node.expressions[0], "what is measured")
    if kind.name not in {"varchar", "varbinary"}:
        refuse(node, f"length takes a text, not {kind}.")
    return call("octet_length" if kind.name == "varbinary" else "length", node.expressions[0])


def _reversed(node: exp.Anonymous) -> exp.Expr:
    is_list = needs(node.expressions[0], "what is reversed").name == "array"
    return call("list_reverse" if is_list else "athena_reverse", node.expressions[0])


def _distance(node: exp.Anonymous) -> exp.Expr:
    """DuckDB counts bytes, so only letters of one byte may be counted."""
    name = {"levenshtein_distance": "levenshtein", "hamming_distance": "hamming"}[node.name.lower()]
    return call(name, *(call("athena_ascii", one) for one in node.expressions))


def _formatted(node: exp.Anonymous) -> exp.Expr:
    """format() is Java's: each of its places becomes a text, and these are joined."""
    written = constant(node.expressions[0], "The format")
    values = iter(node.expressions[1:])
    parts: list[exp.Expr] = []
    end = 0
    for found in _SPEC.finditer(written):
        parts.append(text(written[end : found.start()]))
        parts.append(_placed(node, found, values))
        end = found.end()
    parts.append(text(written[end:]))
    if next(values, None) is not None:
        refuse(node, "There are more values than places in the format.")
    shown = [one for one in parts if not (isinstance(one, exp.Literal) and one.this == "")]
    return call("concat", *(shown or [text("")]))


def _placed(node: exp.Anonymous, found: re.Match[str], values: Iterator[exp.Expr]) -> exp.Expr:
    if found[1]:
        return text("%" if found[1] == "%" else "\n")
    value = next(values, None)
    if value is None or not found[5] or set(found[2] or "") & {"+", " "}:
        refuse(node, f"{found[0]} has no value, or isn't here.")
    kind = needs(value, "what is formatted")
    match found[5]:
        case "s" if not found[4]:
            made = casts.as_text(value, kind)
        case "d" if types.is_whole(kind):
            made = cast(value, types.VARCHAR)
        case "f" if kind.name in {"double", "real", "decimal"}:
            # By way of the text: Java rounds the digits that it writes, half up.
            digits = types.decimal(38, int(found[4] or 6))
            made = cast(cast(cast(value, types.VARCHAR), digits), types.VARCHAR)
        case _:
            refuse(node, f"{found[0]} isn't here for {kind}.")
    return _filled(made, found[2] or "", int(found[3] or 0))


def _filled(made: exp.Expr, flags: str, width: int) -> exp.Expr:
    if "," in flags:
        made = call("athena_thousands", made)
    made = call("coalesce", made, text("null"))
    if not width:
        return made
    if "0" in flags:
        return call("athena_zeros", made, number(width))
    fill = call("repeat", text(" "), call("greatest", number(0), exp.Sub(
        this=number(width), expression=call("length", made.copy()))))  # fmt: skip
    return call("concat", made, fill) if "-" in flags else call("concat", fill, made)


def pattern(node: exp.Anonymous) -> str:
    """Will give a call's regular expression. Raises SqlError where RE2 would read it otherwise than Trino."""
    written = constant(node.expressions[1], "The regular expression")
    for one in _OTHERWISE:
        if one in written:
            refuse(node, f"{one} in a regular expression means something else here.")
    return written


def _matched(node: exp.Anonymous) -> exp.Expr:
    pattern(node)
    name = {"regexp_like": "regexp_matches", "regexp_split": "regexp_split_to_array"}.get(node.name.lower())
    return call(name or "athena_regexp_count", *node.expressions)


def _group(node: exp.Anonymous) -> exp.Expr:
    written = pattern(node)
    if len(node.expressions) > 2 and node.expressions[2].name != "0" and re.search(r"\||\)[?*]|\)\{0", written):
        refuse(node, "A group that takes no part is NULL in Athena and empty here. Use groups that always take part.")
    is_all = node.name.lower().endswith("_all")
    return call("regexp_extract_all" if is_all else "athena_regexp_extract", *node.expressions)


def _replaced(node: exp.Anonymous) -> exp.Expr:
    pattern(node)
    value, written, *new = node.expressions
    return call("regexp_replace", value, written, text(_replacement(new[0]) if new else ""), text("g"))


def _replacement(node: exp.Expr) -> str:
    """$1 is \\1 here, and a backslash makes the next letter plain."""

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return f"\\{found[1]}"
        if found[2]:
            return "\\\\" if found[2] == "\\" else found[2]
        raise refusal(node, "Only $1 to $9 are here in what replaces.")

    return re.sub(r"\$(\d)(?!\d)|\\(.)|[$\\]", one, constant(node, "What replaces"), flags=re.DOTALL)


# JSON


def _path(node: exp.Anonymous) -> exp.Literal:
    written = constant(node.expressions[1], "The path").strip()
    if node.name.lower() == "json_value":
        if not written.startswith("lax "):
            refuse(node, "Only paths that begin with lax are here.")
        written = written.removeprefix("lax ").strip()
    made, end = ["$"], 1
    while end < len(written):
        found = _STEP.match(written, end)
        if found is None or not written.startswith("$"):
            refuse(node, f'The path {written!r} isn\'t here: only $.name, $["name"] and $[0] are.')
        made.append(f"[{found[3]}]" if found[3] else f'."{found[1] or found[2]}"')
        end = found.end()
    return text("".join(made))


def _json(name: str) -> Rewrite:
    def rewrite(node: exp.Anonymous) -> exp.Expr:
        return call(name, node.expressions[0], _path(node))

    return rewrite


def _list_joined(node: exp.Anonymous) -> exp.Expr:
    kind = type_of(node.expressions[0])
    of = kind.inner[0] if kind and kind.inner else None
    if of is None or of.name not in {"varchar", "boolean", "date", "decimal", "unknown", *types.WHOLE}:
        refuse(node, f"array_join of {kind} would be written otherwise. CAST the elements to varchar.")
    return call("athena_array_join", *node.expressions)


REWRITES: Mapping[str, Rewrite] = {
    "concat": _concatenated, "concat_ws": _with_separator, "length": _length, "reverse": _reversed,
    "levenshtein_distance": _distance, "hamming_distance": _distance, "format": _formatted, "regexp_like": _matched,
    "regexp_split": _matched, "regexp_count": _matched, "regexp_extract": _group, "regexp_extract_all": _group,
    "regexp_replace": _replaced, "json_extract": _json("athena_json_extract"),
    "json_extract_scalar": _json("athena_json_scalar"), "json_value": _json("athena_json_scalar"),
    "json_size": _json("athena_json_size"), "array_join": _list_joined,
}  # fmt: skip
