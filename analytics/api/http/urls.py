"""The API's addresses, under /api/v1/data/."""

from django.urls import path

from analytics.api.http import budgets, catalogue, measures, queries, results, snapshots

app_name = "data"
urlpatterns = [
    path("budgets/", budgets.Budgets.as_view(), name="budgets"),
    path("catalogue/", catalogue.Tables.as_view(), name="catalogue"),
    path("catalogue/<str:dataset>/<str:table>/", catalogue.OneTable.as_view(), name="table"),
    path("measures/", measures.Measures.as_view(), name="measures"),
    path("measures/<slug:name>/series/", measures.MeasureSeries.as_view(), name="series"),
    path("snapshots/", snapshots.Snapshots.as_view(), name="snapshots"),
    path("queries/", queries.Queries.as_view(), name="queries"),
    path("queries/estimate/", queries.Estimates.as_view(), name="estimate"),
    path("queries/<slug:token>/", queries.OneQuery.as_view(), name="query"),
    path("queries/<slug:token>/cancel/", queries.CancelQuery.as_view(), name="cancel"),
    path("queries/<slug:token>/result/", results.Result.as_view(), name="result"),
]
