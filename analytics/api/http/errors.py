"""How what the operations, the engines and the catalogues raise is answered."""

from types import MappingProxyType
from typing import Any, get_args

from rest_framework import status
from rest_framework.response import Response

from analytics.catalogs.base import MISSING, CatalogError
from analytics.engines.base import QueryError
from analytics.engines.duckdb import EngineError
from analytics.operations.refusal import Missing, Refused
from analytics.rules.measures.catalog import NoSuchMeasureError
from analytics.rules.sql import problems
from portal.api.errors import Answers, refuse, told

MAY_NOT = frozenset({"may-not", "not-yours"})
# What is wrong with what was sent; everything else can't be done now, and may be later.
WRONG = frozenset(
    {*get_args(problems.Code), "too-deep", "engine-unknown", "snapshot-unknown", "nothing-known", "kind-unknown"}
)


def _refused(error: Any) -> Response:
    answered = status.HTTP_400_BAD_REQUEST if error.code in WRONG else status.HTTP_409_CONFLICT
    place = f"Line {error.line}, column {error.column}: " if error.line else ""
    return refuse([(error.code, f"{place}{error}")], status.HTTP_403_FORBIDDEN if error.code in MAY_NOT else answered)


def _not_catalogued(error: Any) -> Response:
    answered = status.HTTP_404_NOT_FOUND if error.code == MISSING else status.HTTP_503_SERVICE_UNAVAILABLE
    return refuse([(error.code, error.message)], answered)


ANSWERS: Answers = MappingProxyType(
    {
        Refused: _refused,
        QueryError: _refused,
        CatalogError: _not_catalogued,
        Missing: told("missing", status.HTTP_404_NOT_FOUND),
        NoSuchMeasureError: told("missing", status.HTTP_404_NOT_FOUND),
        EngineError: told("no-snapshot", status.HTTP_503_SERVICE_UNAVAILABLE),
    }
)
