"""How what the operations raise is answered."""

from types import MappingProxyType
from typing import Any

from rest_framework import status
from rest_framework.response import Response

from portal.api.errors import INVALID, Answers, refuse, told
from releases.operations.refusal import Missing, Refused
from releases.operations.releases import Conflict, RecordingError
from releases.rules.plan import PlanError
from releases.rules.policy import PolicyError
from releases.rules.reasons import Code


def _refused(error: Any) -> Response:
    codes = {reason.code for reason in error.reasons}
    answered = status.HTTP_403_FORBIDDEN if codes == {Code.MAY_NOT} else status.HTTP_409_CONFLICT
    return refuse([(reason.code.value, reason.sentence) for reason in error.reasons], answered)


ANSWERS: Answers = MappingProxyType(
    {
        Refused: _refused,
        Missing: told("missing", status.HTTP_404_NOT_FOUND),
        Conflict: told("conflict", status.HTTP_409_CONFLICT),
        RecordingError: told(INVALID, status.HTTP_400_BAD_REQUEST),
        PlanError: told(INVALID, status.HTTP_400_BAD_REQUEST),
        PolicyError: told(INVALID, status.HTTP_400_BAD_REQUEST),
    }
)
