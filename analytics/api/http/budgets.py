"""Budgets: what is spent of one's own. Setting them is a page's, where who does it sees whom it binds."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.http import representations, shapes
from analytics.api.http.endpoint import Endpoint
from analytics.operations import budgets
from portal import clock
from portal.accounts.permissions import Verb
from portal.api.endpoint import READS, described


class Budgets(Endpoint):
    verbs: ClassVar = {"GET": Verb.QUERY}

    @described(
        "list_budgets",
        "List the budgets that bind you, with what is spent of each",
        description="None binds you where the list is empty. A query that would go beyond one is a 409, over-budget.",
        tag="queries",
        answers={200: shapes.BudgetList},
        errors=READS,
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the framework's signature
        found = budgets.standings(self.caller, now=clock.now())
        return Response({"results": [representations.standing(one) for one in found], "next": None})
