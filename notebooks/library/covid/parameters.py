"""Python's values as the portal's typed parameters: a value is never put into the text of a query."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .problems import CovidError

# In this order: to Python a truth is a number, and a moment a date.
_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"), (int, "bigint"), (float, "double"), (Decimal, "decimal"), (datetime, "timestamp"),
    (date, "date"), (str, "varchar"),
)  # fmt: skip


def typed(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Will write parameters as the API takes them; several values are for IN (:name). Raises CovidError."""
    return [_parameter(name, value) for name, value in given.items()]


def _parameter(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        plain = _plain(value)
        return {"name": name, "type": _type(name, plain), "value": _text(plain)}
    several = [_plain(one) for one in value]
    kinds = {_type(name, one) for one in several if one is not None}
    if kinds == {"bigint", "double"}:
        kinds = {"double"}
    if len(kinds) != 1:
        what = "values of several types" if kinds else "no value"
        raise CovidError(f":{name} has {what}. Nothing was run. Give at least one, and all of one type.")
    return {"name": name, "type": kinds.pop(), "value": [_text(one) for one in several]}


def _plain(value: Any) -> Any:
    """NumPy's and Arrow's scalars, as Python's."""
    for method in ("to_pydatetime", "item", "as_py"):
        if hasattr(value, method):
            return getattr(value, method)()
    return value


def _type(name: str, value: Any) -> str:
    if value is None:
        return "varchar"
    for kind, word in _TYPES:
        if isinstance(value, kind):
            return word
    known = ", ".join(kind.__name__ for kind, _ in _TYPES)
    raise CovidError(f":{name} is a {type(value).__name__}. Nothing was run. Give one of {known}, or a list of them.")


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
