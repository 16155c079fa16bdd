"""Results: the whole as a stream or a file, made while it is sent, or some rows as JSON."""

from typing import ClassVar

from django.http import HttpResponseBase
from django.utils.http import urlencode
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.http import inputs, representations, shapes
from analytics.api.http.endpoint import JSON, Endpoint, sent, wants_arrow
from analytics.engines import registry
from analytics.operations import exports, queries
from analytics.operations.exports import ARROW, KINDS
from portal.accounts.permissions import Verb
from portal.api.endpoint import READS, described
from portal.api.inputs import read_query

TAG = "queries"
FILES = {(200, kind.content_type.partition(";")[0]): OpenApiTypes.BINARY for kind in KINDS.values()}


class Result(Endpoint):
    verbs: ClassVar = {"GET": Verb.QUERY}

    @described(
        "read_result",
        "Read a query's rows",
        description=f"With `Accept: {ARROW}` the whole result is streamed as Arrow's record batches; with `kind` it is "
        "a file. Else some rows come as JSON, and `next` leads to those after them. With `patience_s` Arrow's stream "
        "begins while the query runs; it breaks off where the query then fails, and the query says why.",
        tag=TAG,
        parameters=[inputs.ResultQuery],
        answers={(200, JSON): shapes.RowsShape, **FILES},
        errors=(400, 404, 409, *READS),
    )
    def get(self, request: Request, token: str) -> HttpResponseBase:
        asked = read_query(inputs.ResultQuery, request)
        found = queries.find(token)
        kind = asked.get("kind") or ("arrow" if wants_arrow(request) else "")
        if kind == "arrow" and asked["patience_s"]:
            return sent(exports.coming(found, patience_s=asked["patience_s"]))
        if kind:
            return sent(exports.export(found, kind))
        after, limit = asked["after"], asked["limit"]
        exports.refuse_without_result(found)
        table = registry.engine_for(found.engine).page(found.outside_id, after=after, size=limit + 1)
        more = {"after": after + limit, "limit": limit} if table.num_rows > limit else None
        following = f"{request.path}?{urlencode(more)}" if more else None
        return Response({**representations.rows(table.slice(0, limit)), "next": following})
