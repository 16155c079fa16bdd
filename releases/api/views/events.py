"""The ledger, read."""

from rest_framework.request import Request
from rest_framework.response import Response

from portal.api import pages
from portal.api.endpoint import READS, described
from portal.api.inputs import read_query
from portal.audit import selectors
from releases.api import inputs, representations, shapes
from releases.api.views.endpoint import Endpoint


class Events(Endpoint):
    @described(
        "list_events",
        "List what happened, newest first: who, what, from, to, why, when",
        description="Filters that no one index answers together look at a stretch of the ledger at a time: a page may "
        "then be short, or empty, while `next` leads on.",
        tag="events",
        parameters=[inputs.EventQuery],
        answers={200: shapes.EventList},
        errors=(400, *READS),
    )
    def get(self, request: Request) -> Response:
        query = dict(read_query(inputs.EventQuery, request))
        size, before = query.pop("limit"), query.pop("before", None)
        query["rollout_id"] = query.pop("rollout", None)
        page = selectors.page(selectors.Filters(**query), before=before, size=size)
        return Response(pages.body_of(request, list(map(representations.event, page.events)), page.before))
