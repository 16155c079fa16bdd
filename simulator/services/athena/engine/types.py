"""Names of types, in Glue (Hive), in DuckDB and in Athena's answers, and values as Athena writes them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

# Name, precision and scale in ColumnInfo, by DuckDB's type. Athena has no unsigned types, and its sums are bigint.
_ANSWERED = {
    "boolean": ("boolean", 0, 0),
    "tinyint": ("tinyint", 3, 0),
    "smallint": ("smallint", 5, 0),
    "integer": ("integer", 10, 0),
    "bigint": ("bigint", 19, 0),
    "hugeint": ("bigint", 19, 0),
    "utinyint": ("smallint", 5, 0),
    "usmallint": ("integer", 10, 0),
    "uinteger": ("bigint", 19, 0),
    "ubigint": ("bigint", 19, 0),
    "float": ("float", 17, 0),
    "double": ("double", 17, 0),
    "varchar": ("varchar", 2147483647, 0),
    "json": ("json", 0, 0),
    "blob": ("varbinary", 1073741824, 0),
    "date": ("date", 0, 0),
    "time": ("time", 3, 0),
    "timestamp": ("timestamp", 3, 0),
    "timestamp_s": ("timestamp", 3, 0),
    "timestamp_ms": ("timestamp", 3, 0),
    "timestamp_ns": ("timestamp", 3, 0),
    "timestamp with time zone": ("timestamp with time zone", 3, 0),
    "list": ("array", 0, 0),
    "array": ("array", 0, 0),
    "map": ("map", 0, 0),
    "struct": ("row", 0, 0),
    "sqlnull": ("unknown", 0, 0),
    '"null"': ("unknown", 0, 0),
}
_OF_HIVE = {"string": "VARCHAR", "int": "INTEGER", "binary": "BLOB", "real": "FLOAT"}
_TO_HIVE = {"integer": "int", "varchar": "string", "json": "string", "varbinary": "binary", "unknown": "string"}
_IN_TRINO = {"string": "varchar", "int": "integer", "binary": "varbinary", "float": "real", "timestamp": "timestamp(3)"}


@dataclass(frozen=True)
class Column:
    """One column of a result; `type` is Athena's name, `hive` Glue's."""

    name: str
    type: str = "string"
    precision: int = 0
    scale: int = 0
    hive: str = "string"

    def described(self) -> dict[str, Any]:
        """Will describe it as ColumnInfo does."""
        return {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": self.name,
            "Label": self.name,
            "Type": self.type,
            "Precision": self.precision,
            "Scale": self.scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": self.type in {"varchar", "string", "char"},
        }


def column(name: str, type_: Any) -> Column:
    """Will describe a column of DuckDB's, by the type in its cursor's description."""
    answered, precision, scale = _answered(type_)
    return Column(name, answered, precision, scale, _hive(type_))


def _answered(type_: Any) -> tuple[str, int, int]:
    if type_.id == "decimal":
        sizes = dict(type_.children)
        return "decimal", sizes["precision"], sizes["scale"]
    named = str(type_).lower()
    return _ANSWERED.get(type_.id) or _ANSWERED.get(named) or _ANSWERED["varchar"]


def _hive(type_: Any) -> str:
    match type_.id:
        case "decimal":
            return "decimal({precision},{scale})".format(**dict(type_.children))
        case "list" | "array":
            return f"array<{_hive(type_.children[0][1])}>"
        case "map":
            return "map<{},{}>".format(*(_hive(one) for _, one in type_.children))
        case "struct":
            return f"struct<{','.join(f'{name}:{_hive(one)}' for name, one in type_.children)}>"
    answered = _answered(type_)[0]
    return _TO_HIVE.get(answered, "timestamp" if answered.startswith("timestamp") else answered)


def of_hive(name: str) -> str:
    """Will name a Glue column's type in DuckDB's SQL: "array<int>" is INTEGER[]."""
    name = name.strip().lower()
    kind, _, inner = name.partition("<")
    inner = inner.removesuffix(">")
    match kind:
        case "array":
            return f"{of_hive(inner)}[]"
        case "map":
            return "MAP({}, {})".format(*(of_hive(one) for one in _parts(inner)))
        case "struct":
            fields = (one.partition(":") for one in _parts(inner))
            return f"STRUCT({', '.join(f'{quoted(field.strip())} {of_hive(type_)}' for field, _, type_ in fields)})"
    if kind.startswith(("char", "varchar")):
        return "VARCHAR"
    return _OF_HIVE.get(kind, kind.upper())


def trino(name: str) -> str:
    """Will name a Glue column's type as Trino does: "array<int>" is array(integer)."""
    name = name.strip().lower()
    kind, _, inner = name.partition("<")
    inner = inner.removesuffix(">")
    match kind:
        case "array" | "map":
            return f"{kind}({', '.join(trino(one) for one in _parts(inner))})"
        case "struct":
            fields = (one.partition(":") for one in _parts(inner))
            return f"row({', '.join(f'{field.strip()} {trino(type_)}' for field, _, type_ in fields)})"
    return _IN_TRINO.get(kind, kind)


def _parts(inner: str) -> Iterator[str]:
    """The parts between commas that stand in no brackets."""
    depth, start = 0, 0
    for index, letter in enumerate(inner):
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and depth == 0:
            yield inner[start:index]
            start = index + 1
    yield inner[start:]


def quoted(name: str) -> str:
    """Will quote a name for DuckDB's SQL."""
    return '"{}"'.format(name.replace('"', '""'))


def literal(value: str) -> str:
    """Will quote a text for DuckDB's SQL."""
    return "'{}'".format(value.replace("'", "''"))


def text(value: Any) -> str | None:
    """Will write a value as Athena's results do; None, which is no text at all, for NULL."""
    match value:
        case None:
            return None
        case list() | tuple():
            return f"[{', '.join(_inner(value))}]"
        case dict():
            written = zip(_inner(list(value)), _inner(list(value.values())), strict=True)
            return "{" + ", ".join(f"{key}={one}" for key, one in written) + "}"
        case date() | time():
            return _moment(value)
    return _scalar(value)


def _moment(value: date | time) -> str:
    match value:
        case datetime():
            zone = " UTC" if value.tzinfo else ""
            return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}{zone}"
        case time():
            return f"{value:%H:%M:%S}.{value.microsecond // 1000:03d}"
    return value.isoformat()


def _scalar(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return _float(value)
        case Decimal():
            return f"{value:f}"
        case bytes():
            return value.hex(" ")
    return str(value)


def _inner(values: Sequence[Any]) -> list[str]:
    return [text(one) or ("null" if one is None else "") for one in values]


def _float(value: float) -> str:
    """Java's Double.toString: plain from 0.001 to 10,000,000, else with an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    exact = Decimal(repr(value))
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = f"{exact:f}"
        return plain if "." in plain else f"{plain}.0"
    power = exact.adjusted()
    digits = f"{exact.scaleb(-power).normalize():f}"
    return f"{digits if '.' in digits else digits + '.0'}E{power}"
