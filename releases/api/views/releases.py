"""Releases: record, list, read."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiExample
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from portal import clock
from portal.accounts.permissions import Verb
from portal.api import pages
from portal.api.endpoint import READS, WRITES, described
from portal.api.inputs import described_key, idempotency_key, read_body, read_query
from releases.api import inputs, representations, shapes
from releases.api.views.endpoint import Endpoint
from releases.models import Service
from releases.operations import releases
from releases.operations.refusal import Missing

TAG = "releases"
KEY = described_key("The build's own name for this recording.")
EXAMPLE = OpenApiExample(
    "A release of a commit",
    value={"service": "insights", "version": "1.1.0", "commit": "5f2c9d6e" * 5, "changelog": "Deaths per week."},
    request_only=True,
)


class Releases(Endpoint):
    verbs: ClassVar = {"GET": Verb.READ, "POST": Verb.RECORD}

    @described(
        "list_releases",
        "List the recorded releases, newest first",
        tag=TAG,
        parameters=[inputs.ReleaseQuery],
        answers={200: shapes.ReleaseList},
        errors=(400, 404, *READS),
    )
    def get(self, request: Request) -> Response:
        query = read_query(inputs.ReleaseQuery, request)
        rows = representations.releases()
        if "service" in query:
            rows = rows.filter(service=_service(query["service"]))
        found, before = pages.page_of(rows, query)
        return Response(pages.body_of(request, [representations.release(row) for row in found], before))

    @described(
        "record_release",
        "Record a release",
        description="Saying the same again gives the release that is there (200). The same version with another "
        "digest, or the same Idempotency-Key for another release, is a 409: a release never changes.",
        tag=TAG,
        parameters=[KEY],
        request=inputs.ReleaseInput,
        examples=[EXAMPLE],
        answers={201: shapes.ReleaseInFull, 200: shapes.ReleaseInFull},
        errors=(404, 409, *WRITES),
    )
    def post(self, request: Request) -> Response:
        key = idempotency_key(request.headers)
        recording = read_body(inputs.ReleaseInput, request).recording()
        recorded = releases.record(recording, by=self.caller, now=clock.now(), key=key)
        shown = representations.release_in_full(recorded.release.pk)
        return Response(shown, status.HTTP_201_CREATED if recorded.is_new else status.HTTP_200_OK)


class OneRelease(Endpoint):
    @described(
        "read_release",
        "Read a release, with its changelog, commits and rollouts",
        tag=TAG,
        answers={200: shapes.ReleaseInFull},
        errors=(404, *READS),
    )
    def get(self, request: Request, release_id: int) -> Response:  # noqa: ARG002 - the framework's signature
        return Response(representations.release_in_full(release_id))


def _service(slug: str) -> Service:
    service = Service.objects.filter(slug=slug).first()
    if service is None:
        known = ", ".join(Service.objects.values_list("slug", flat=True)[:20]) or "none yet"
        raise Missing(f"There is no service {slug!r}. The services are: {known}.")
    return service
