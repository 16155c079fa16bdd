"""Typed values for a query's `?` and `:name`: each becomes a literal of its type, never text beside the text."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from analytics.rules.sql.grammar import ATHENA
from analytics.rules.sql.problems import SqlError

Kind = Literal["varchar", "bigint", "double", "decimal", "boolean", "date", "timestamp"]
Value = str | int | float | bool | Decimal | date | datetime | None
_TAKEN: Mapping[Kind, tuple[type, ...]] = {
    "varchar": (str,), "bigint": (int,), "double": (int, float), "decimal": (int, Decimal), "boolean": (bool,),
    "date": (date,), "timestamp": (datetime,),
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z_]\w*\Z")


@dataclass(frozen=True)
class Parameter:
    """A value for `:name`, or for the next `?` where `name` is empty. Several values are for `IN (:name)`."""

    name: str
    type: Kind
    value: Value | tuple[Value, ...]


def literal(parameter: Parameter) -> str:
    """Will write a parameter as literals of Athena's SQL, which this engine reads too.

    They may be given to Athena as ExecutionParameters. Raises SqlError where a value isn't of its type.
    """
    values = parameter.value if isinstance(parameter.value, tuple) else (parameter.value,)
    if not values:
        raise _wrong(f"{_called(parameter)} has no value. Nothing was run. Give at least one.")
    return ", ".join(_written(parameter, one) for one in values)


def _written(parameter: Parameter, value: Value) -> str:
    if value is None:
        return f"CAST(NULL AS {parameter.type})"
    # True is a 1 to Python, and a moment a date.
    is_kept = isinstance(value, bool) == (parameter.type == "boolean")
    if isinstance(value, _TAKEN[parameter.type]) and is_kept and (written := _literal(parameter.type, value)):
        return written
    raise _wrong(f"{_called(parameter)} is to be {parameter.type}, and {value!r} is none. Nothing was run. Correct it.")


def _literal(kind: Kind, value: Value) -> str | None:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return "'{}'".format(value.replace("'", "''"))
        case datetime():
            moment = f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}'"
            return moment if kind == "timestamp" and value.tzinfo is None else None
        case date():
            return f"DATE '{value.isoformat()}'"
    return _number(kind, value)


def _number(kind: Kind, value: Value) -> str | None:
    match kind, value:
        case "bigint", int() if -(2**63) <= value < 2**63:
            return f"BIGINT '{value}'"
        case "double", int() | float():
            return _double(float(value))
        case "decimal", int() | Decimal() if Decimal(value).is_finite():
            return f"DECIMAL '{Decimal(value):f}'"
    return None


def _double(value: float) -> str:
    if math.isnan(value):
        return "nan()"
    if math.isinf(value):
        return "infinity()" if value > 0 else "(-infinity())"
    return f"DOUBLE '{value!r}'"


def fill(sql: str, parameters: Sequence[Parameter]) -> str:
    """Will put the values where `?` (in their order) and `:name` stand in a statement; not in its texts or comments.

    Raises SqlError: parameters where some lack or are left over, syntax where the statement has no words to read.
    """
    named = {one.name.lower(): one for one in parameters if one.name}
    ordered = iter([one for one in parameters if not one.name])
    used, parts, end = set(), [], 0
    for start, stop, name in _marks(sql):
        found = named.get(name.lower()) if name else next(ordered, None)
        if found is None:
            raise _wrong(f"There is no value for {f':{name}' if name else 'a ?'}. Nothing was run. Give one.")
        used.add(found.name.lower())
        parts += [sql[end:start], literal(found)]
        end = stop
    left = [*(f":{name}" for name in named if name not in used), *("?" for _ in ordered)]
    if left:
        raise _wrong(f"Values were given for {', '.join(left)}, which the statement doesn't have. Nothing was run.")
    return "".join([*parts, sql[end:]])


def names(sql: str) -> tuple[str, ...]:
    """Will name a statement's parameters in their order, each once; a `?` has an empty name and stands each time."""
    found: list[str] = []
    for _, _, name in _marks(sql):
        if not name or name not in found:
            found.append(name)
    return tuple(found)


def _marks(sql: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and name of each place for a value."""
    tokens = _tokens(sql)
    for index, one in enumerate(tokens):
        if one.token_type == TokenType.PLACEHOLDER:
            yield one.start, one.end + 1, ""
        elif one.token_type == TokenType.COLON and index + 1 < len(tokens):
            after = tokens[index + 1]
            if after.start == one.end + 1 and _NAME.match(after.text):
                yield one.start, after.end + 1, after.text


def _tokens(sql: str) -> list[Token]:
    try:
        return list(ATHENA.tokenize(sql))
    except SqlglotError as error:
        raise SqlError("syntax", f"The statement can't be read: {str(error).splitlines()[0]}") from error


def _called(parameter: Parameter) -> str:
    return f"The parameter :{parameter.name}" if parameter.name else "A value for ?"


def _wrong(sentence: str) -> SqlError:
    return SqlError("parameters", sentence)
