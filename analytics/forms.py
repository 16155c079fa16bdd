"""The forms of the pages of analytics."""

from collections.abc import Iterator
from typing import Any

from django import forms

from analytics.models import Budget
from analytics.operations.budgets import MOST_BYTES, MOST_USD
from analytics.rules.cost import GIGABYTE
from portal.accounts.models import User
from portal.accounts.permissions import Role


class BudgetForm(forms.Form):
    """A budget of a role or of one person; the operation checks it once more."""

    whose = forms.ChoiceField(
        label="Whose", help_text="A role's holds for each person with it; a person's own goes before it."
    )
    span = forms.ChoiceField(label="For each", choices=Budget.Span.choices)
    gigabytes = forms.FloatField(label="Reads at most, in GB", min_value=0, max_value=MOST_BYTES / GIGABYTE)
    usd_at_most = forms.FloatField(label="Costs at most, in $", min_value=0, max_value=MOST_USD)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # People come and go: the list is read for every request anew.
        self.fields["whose"].choices = [  # type: ignore[attr-defined]
            ("", "Choose"),
            ("A role", [(f"role:{role}", _role(role)) for role in Role]),
            ("A person", list(_people())),
        ]

    @property
    def wanted(self) -> dict[str, Any]:
        """What `operations.budgets.set_` takes."""
        given = self.cleaned_data
        kind, _, named = given["whose"].partition(":")
        return {
            **({"role": named} if kind == "role" else {"person_id": int(named)}),
            "span": given["span"],
            "bytes_at_most": int(given["gigabytes"] * GIGABYTE),
            "usd_at_most": given["usd_at_most"],
        }


def _role(role: Role) -> str:
    return f"{role} (everybody)" if role is Role.VIEWER else role.value


def _people() -> Iterator[tuple[str, str]]:
    for person in User.objects.filter(is_active=True).order_by("username"):
        yield f"person:{person.pk}", f"{person.shown_name} ({person.username})"
