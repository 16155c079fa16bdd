"""Reads an environment's JSON into typed values, each mistake a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

# What the portal itself reads of every environment on AWS: where the account is, and what measures it.
OF_ALL = ("region", "role_arn", "external_id", "measure")


class ConfigError(ValueError):
    """The environment's configuration can't be used; the message says why."""


def refuse_others(kind: str, value: Mapping[str, Any], needed: Sequence[str], optional: Sequence[str]) -> None:
    """Will do nothing if `value` has what is needed and nothing unknown. Raises ConfigError for the first mistake."""
    unknown = sorted(set(value) - {*needed, *optional, *OF_ALL})
    if unknown:
        known = ", ".join((*needed, *optional))
        raise ConfigError(f"{kind} targets know no {', '.join(unknown)}; they know {known}.")
    missing = [name for name in needed if not value.get(name) or not isinstance(value[name], str)]
    if missing:
        raise ConfigError(f"{kind} targets need {', '.join(missing)}, each a text.")


def text(value: Mapping[str, Any], name: str) -> str:
    """Will read a text; "" where there is none. Raises ConfigError."""
    given = value.get(name, "")
    if not isinstance(given, str):
        raise ConfigError(f"{name} is a text, not {given!r}.")
    return given


def texts(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Will read a list of texts. Raises ConfigError."""
    given = value.get(name, [])
    if not isinstance(given, list) or not all(one and isinstance(one, str) for one in given):
        raise ConfigError(f"{name} is a list of texts, not {given!r}.")
    return tuple(given)


def whole(value: Mapping[str, Any], name: str, default: int, *, least: int, most: int) -> int:
    """Will read a whole number within its bounds. Raises ConfigError."""
    given = value.get(name, default)
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
        raise ConfigError(f"{name} is a whole number from {least} to {most}, not {given!r}.")
    return given


def truth(value: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Will read true or false. Raises ConfigError."""
    given = value.get(name, default)
    if not isinstance(given, bool):
        raise ConfigError(f"{name} is true or false, not {given!r}.")
    return given
