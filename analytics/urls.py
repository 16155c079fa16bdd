"""The portal's pages of analytics."""

from django.urls import path

from analytics.views import budgets, catalogue, dashboards, data, saved, sources, workbench

app_name = "analytics"
urlpatterns = [
    path("data/", data.data, name="data"),
    path("data/sources/", sources.panel, name="sources"),
    path("data/sources/<int:source_id>/look/", sources.look, name="look"),
    path("data/sources/<int:source_id>/unfollow/", sources.unfollow, name="unfollow"),
    path("data/<slug:dataset>/compare/", data.compare, name="compare"),
    path("data/<slug:dataset>/<slug:revision>/quarantine/", data.quarantine, name="quarantine"),
    path("catalogue/", catalogue.index, name="catalogue"),
    path("catalogue/<str:database>/<str:name>/", catalogue.table, name="table"),
    path("dashboards/", dashboards.index, name="dashboards"),
    path("dashboards/refresh/", dashboards.refresh, name="refresh_dashboards"),
    path("dashboards/<str:dashboard_id>/", dashboards.page, name="dashboard"),
    path("dashboards/<str:dashboard_id>/embed/", dashboards.embed, name="embed_dashboard"),
    path("workbench/", workbench.page, name="workbench"),
    path("workbench/completions.json", workbench.completions, name="completions"),
    path("workbench/run/", workbench.run, name="run"),
    path("workbench/estimate/", workbench.estimate, name="estimate"),
    path("workbench/history/", workbench.history, name="history"),
    path("workbench/budgets/", budgets.page, name="budgets"),
    path("workbench/budgets/<int:budget_id>/lift/", budgets.lift, name="lift_budget"),
    path("workbench/saved/", saved.listed, name="saved"),
    path("workbench/saved/save/", saved.save, name="save"),
    path("workbench/saved/<slug:slug>/", saved.page, name="saved_query"),
    path("workbench/q/<str:token>/", workbench.query, name="query"),
    path("workbench/q/<str:token>/cancel/", workbench.cancel, name="cancel"),
    path("workbench/q/<str:token>/chart.json", workbench.chart, name="query_chart"),
    path("workbench/q/<str:token>/export/<str:kind>/", workbench.export, name="export"),
]
