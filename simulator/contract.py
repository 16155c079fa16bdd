"""Holds what is said here to botocore's service models, so that the simulator can't drift from AWS's shapes.

botocore's own validation knows types, required members and minima, but no enums, maxima, patterns or unions; those are
checked here beside it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

_VALIDATOR = ParamValidator()
_NUMBERS = frozenset({"integer", "long", "float", "double"})


def violations(shape: Shape | None, value: Any, where: str) -> list[str]:
    """Will list, a sentence each, where `value` breaks `shape`; an empty list means that it fits."""
    if shape is None:
        return [f"{where}: a body was given where the model has none"] if value else []
    report = _VALIDATOR.validate(_without_none(shape, value), shape)
    typed = [f"{where}: {line}" for line in report.generate_report().splitlines()] if report.has_errors() else []
    return [*typed, *_walk(shape, value, where)]


def _without_none(shape: Shape, value: Any) -> Any:
    """A member that is None is not sent at all; a whole number is a float where the model wants one."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        members = shape.members
        return {
            name: _without_none(members[name], one) if name in members else one
            for name, one in value.items()
            if one is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_none(shape.member, one) for one in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: _without_none(shape.value, one) for key, one in value.items()}
    if shape.type_name in {"float", "double"} and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _walk(shape: Shape, value: Any, where: str) -> Iterator[str]:
    match value:
        case Mapping() if isinstance(shape, StructureShape):
            yield from _structure(shape, value, where)
        case Mapping() if isinstance(shape, MapShape):
            for key, one in value.items():
                yield from _walk(shape.key, key, f"{where}.<key>")
                yield from _walk(shape.value, one, f"{where}[{key}]")
        case list() | tuple() if isinstance(shape, ListShape):
            yield from _longest(shape, value, where)
            for index, one in enumerate(value):
                yield from _walk(shape.member, one, f"{where}[{index}]")
        case str() if isinstance(shape, StringShape):
            yield from _string(shape, value, where)
        case int() | float() if shape.type_name in _NUMBERS and value > shape.metadata.get("max", value):
            yield f"{where}: {value} is more than {shape.metadata['max']}"


def _structure(shape: StructureShape, value: Mapping[str, Any], where: str) -> Iterator[str]:
    given = {name: one for name, one in value.items() if one is not None}
    if getattr(shape, "is_tagged_union", False) and len(given) != 1:
        yield f"{where}: the union {shape.name} takes exactly one member, not {sorted(given)}"
    for name, one in given.items():
        if name in shape.members:
            yield from _walk(shape.members[name], one, f"{where}.{name}")


def _longest(shape: Shape, value: Sequence[Any], where: str) -> Iterator[str]:
    if len(value) > shape.metadata.get("max", len(value)):
        yield f"{where}: longer than {shape.metadata['max']}"


def _string(shape: StringShape, value: str, where: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield f"{where}: {value!r} is none of {shape.name}'s {shape.enum}"
    yield from _longest(shape, value, where)
    pattern = shape.metadata.get("pattern")
    if pattern and not _matches(pattern, value):
        yield f"{where}: {value!r} breaks the pattern {pattern}"


def _matches(pattern: str, value: str) -> bool:
    """The models' patterns are Java's; what Python can't read holds nothing back."""
    readable = re.sub(r"\\p\{[A-Za-z]+\}", r"\\w", pattern).replace("\\z", "\\Z")
    try:
        return re.fullmatch(readable.removeprefix("^").removesuffix("$"), value, re.DOTALL) is not None
    except re.error:
        return True
