"""The API's addresses, under /api/v1/."""

from django.urls import path

from releases.api.views import environments, events, hooks, measurements, pipelines, releases, rollouts

app_name = "releases_api"
ENVIRONMENT = "environments/<slug:service>/<slug:environment>/"

urlpatterns = [
    path("releases/", releases.Releases.as_view(), name="releases"),
    path("releases/<int:release_id>/", releases.OneRelease.as_view(), name="release"),
    path("releases/<int:release_id>/provenance/", pipelines.ProvenanceOfRelease.as_view(), name="provenance"),
    path("pipelines/", pipelines.Pipelines.as_view(), name="pipelines"),
    path("hooks/notices/", hooks.Notices.as_view(), name="notices"),
    path("rollouts/", rollouts.Rollouts.as_view(), name="rollouts"),
    path("rollouts/<int:rollout_id>/", rollouts.OneRollout.as_view(), name="rollout"),
    path("rollouts/<int:rollout_id>/measurements/", measurements.Measurements.as_view(), name="measurements"),
    *(
        path(f"rollouts/<int:rollout_id>/{name}/", view.as_view(), name=f"{name}_rollout")
        for name, view in rollouts.SAYING.items()
    ),
    path("environments/", environments.Environments.as_view(), name="environments"),
    path(ENVIRONMENT, environments.OneEnvironment.as_view(), name="environment"),
    path(f"{ENVIRONMENT}rollback/", environments.RollBackEnvironment.as_view(), name="rollback_environment"),
    path(f"{ENVIRONMENT}lock/", environments.LockEnvironment.as_view(), name="lock_environment"),
    path(f"{ENVIRONMENT}unlock/", environments.UnlockEnvironment.as_view(), name="unlock_environment"),
    path("events/", events.Events.as_view(), name="events"),
]
