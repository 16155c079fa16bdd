"""One shape for everything that is not done: {"detail": …, "reasons": [{"code": …, "sentence": …}]}."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, NotAuthenticated, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

# A sentence may quote what was sent; nobody needs a megabyte of it back.
LONGEST_SENTENCE = 1_000
INVALID = "invalid"
MAY_NOT = "may_not"

# How an app's own exceptions are answered: the first kind that fits.
Answers = Mapping[type[Exception], Callable[[Any], Response]]
Handler = Callable[[Exception, dict[str, Any]], Response | None]

# The framework's sentences speak of fields without naming them.
_FIELD_SENTENCES = MappingProxyType(
    {"required": "{field} is missing.", "null": "{field} is null; leave it out or give a value."}
)


class Denied(Exception):  # noqa: N818 - it is an answer, not a fault
    """The caller may not; the sentence says what is missing."""


def handler(answers: Answers) -> Handler:
    """Will make what turns an exception into its answer, where an app raises some of its own."""

    def answer_first(error: Exception, context: dict[str, Any]) -> Response | None:
        for kind, respond in answers.items():
            if isinstance(error, kind):
                return respond(error)
        return answer(error, context)

    return answer_first


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Will turn what was raised into the answer; None for what nobody foresaw, which is the server's fault."""
    if isinstance(error, Denied):
        return refuse([(MAY_NOT, str(error))], status.HTTP_403_FORBIDDEN)
    response = exception_handler(error, context)
    if response is None:
        return None
    response.data = _body(_reasons_of_framework(error))
    return response


def refuse(reasons: Sequence[tuple[str, str]], answered: int) -> Response:
    """Will give the answer with these codes and sentences."""
    return Response(_body(reasons), answered)


def told(code: str, answered: int) -> Callable[[Any], Response]:
    """Will make what answers an exception by its own sentence."""
    return lambda error: refuse([(code, str(error))], answered)


def _body(reasons: Sequence[tuple[str, str]]) -> dict[str, Any]:
    cut = [(code, _cut(sentence)) for code, sentence in reasons]
    return {
        "detail": _cut(" ".join(sentence for _, sentence in cut)),
        "reasons": [{"code": code, "sentence": sentence} for code, sentence in cut],
    }


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST_SENTENCE else f"{sentence[:LONGEST_SENTENCE]}…"


def _reasons_of_framework(error: Exception) -> list[tuple[str, str]]:
    if isinstance(error, ValidationError):
        return list(_field_reasons(error.detail, ""))
    if isinstance(error, NotAuthenticated):
        return [("not_signed_in", "Nobody is signed in. Send the header: Authorization: Bearer <token>.")]
    if isinstance(error, Http404):
        return [("missing", "There is nothing at this address. Addresses end in a slash; see /api/v1/docs/.")]
    if isinstance(error, APIException) and isinstance(error.detail, ErrorDetail):
        return [(error.detail.code or INVALID, str(error.detail))]
    return [(MAY_NOT, str(error) or "This is not allowed.")]


def _field_reasons(detail: Any, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _field_reasons(inner, field if name == "non_field_errors" else f"{field}.{name}".strip("."))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _field_reasons(inner, field)
    else:
        form = _FIELD_SENTENCES.get(detail.code)
        yield detail.code, form.format(field=field or "The body") if form else f"{field}: {detail}".removeprefix(": ")
