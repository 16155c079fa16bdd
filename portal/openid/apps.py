from django.apps import AppConfig


class OpenidConfig(AppConfig):
    name = "portal.openid"
    label = "openid"

    def ready(self) -> None:
        # The system check becomes known, and what a new password ends.
        from portal.openid import checks, endings  # noqa: F401, PLC0415 - they need the apps to be ready
