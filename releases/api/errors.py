"""One shape for everything that is not done: {"detail": …, "reasons": [{"code": …, "sentence": …}]}."""

from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import Any

from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, NotAuthenticated, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from releases.operations.refusal import Missing, Refused
from releases.operations.releases import Conflict, RecordingError
from releases.rules.plan import PlanError
from releases.rules.policy import PolicyError
from releases.rules.reasons import Code

# A sentence may quote what was sent; nobody needs a megabyte of it back.
LONGEST_SENTENCE = 1_000
INVALID = "invalid"

# The framework's sentences speak of fields without naming them.
_FIELD_SENTENCES = MappingProxyType(
    {"required": "{field} is missing.", "null": "{field} is null; leave it out or give a value."}
)


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Will turn what was raised into the answer; None for what nobody foresaw, which is the server's fault."""
    for kind, respond in _ANSWERS.items():
        if isinstance(error, kind):
            return respond(error)
    response = exception_handler(error, context)
    if response is None:
        return None
    response.data = _body(_reasons_of_framework(error))
    return response


def _refused(error: Any) -> Response:
    codes = {reason.code for reason in error.reasons}
    answered = status.HTTP_403_FORBIDDEN if codes == {Code.MAY_NOT} else status.HTTP_409_CONFLICT
    return Response(_body([(reason.code.value, reason.sentence) for reason in error.reasons]), answered)


def _told(code: str, answered: int) -> Callable[[Any], Response]:
    return lambda error: Response(_body([(code, str(error))]), answered)


_ANSWERS: MappingProxyType[type[Exception], Callable[[Any], Response]] = MappingProxyType(
    {
        Refused: _refused,
        Missing: _told("missing", status.HTTP_404_NOT_FOUND),
        Conflict: _told("conflict", status.HTTP_409_CONFLICT),
        RecordingError: _told(INVALID, status.HTTP_400_BAD_REQUEST),
        PlanError: _told(INVALID, status.HTTP_400_BAD_REQUEST),
        PolicyError: _told(INVALID, status.HTTP_400_BAD_REQUEST),
    }
)


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
        return [(code, sentence) for code, sentence in _field_reasons(error.detail, "")]
    if isinstance(error, NotAuthenticated):
        return [("not_signed_in", "Nobody is signed in. Send the header: Authorization: Bearer <token>.")]
    if isinstance(error, Http404):
        return [("missing", "There is nothing at this address. Addresses end in a slash; see /api/v1/docs/.")]
    if isinstance(error, APIException) and isinstance(error.detail, ErrorDetail):
        return [(error.detail.code or INVALID, str(error.detail))]
    return [(Code.MAY_NOT.value, str(error) or "This is not allowed.")]


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
