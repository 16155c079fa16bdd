"""The public insights site: the whole of what a released copy answers."""

from django.urls import path, re_path

from analytics.views.insights import charts, embed, multiples, pages, quality, status, world

ISO = r"(?P<iso>[A-Z][A-Z0-9_]{2,41})"

urlpatterns = [
    path("", pages.front, name="front"),
    path("multiples/", multiples.page, name="multiples"),
    path("multiples.svg", multiples.picture, name="multiples_svg"),
    re_path(rf"^country/{ISO}/$", pages.country, name="country"),
    re_path(rf"^figures/{ISO}\.json$", pages.figure, name="figure"),
    path("compare/", charts.compare, name="compare"),
    path("topics/<slug:slug>/", charts.topic, name="topic"),
    path("map/", world.page, name="map"),
    path("map.json", world.values, name="map_values"),
    path("map-corrections.json", world.corrected, name="map_corrections"),
    path("map.csv", world.download, {"kind": "csv"}, name="map_csv"),
    path("map.parquet", world.download, {"kind": "parquet"}, name="map_parquet"),
    path("quality/", quality.page, name="quality"),
    path("embed/<slug:kind>/", embed.page, name="embed"),
    path("series.json", charts.series, name="series"),
    path("series.csv", charts.download, {"kind": "csv"}, name="series_csv"),
    path("series.parquet", charts.download, {"kind": "parquet"}, name="series_parquet"),
    path("corrections.json", charts.corrected, name="corrections"),
    path("explain.json", charts.explain, name="explain"),
    path("healthz", status.healthz, name="healthz"),
    path("version", status.version, name="version"),
]

handler404 = "analytics.views.insights.errors.not_found"
handler500 = "analytics.views.insights.errors.broken"
