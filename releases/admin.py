"""Reference data only. Nothing here moves a rollout: what moves one is asked for on its page and goes to the ledger."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from releases.models import Environment, PipelineLink, Service, SetAside


@admin.register(Service)
class ServiceAdmin(admin.ModelAdmin[Service]):
    """What a service is called; not what it is."""

    list_display = ["name", "slug", "kind", "repository"]
    fields = ["slug", "kind", "name", "description", "repository"]
    readonly_fields = ["slug", "kind"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False


@admin.register(Environment)
class EnvironmentAdmin(admin.ModelAdmin[Environment]):
    """Its name, place and address; the target, plan, policy, lock and what serves are not for here."""

    list_display = ["service", "name", "position", "address"]
    list_select_related = ["service"]
    fields = ["service", "name", "position", "address"]
    readonly_fields = ["service"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False


class ReadOnly(admin.ModelAdmin[Any]):
    """To look at; `manage.py pipeline` changes it, and the ledger says who did."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False


@admin.register(PipelineLink)
class PipelineLinkAdmin(ReadOnly):
    """Where each service is built."""

    list_display = ["service", "kind", "region", "name", "project", "looked_at", "trouble"]
    list_select_related = ["service"]


@admin.register(SetAside)
class SetAsideAdmin(ReadOnly):
    """The notices that nobody could read."""

    list_display = ["at", "source", "sentence", "length"]
