"""Snapshots: the revisions of each dataset, what each is, and which one serves."""

from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api import datasets
from analytics.api.http import inputs, representations, shapes
from analytics.api.http.endpoint import Endpoint
from analytics.operations.refusal import Missing
from portal.api.endpoint import READS, described
from portal.api.inputs import read_query


class Snapshots(Endpoint):
    @described(
        "list_snapshots",
        "List the snapshots of a dataset, or of all, newest first",
        tag="data",
        parameters=[inputs.SnapshotQuery],
        answers={200: shapes.SnapshotList},
        errors=(400, 404, *READS),
    )
    def get(self, request: Request) -> Response:
        wanted = read_query(inputs.SnapshotQuery, request).get("dataset")
        known = datasets.datasets()
        if wanted is not None and wanted not in known:
            raise Missing(f"There is no dataset {wanted!r}. There are: {', '.join(known) or 'none yet'}.")
        found = [one for name in known if wanted in {None, name} for one in datasets.revisions(name)]
        return Response({"results": [representations.snapshot(one) for one in found], "next": None})
