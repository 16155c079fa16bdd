"""The addresses of the release pages."""

from django.urls import path

from releases.views import environments, fleet, freezes, pipelines, rollouts, services, waiting
from releases.views import releases as release_pages

app_name = "releases"
SERVICE = "services/<slug:service>/"
ENVIRONMENT = f"{SERVICE}environments/<slug:name>/"

urlpatterns = [
    path("", fleet.page, name="fleet"),
    path("waiting/", waiting.page, name="waiting"),
    path("waiting/count/", waiting.count, name="waiting_count"),
    path(SERVICE, services.page, name="service"),
    path(f"{SERVICE}releases/<str:version>/", release_pages.page, name="release"),
    path(f"{SERVICE}releases/<str:version>/open/", release_pages.open_rollout, name="open_rollout"),
    path(f"{SERVICE}releases/<str:version>/pipeline/", pipelines.of_release, name="release_pipeline"),
    path(ENVIRONMENT, environments.page, name="environment"),
    path(f"{ENVIRONMENT}roll-back/", environments.roll_back, name="environment_roll_back"),
    path(f"{ENVIRONMENT}lock/", environments.lock, name="lock"),
    path(f"{ENVIRONMENT}lift/", environments.lift, name="lift_lock"),
    path("rollouts/<int:rollout_id>/", rollouts.page, name="rollout"),
    path("rollouts/<int:rollout_id>/panels/<slug:name>/", rollouts.panel, name="rollout_panel"),
    path("rollouts/<int:rollout_id>/<slug:verb>/", rollouts.act, name="act"),
    path("freezes/", freezes.page, name="freezes"),
    path("freezes/<int:freeze_id>/lift/", freezes.lift, name="lift_freeze"),
]
