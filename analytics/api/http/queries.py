"""Queries: what one would read and cost, asking it, following it, cancelling it, one's own history."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.http import inputs, representations, shapes
from analytics.api.http.endpoint import Endpoint
from analytics.engines import waiting
from analytics.models import Query
from analytics.operations import queries
from analytics.operations.queries import Question
from analytics.operations.refusal import Refused
from analytics.rules.sql.problems import SqlError
from portal import clock
from portal.accounts.permissions import Verb
from portal.api import pages
from portal.api.endpoint import READS, WRITES, described
from portal.api.inputs import described_key, idempotency_key, read_body, read_query

TAG = "queries"
KEY = described_key("The caller's own name for this question: under it, it is asked once.")
EXAMPLE = OpenApiExample(
    "The world's 7-day average",
    value={
        "sql": "SELECT date, new_cases_smoothed FROM measures WHERE iso = :place ORDER BY date",
        "parameters": [{"name": "place", "type": "varchar", "value": "OWID_WRL"}],
        "as_of": "2026-11-23",
    },
    request_only=True,
)
LOOK_S = 0.05


class Estimates(Endpoint):
    verbs: ClassVar = {"POST": Verb.QUERY}

    @described(
        "estimate_query",
        "Say what a query would read and cost at the most, without running it",
        tag=TAG,
        request=inputs.QuestionInput,
        examples=[EXAMPLE],
        answers={200: shapes.EstimateShape},
        errors=(409, *WRITES),
    )
    def post(self, request: Request) -> Response:
        question = _question(request)
        found = queries.estimate(question, by=self.caller)
        return Response(representations.estimate(found, queries.snapshots(question)))


class Queries(Endpoint):
    verbs: ClassVar = {"GET": Verb.QUERY, "POST": Verb.QUERY}

    @described(
        "list_queries",
        "List what you asked, newest first",
        description="Workbench, notebooks and API write the same history.",
        tag=TAG,
        parameters=[inputs.HistoryQuery],
        answers={200: shapes.QueryList},
        errors=(400, *READS),
    )
    def get(self, request: Request) -> Response:
        query = read_query(inputs.HistoryQuery, request)
        found, before = pages.page_of(Query.objects.filter(person=self.caller.user_id), query)
        return Response(pages.body_of(request, [representations.query(row) for row in found], before))

    @described(
        "ask_query",
        "Ask a query; it runs when it is its turn",
        description="It stands in your history, counts in your budgets and goes to the ledger. Where the same was "
        "asked of the same snapshots before, that answer is taken. The same Idempotency-Key gives the query that is "
        "there; with another question it is a 409.",
        tag=TAG,
        parameters=[KEY],
        request=inputs.QuestionInput,
        examples=[EXAMPLE],
        answers={202: shapes.QueryShape},
        errors=(409, *WRITES),
    )
    def post(self, request: Request) -> Response:
        key = idempotency_key(request.headers)
        asked = queries.submit(_question(request), by=self.caller, now=clock.now(), key=key)
        return Response(representations.query(asked), status.HTTP_202_ACCEPTED)


class OneQuery(Endpoint):
    verbs: ClassVar = {"GET": Verb.QUERY}

    @described(
        "read_query",
        "Read how a query does, or ended; wait for its end if you like",
        tag=TAG,
        parameters=[inputs.WaitQuery],
        answers={200: shapes.QueryShape},
        errors=(400, 404, *READS),
    )
    def get(self, request: Request, token: str) -> Response:
        patience_s = read_query(inputs.WaitQuery, request)["patience_s"]
        found = waiting.until(lambda: queries.find(token), _has_ended, patience_s, look_s=LOOK_S)
        return Response(representations.query(found))


class CancelQuery(Endpoint):
    verbs: ClassVar = {"POST": Verb.QUERY}

    @described(
        "cancel_query",
        "Ask the engine to stop; what has ended stays as it ended",
        tag=TAG,
        request=inputs.NothingInput,
        answers={200: shapes.QueryShape},
        errors=(404, *WRITES),
    )
    def post(self, request: Request, token: str) -> Response:
        read_body(inputs.NothingInput, request)
        return Response(representations.query(queries.cancel(queries.find(token), by=self.caller, now=clock.now())))


def _has_ended(query: Query) -> bool:
    return query.ended_at is not None


def _question(request: Request) -> Question:
    body: Any = read_body(inputs.QuestionInput, request)
    try:
        question: Question = body.question()
    except SqlError as error:
        raise Refused(error.code, error.sentence) from error
    return question
