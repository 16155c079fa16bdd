"""Pipelines: what builds each service, and how a release was made."""

from rest_framework.request import Request
from rest_framework.response import Response

from portal.api import pages
from portal.api.endpoint import READS, described
from portal.api.inputs import PageQuery, read_query
from releases.api import pipeline_shapes, pipelines
from releases.api.views.endpoint import Endpoint
from releases.models import Release
from releases.operations.refusal import Missing

TAG = "pipelines"


class Pipelines(Endpoint):
    @described(
        "list_pipelines",
        "List the pipelines and where their newest executions stand",
        tag=TAG,
        parameters=[PageQuery],
        answers={200: pipeline_shapes.PipelineList},
        errors=(400, *READS),
    )
    def get(self, request: Request) -> Response:
        query = read_query(PageQuery, request)
        found, before = pages.page_of(pipelines.links(), query)
        return Response(pages.body_of(request, [pipelines.link(row) for row in found], before))


class ProvenanceOfRelease(Endpoint):
    @described(
        "read_provenance",
        "Read how a release was made: its builds, tests, pipeline, and what was decided at gates",
        tag=TAG,
        answers={200: pipeline_shapes.Provenance},
        errors=(404, *READS),
    )
    def get(self, request: Request, release_id: int) -> Response:  # noqa: ARG002 - the framework's signature
        if not Release.objects.filter(pk=release_id).exists():
            raise Missing(f"There is no release {release_id}. GET /api/v1/releases/ lists what there is.")
        return Response(pipelines.provenance(release_id))
