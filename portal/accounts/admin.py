"""People and their roles, in Django's admin."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.forms import ModelForm
from django.forms.models import BaseModelFormSet
from django.http import HttpRequest

from portal.accounts.models import Grant, User

# Roles are grants (portal.accounts.permissions); Django's groups would be a second way to say it.
admin.site.unregister(Group)
admin.site.site_header = admin.site.site_title = "Verdigris: reference data"
admin.site.index_title = "What is not moved from here"
admin.site.site_url = "/"


class GrantInline(admin.TabularInline[Grant, User]):
    """Roles, one to a line, with who gave them."""

    model = Grant
    fk_name = "user"
    extra = 0
    readonly_fields = ["granted_at", "granted_by"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    """Who may sign in and what they are here for."""

    inlines = [GrantInline]
    list_display = ["username", "shown_name", "is_active", "is_staff"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email", "time_zone"]}),
        ("May", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    filter_horizontal = ()
    list_filter = ["is_active", "is_staff"]

    def save_formset(
        self,
        request: HttpRequest,
        form: ModelForm[Any],  # noqa: ARG002 - Django's signature
        formset: BaseModelFormSet[Any, Any],
        change: bool,  # noqa: ARG002, FBT001 - Django's signature
    ) -> None:
        for grant in formset.save(commit=False):
            if isinstance(grant, Grant) and grant.granted_by_id is None:
                grant.granted_by_id = request.user.pk
            grant.save()
        for gone in formset.deleted_objects:
            gone.delete()
        formset.save_m2m()
