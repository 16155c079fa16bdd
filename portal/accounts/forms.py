"""What people change about themselves."""

from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db.models import Value
from django.db.models.functions import Concat, Lower, Trim

from portal.accounts.actors import MACHINE
from portal.accounts.models import User
from portal.accounts.permissions import Scope
from portal.accounts.tokens import LONGEST


class ProfileForm(forms.ModelForm[User]):
    """A name and a time zone. The ledger names people, so nobody may take the name of somebody else."""

    time_zone = forms.ChoiceField(label="Time zone", help_text="Times on every page are shown in it.")

    class Meta:
        model = User
        fields = ["first_name", "last_name", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        self.fields["time_zone"].choices = [(zone, zone) for zone in ["UTC", *names]]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name = f"{cleaned.get('first_name', '')} {cleaned.get('last_name', '')}".strip()
        if name and self._is_taken(name.lower()):
            self.add_error(
                "first_name", f"{name} is somebody else here. Write your name so that people know it is you."
            )
        return cleaned

    def _is_taken(self, name: str) -> bool:
        others = User.objects.exclude(pk=self.instance.pk)
        shown = others.annotate(shown=Lower(Trim(Concat("first_name", Value(" "), "last_name"))))
        return (
            name == MACHINE.name.lower()
            or shown.filter(shown=name).exists()
            or others.filter(username__iexact=name).exists()
        )


class TokenForm(forms.Form):
    """What a token is for, what it may do and how long it lives."""

    name = forms.CharField(label="What uses it", max_length=80, help_text="For example: the build of covid-insights.")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[
            (Scope.READ.value, "read: see everything that you see"),
            (Scope.RECORD.value, "record: record releases"),
            (Scope.ROLL_OUT.value, "roll out: open, approve, promote and roll back, as far as your roles go"),
            (Scope.CONFIGURE.value, "configure: locks, freezes, plans and policies"),
            (Scope.QUERY.value, "query: ask in SQL, in your name and on your budget"),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(label="Days it lives", min_value=1, max_value=LONGEST.days, initial=90)

    @property
    def wanted_scopes(self) -> list[Scope]:
        return [Scope(value) for value in self.cleaned_data["scopes"]]

    @property
    def valid_for(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])
