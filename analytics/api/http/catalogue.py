"""The catalogue: tables found without an engine, and one of them in full."""

from django.utils.http import urlencode
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.http import inputs, representations, shapes
from analytics.api.http.endpoint import Endpoint
from analytics.operations import catalogue
from portal.api.endpoint import READS, described
from portal.api.inputs import read_query

TAG = "data"
LISTED = 100


class Tables(Endpoint):
    @described(
        "list_tables",
        "List the tables, or those in which every word of a search stands",
        description="Names and comments of tables and columns are looked through, in an index: no engine is asked.",
        tag=TAG,
        parameters=[inputs.CatalogueQuery],
        answers={200: shapes.CatalogueList},
        errors=(400, *READS),
    )
    def get(self, request: Request) -> Response:
        asked = read_query(inputs.CatalogueQuery, request)
        after = (asked["page"] - 1) * LISTED
        found = list(catalogue.search(asked["search"])[after : after + LISTED + 1])
        more = {"search": asked["search"], "page": asked["page"] + 1} if len(found) > LISTED else None
        following = f"{request.path}?{urlencode(more)}" if more else None
        return Response({"results": list(map(representations.table, found[:LISTED])), "next": following})


class OneTable(Endpoint):
    @described(
        "read_table",
        "Read a table: columns, partitions, location, size, freshness, first rows, and what reads it",
        tag=TAG,
        parameters=[inputs.TableQuery],
        answers={200: shapes.TableInFull},
        errors=(400, 404, *READS),
    )
    def get(self, request: Request, dataset: str, table: str) -> Response:
        catalog = read_query(inputs.TableQuery, request)["catalog"]
        return Response(representations.table_in_full(catalogue.find(dataset, table, catalog=catalog)))
