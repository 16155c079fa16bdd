"""The types of Arrow, as Athena writes them (user guide, "Data types in Amazon Athena")."""

from collections.abc import Callable

import pyarrow as pa

from analytics.engines.base import Column

_PLAIN: dict[str, str] = {
    "bool": "boolean",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "integer",
    "int64": "bigint",
    "float": "real",
    "double": "double",
    "string": "varchar",
    "large_string": "varchar",
    "string_view": "varchar",
    "binary": "varbinary",
    "large_binary": "varbinary",
    "binary_view": "varbinary",
    "date32[day]": "date",
    "time64[us]": "time(6)",
    "null": "unknown",
}
# What Athena has no type for, in the next one that holds it.
_WIDER: dict[str, str] = {
    "uint8": "smallint",
    "uint16": "integer",
    "uint32": "bigint",
    "uint64": "decimal(20,0)",
    "month_day_nano_interval": "interval day to second",
}
_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}


def columns_of(schema: pa.Schema) -> tuple[Column, ...]:
    """Will give the columns of a result."""
    return tuple(Column(field.name, name_of(field.type)) for field in schema)


def name_of(type_: pa.DataType) -> str:
    """Will give Athena's name of a type; one that it lacks keeps Arrow's."""
    known = _PLAIN.get(str(type_)) or _WIDER.get(str(type_))
    if known:
        return known
    for is_it, name in _NESTED:
        if is_it(type_):
            return name(type_)
    return str(type_)


def _timestamp(type_: pa.TimestampType) -> str:
    zone = " with time zone" if type_.tz else ""
    return f"timestamp({_DIGITS[type_.unit]}){zone}"


def _row(type_: pa.StructType) -> str:
    return f"row({', '.join(f'{one.name} {name_of(one.type)}' for one in type_)})"


_NESTED: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], str]], ...] = (
    (pa.types.is_decimal, lambda type_: f"decimal({type_.precision},{type_.scale})"),
    (pa.types.is_timestamp, _timestamp),
    (pa.types.is_map, lambda type_: f"map({name_of(type_.key_type)}, {name_of(type_.item_type)})"),
    (pa.types.is_list, lambda type_: f"array({name_of(type_.value_type)})"),
    (pa.types.is_large_list, lambda type_: f"array({name_of(type_.value_type)})"),
    (pa.types.is_struct, _row),
)
