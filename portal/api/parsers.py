"""Reads a body as JSON, strictly: what the database could not keep is refused before anything looks at it."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

LONGEST_BYTES = 1_000_000
DEEPEST = 20
# Whole numbers beyond this are not the same in every reader of JSON (RFC 8259, section 6).
LARGEST = 2**53 - 1


class TooLarge(APIException):
    """The body is larger than anything the API takes."""

    status_code = 413
    default_code = "too_large"
    default_detail = f"The body is larger than {LONGEST_BYTES} bytes."


class StrictJSONParser(BaseParser):
    """Will give the JSON value of a body. Raises ParseError with a sentence, TooLarge."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - the framework's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002 - the framework's signature
    ) -> Any:
        raw = stream.read(LONGEST_BYTES + 1)
        if len(raw) > LONGEST_BYTES:
            raise TooLarge
        try:
            value = json.loads(raw.decode(), parse_constant=_refuse_constant, object_pairs_hook=_unique)
        except UnicodeDecodeError:
            raise ParseError("The body is not UTF-8.") from None
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}.") from None
        _check(value)
        return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1}) if len(names) < DEEPEST else ["a name"]
        raise ValueError(f"{', '.join(map(repr, twice))} is given twice in one object")
    return found


def _check(value: Any) -> None:
    """Will look at every text and number, without recursion: the depth is the sender's choice."""
    left = [(value, 1)]
    while left:
        found, depth = left.pop()
        if depth > DEEPEST:
            raise ParseError("The body is nested too deeply.")
        if isinstance(found, dict):
            left += [(inner, depth + 1) for pair in found.items() for inner in pair]
        elif isinstance(found, list):
            left += [(inner, depth + 1) for inner in found]
        else:
            _check_leaf(found)


def _check_leaf(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise ParseError("A text holds a NUL character.")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise ParseError("A text holds half of a surrogate pair, which is no character.")
    elif isinstance(value, int | float) and (not math.isfinite(value) or abs(value) > LARGEST):
        raise ParseError("A number is too large.")
