"""Trino's types: how they are named, what two of them have in common, and what DuckDB calls them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce


@dataclass(frozen=True)
class Type:
    """`sizes` are precision and scale of a decimal, digits of a timestamp; `inner` what an array, map or row holds."""

    name: str
    sizes: tuple[int, ...] = ()
    inner: tuple["Type", ...] = ()
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        match self.name:
            case "row":
                cells = (f"{name} {one}".strip() for name, one in zip(self.fields, self.inner, strict=True))
                return f"row({', '.join(cells)})"
            case "array" | "map":
                return f"{self.name}({', '.join(map(str, self.inner))})"
            case "decimal":
                return f"decimal({self.sizes[0]},{self.sizes[1]})"
        name, _, zone = self.name.partition(" ")
        return f"{name}({self.sizes[0]}){f' {zone}' if zone else ''}" if self.sizes else self.name


UNKNOWN = Type("unknown")  # NULL's
BOOLEAN, VARCHAR, DOUBLE, REAL, DATE = Type("boolean"), Type("varchar"), Type("double"), Type("real"), Type("date")
TINYINT, SMALLINT, INTEGER, BIGINT = Type("tinyint"), Type("smallint"), Type("integer"), Type("bigint")
VARBINARY, JSON, TIME = Type("varbinary"), Type("json"), Type("time")
MONTHS, TIMES = Type("interval year to month"), Type("interval day to second")

WHOLE = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}  # with the digits of each as a decimal
_NUMBERS = (*WHOLE, "decimal", "real", "double")
_MOMENTS = ("date", "timestamp", "timestamp with time zone")
_ALIASES = {
    "int": "integer", "string": "varchar", "text": "varchar", "char varying": "varchar", "binary": "varbinary",
    "blob": "varbinary", "float": "real", "numeric": "decimal", "bool": "boolean", "hugeint": "bigint",
    "timestamptz": "timestamp with time zone", "struct": "row", "utinyint": "smallint", "usmallint": "integer",
    "uinteger": "bigint", "ubigint": "bigint", "list": "array", "double precision": "double", '"null"': "unknown",
}  # fmt: skip
_TO_DUCKDB = {
    "varchar": "VARCHAR", "real": "FLOAT", "varbinary": "BLOB", "unknown": "VARCHAR", "char": "VARCHAR",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE", "interval year to month": "INTERVAL",
    "interval day to second": "INTERVAL",
}  # fmt: skip
_HEAD = re.compile(r'\s*("[^"]*"|[a-z_][\w ]*?)\s*(?:[(<](.*)[)>]\s*(with(?:out)? time zone)?)?\s*\Z', re.DOTALL)


def decimal(precision: int, scale: int) -> Type:
    return Type("decimal", (min(precision, 38), scale))


def timestamp(digits: int = 3, *, zoned: bool = False) -> Type:
    return Type("timestamp with time zone" if zoned else "timestamp", (digits,))


def array(of: Type) -> Type:
    return Type("array", inner=(of,))


def map_(key: Type, value: Type) -> Type:
    return Type("map", inner=(key, value))


def row(fields: Sequence[str], inner: Sequence[Type]) -> Type:
    return Type("row", inner=tuple(inner), fields=tuple(fields))


def read(text: str) -> Type | None:
    """Will read a type as Athena, Glue or DuckDB write it; None for one that none of them has."""
    text = text.strip()
    if text.endswith("[]"):
        return (of := read(text[:-2])) and array(of)
    found = _HEAD.match(text.lower())
    if found is None:
        return None
    name = " ".join(filter(None, (found[1], found[3])))
    name = _ALIASES.get(name, name)
    # The letters between the brackets are those of the text: names of fields keep their case.
    return _built(name, text[found.start(2) : found.end(2)] if found[2] is not None else None)


def _built(name: str, inside: str | None) -> Type | None:
    parts = list(_parts(inside)) if inside is not None else []
    match name:
        case "decimal":
            sizes = [int(one) for one in parts] or [38, 0]
            return decimal(sizes[0], sizes[1] if len(sizes) > 1 else 0)
        case "timestamp" | "timestamp with time zone" | "timestamp without time zone":
            return timestamp(int(parts[0]) if parts else 3, zoned=name.endswith("with time zone"))
        case "array" | "map":
            inner = [read(one) for one in parts]
            held = tuple(one for one in inner if one is not None)
            return Type(name, inner=held) if len(held) == len(inner) == (1 if name == "array" else 2) else None
        case "row":
            return _row(parts)
        case "varchar" | "char" | "time":
            return Type(name)
    known = {*_NUMBERS, "boolean", "date", "varbinary", "json", "unknown"}
    return Type(name) if name in known else None


def _row(parts: list[str]) -> Type | None:
    fields, inner = [], []
    for one in parts:
        found = re.match(r'\s*("(?:[^"]|"")*"|[\w-]+)\s*[: ]\s*(.+)\Z', one, re.DOTALL)
        type_ = read(found[2]) if found else None
        if found is None or type_ is None:
            return None
        fields.append(found[1].strip('"').replace('""', '"').lower())
        inner.append(type_)
    return row(fields, inner)


def _parts(inside: str) -> Iterator[str]:
    depth, start = 0, 0
    for index, letter in enumerate(inside):
        depth += (letter in "<([") - (letter in ">)]")
        if letter == "," and depth == 0:
            yield inside[start:index]
            start = index + 1
    yield inside[start:]


def for_duckdb(type_: Type) -> str:
    """Will write the type as DuckDB's SQL does."""
    match type_.name:
        case "array":
            return f"{for_duckdb(type_.inner[0])}[]"
        case "map":
            return f"MAP({', '.join(map(for_duckdb, type_.inner))})"
        case "row":
            cells = zip(type_.fields, type_.inner, strict=True)
            return "STRUCT({})".format(", ".join(f'"{name}" {for_duckdb(one)}' for name, one in cells))
        case "decimal":
            return f"DECIMAL({type_.sizes[0]}, {type_.sizes[1]})"
    return _TO_DUCKDB.get(type_.name, type_.name.upper())


def is_whole(type_: Type | None) -> bool:
    return type_ is not None and type_.name in WHOLE


def is_number(type_: Type | None) -> bool:
    return type_ is not None and type_.name in _NUMBERS


def is_moment(type_: Type | None) -> bool:
    return type_ is not None and type_.name in _MOMENTS


def as_decimal(type_: Type) -> Type:
    """Will give the decimal that holds every value of a whole type; a decimal is its own."""
    return decimal(WHOLE[type_.name], 0) if type_.name in WHOLE else type_


def common(one: Type | None, other: Type | None) -> Type | None:
    """Will give the type to which Trino coerces both; None where there is none, or one isn't known."""
    if one is None or other is None or one == other:
        return one if other is not None else None
    if "unknown" in (one.name, other.name):
        return other if one.name == "unknown" else one
    if is_number(one) and is_number(other):
        return _common_number(one, other)
    if is_moment(one) and is_moment(other):
        wider = max(one.name, other.name, key=_MOMENTS.index)
        return Type(wider, (max((*one.sizes, *other.sizes), default=3),))
    if one.name == other.name and len(one.inner) == len(other.inner) and one.inner:
        inner = [common(a, b) for a, b in zip(one.inner, other.inner, strict=True)]
        held = tuple(each for each in inner if each is not None)
        return Type(one.name, one.sizes, held, one.fields) if len(held) == len(inner) else None
    return None


def _common_number(one: Type, other: Type) -> Type:
    for name in ("double", "real"):
        if name in (one.name, other.name):
            return Type(name)
    if "decimal" not in (one.name, other.name):
        return max(one, other, key=lambda type_: WHOLE[type_.name])
    (p, s), (q, r) = as_decimal(one).sizes, as_decimal(other).sizes
    return decimal(max(p - s, q - r) + max(s, r), max(s, r))


def common_of(types: Sequence[Type | None]) -> Type | None:
    """Will give the type to which Trino coerces all; None where there is none, or one isn't known."""
    return reduce(common, types) if types else None
