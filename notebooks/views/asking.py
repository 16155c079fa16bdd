"""What a run's form says: each parameter read as the kind that its default is."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from notebooks.rules.notebook import NotebookError, Parameter

_PREFIX = "p."


def fields(request: HttpRequest, parameters: Sequence[Parameter]) -> list[dict[str, Any]]:
    """Will give the form's fields: as they were sent, else with their defaults."""
    return [
        {
            "name": one.name,
            "label": one.name.replace("_", " "),
            "note": one.note,
            "value": request.POST.get(_PREFIX + one.name, _text(one.default)),
        }
        for one in parameters
    ]


def given(request: HttpRequest, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Will give what differs from the defaults. Raises NotebookError for a value of another kind."""
    found = {
        one.name: _read(one, request.POST[key]) for one in parameters if (key := _PREFIX + one.name) in request.POST
    }
    defaults = {one.name: one.default for one in parameters}
    return {name: value for name, value in found.items() if value != defaults[name]}


def hours(request: HttpRequest) -> int:
    """Will give the hours between two runs. Raises NotebookError."""
    text = request.POST.get("hours", "")
    if not text.isdecimal():
        raise NotebookError(f"{text!r} is no number of hours. Nothing was set. Write one, such as 24.")
    return int(text)


def _text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def _read(one: Parameter, text: str) -> Any:
    kind = type(one.default)
    if kind is str:
        return text.strip()
    if kind is list and all(isinstance(word, str) for word in one.default):
        return [word.strip() for word in text.split(",") if word.strip()]
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind and one.default is not None:
        raise NotebookError(f"{one.name} is to be like {_text(one.default)}, and {text!r} isn't. Nothing was run.")
    return value
