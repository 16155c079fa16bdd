"""What all APIs share under /api/v1/: their one description, and the answer to every address that is none."""

from django.urls import path, re_path

from portal.api import docs, endpoint
from portal.api import schema as schema  # noqa: PLC0414 - its import registers the token with the schema

app_name = "api"
urlpatterns = [
    path("schema/", docs.Schema.as_view(), name="schema"),
    path("docs/", docs.Docs.as_view(), name="docs"),
    re_path("", endpoint.Nothing.as_view(), name="nothing"),
]
