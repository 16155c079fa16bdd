from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "portal.health"
    label = "health"

    def ready(self) -> None:
        # The Celery app becomes the current one in every process, and the system checks become known.
        from portal import celery, checks  # noqa: F401, PLC0415 - they need the apps to be ready
