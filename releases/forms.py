"""The forms of the release pages."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

from releases.models import Environment
from releases.rules.freezes import WEEK

FORMAT = "%Y-%m-%dT%H:%M"


class FreezeForm(forms.Form):
    """A window in somebody's wall-clock time; the operation checks it once more."""

    use_required_attribute = True
    environment = forms.ModelChoiceField(
        Environment.objects.none(), label="Where", required=False, empty_label="Everywhere"
    )
    reason = forms.CharField(label="Why", max_length=300, help_text="People who are stopped by the freeze read this.")
    starts = forms.DateTimeField(
        label="From", input_formats=[FORMAT], widget=forms.DateTimeInput({"type": "datetime-local"}, FORMAT)
    )
    ends = forms.DateTimeField(
        label="Until", input_formats=[FORMAT], widget=forms.DateTimeInput({"type": "datetime-local"}, FORMAT)
    )
    time_zone = forms.ChoiceField(label="Time zone of these times")
    is_weekly = forms.BooleanField(label="Every week", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The list is read when the form is made, for every request anew.
        self.fields["environment"].queryset = Environment.objects.select_related("service")  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = [(zone, zone) for zone in zones()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", "A freeze ends after it starts.")
        elif starts and ends and cleaned.get("is_weekly") and ends - starts >= WEEK:
            self.add_error("ends", "A weekly freeze is shorter than a week.")
        return cleaned

    @property
    def wanted(self) -> dict[str, Any]:
        """What `operations.freezes.set_` takes."""
        given = self.cleaned_data
        environment = given["environment"]
        return {
            "environment_id": environment.pk if environment else None,
            "reason": given["reason"],
            "starts": f"{given['starts']:{FORMAT}}",
            "ends": f"{given['ends']:{FORMAT}}",
            "time_zone": given["time_zone"],
            "is_weekly": given["is_weekly"],
        }


def zones() -> list[str]:
    """Will list the time zones by name, without the old aliases at the root."""
    return ["UTC", *sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))]
