"""The public insights site: the whole of what a released copy answers."""

from django.urls import path, re_path

from analytics.views import figures, pages, status

ISO = r"(?P<iso>[A-Z][A-Z0-9_]{2,41})"

urlpatterns = [
    path("", pages.front, name="front"),
    re_path(rf"^country/{ISO}/$", pages.country, name="country"),
    re_path(rf"^figures/{ISO}\.json$", figures.figure, name="figure"),
    path("healthz", status.healthz, name="healthz"),
    path("version", status.version, name="version"),
]

handler404 = "analytics.views.errors.not_found"
handler500 = "analytics.views.errors.broken"
