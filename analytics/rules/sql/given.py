"""Parameters as people and JSON give them: texts, read as the type that they are meant to be."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, get_args

from analytics.rules.sql.parameters import Kind, Parameter, Value
from analytics.rules.sql.problems import SqlError

KINDS: tuple[Kind, ...] = get_args(Kind)
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


def read(name: str, kind: str, given: Any) -> Parameter:
    """Will read a parameter from what a form or JSON gave; a list is several values, an empty text is no value.

    Raises SqlError where it isn't of its type.
    """
    if kind not in _READERS:
        raise SqlError("parameters", f"There is no type {kind!r}; there are {', '.join(KINDS)}. Nothing was run.")
    values = given if isinstance(given, list | tuple) else [given]
    typed = tuple(_typed(name, kind, one) for one in values)
    return Parameter(name, kind, typed if isinstance(given, list | tuple) else typed[0])  # type: ignore[arg-type]


def to_json(parameter: Parameter) -> dict[str, Any]:
    """Will give the parameter as it is stored and sent."""
    many = isinstance(parameter.value, tuple)
    value = [_text(one) for one in parameter.value] if isinstance(parameter.value, tuple) else _text(parameter.value)
    return {"name": parameter.name, "type": parameter.type, "value": value if many or value is not None else None}


def from_json(value: Mapping[str, Any]) -> Parameter:
    """Will read what `to_json` gave, or what a caller sent. Raises SqlError."""
    unknown = set(value) - {"name", "type", "value"}
    if unknown or "type" not in value or "value" not in value:
        raise SqlError("parameters", 'A parameter is {"name": "country", "type": "varchar", "value": "ITA"}.')
    return read(str(value.get("name", "")), str(value["type"]), value["value"])


def _typed(name: str, kind: str, given: Any) -> Value:
    if given is None or (given == "" and kind != "varchar"):
        return None
    try:
        return _READERS[kind](given)
    except (ValueError, TypeError, InvalidOperation):
        called = f":{name}" if name else "A parameter"
        sentence = f"{called} is to be {kind}, and {str(given)[:40]!r} is none. Nothing was run. Correct it."
        raise SqlError("parameters", sentence) from None


def _text(value: Value) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _boolean(given: Any) -> bool:
    if isinstance(given, bool):
        return given
    word = str(given).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError
    return word in _TRUE


def _bigint(given: Any) -> int:
    if isinstance(given, bool) or (isinstance(given, float) and not given.is_integer()):
        raise ValueError
    return int(given)


_READERS: Mapping[str, Callable[[Any], Value]] = MappingProxyType(
    {
        "varchar": str,
        "bigint": _bigint,
        "double": float,
        "decimal": lambda given: Decimal(str(given)),
        "boolean": _boolean,
        "date": lambda given: date.fromisoformat(str(given).strip()),
        "timestamp": lambda given: datetime.fromisoformat(str(given).strip()),
    }
)
