"""What may be sent: objects and query parameters with nothing unknown and nothing of the wrong kind."""

import re
from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

LARGEST_ID = 2**63 - 1
KEY = re.compile(r"[\x21-\x7e]{1,200}")


def idempotency_key(headers: Any) -> str:
    """Will give the Idempotency-Key, or an empty text. Raises ValidationError for one that can't be kept."""
    key: str = headers.get("Idempotency-Key", "").strip()
    if key and not KEY.fullmatch(key):
        raise ValidationError(
            "Idempotency-Key: 1 to 200 visible ASCII characters, such as the id of the build.", "invalid"
        )
    return key


def described_key(description: str) -> OpenApiParameter:
    """Will describe the header Idempotency-Key for the schema."""
    return OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description=description)


def kind_of(value: Any) -> str:
    """Will say in a word what a JSON value is."""
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
        str: "a text",
    }
    return kinds.get(type(value), "null")


class Text(serializers.CharField):
    """A text, taken as it is: never made out of a number, never trimmed."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("trim_whitespace", False)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise ValidationError(f"This is a text, not {kind_of(data)}.", "wrong_type")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number from 1 on."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": LARGEST_ID, **options})


class Strict(serializers.Serializer[Any]):
    """An object that knows its fields; what else is sent is named in the refusal."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValidationError({"": [ErrorDetail(f"A JSON object is wanted, not {kind_of(data)}.", "wrong_type")]})
        unknown = sorted(set(data) - set(self.fields))
        if unknown:
            sentence = f"There is no {_names(unknown)} here. What there is: {_names(self.fields) or 'nothing'}."
            raise ValidationError({"": [ErrorDetail(sentence, "unknown_field")]})
        return super().to_internal_value(data)


class PageQuery(Strict):
    """Where a list goes on."""

    limit = Whole(required=False, default=50, max_value=200, help_text="How many at most.")
    before = Whole(required=False, help_text="Only what is older than this id; `next` carries it.")


def read_body(form: type[Strict], request: Request) -> Any:
    """Will read the body by `form` and give the checked form. Raises ValidationError with everything that is wrong."""
    body = form(data=request.data)
    body.is_valid(raise_exception=True)
    return body


def read_query(form: type[Strict], request: Request) -> Any:
    """Will read the query parameters by `form` and give what they say. Raises ValidationError."""
    query = form(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    return query.validated_data


def _names(names: Iterable[str]) -> str:
    return ", ".join(str(name)[:80] for name in list(names)[:20])
