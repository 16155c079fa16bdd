"""Pages published over HTTP: what `covid.publish` sends."""

import json
from types import MappingProxyType
from typing import Any, ClassVar

from django.urls import reverse
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from notebooks.operations import publications
from notebooks.rules.notebook import NotebookError
from portal import clock
from portal.accounts.permissions import Verb
from portal.api import errors
from portal.api.endpoint import WRITES, Endpoint, described
from portal.api.inputs import Strict, Text, described_key, idempotency_key, read_body

MOST_ROWS = 1_000


class PageInput(Strict):
    """A figure, or a question with its first rows."""

    title = Text(max_length=200)
    note = Text(required=False, allow_blank=True, default="", max_length=2_000)
    figure = serializers.DictField(required=False, allow_null=True, default=None, help_text="Plotly's JSON.")
    query = Text(required=False, allow_blank=True, default="", max_length=40)
    sql = Text(required=False, allow_blank=True, default="", max_length=100_000)
    rows = serializers.DictField(required=False, default=dict, help_text="The first rows: columns, and data by row.")
    snapshots = serializers.DictField(required=False, default=dict, child=Text(max_length=120))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["figure"] and not attrs["sql"]:
            raise ValidationError("A page shows a figure or a question. Send figure, or sql with rows.", "nothing")
        if len(json.dumps(attrs["rows"].get("data", []))) > MOST_ROWS * 1_000:
            raise ValidationError(f"rows: at most {MOST_ROWS}.", "too_large")
        return attrs


class PageShape(serializers.Serializer[Any]):
    """Where the page is."""

    token = serializers.CharField()
    page = serializers.CharField(help_text="Its address on the portal.")


class Pages(Endpoint):
    """Published pages."""

    verbs: ClassVar = {"POST": Verb.RUN_NOTEBOOK}
    answers: ClassVar = MappingProxyType({NotebookError: errors.told("may-not", status.HTTP_403_FORBIDDEN)})

    @described(
        "publish_page",
        "Publish a figure or a question on a page of the portal",
        tag="notebooks",
        parameters=[described_key("The caller's own name for this page: under it, it is made once.")],
        request=PageInput,
        answers={201: PageShape},
        errors=WRITES,
    )
    def post(self, request: Request) -> Response:
        content = read_body(PageInput, request).validated_data
        key = idempotency_key(request.headers)
        made = publications.publish(content, key=key, by=self.caller, now=clock.now())
        address = reverse("notebooks:published", args=[made.token])
        return Response({"token": made.token, "page": address}, status.HTTP_201_CREATED)
