"""What a person, or everybody with a role, may spend on queries within a day or a month."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Budget(models.Model):
    """Of one person, or of each person with a role. The person's own goes before the role's."""

    class Span(models.TextChoices):
        DAY = "day"
        MONTH = "month"

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets"
    )
    role = models.CharField(max_length=16, blank=True)
    span = models.CharField(max_length=8, choices=Span)
    bytes_at_most = models.BigIntegerField()
    usd_at_most = models.FloatField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(person__isnull=False, role="") | (Q(person__isnull=True) & ~Q(role=""))),
                name="budget_of_a_person_or_a_role",
            ),
            models.UniqueConstraint(fields=["person", "span"], name="budget_once_per_person_and_span"),
            models.UniqueConstraint(
                fields=["role", "span"], condition=~Q(role=""), name="budget_once_per_role_and_span"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whose}, each {self.span}"

    @property
    def whose(self) -> str:
        return self.person.shown_name if self.person else self.role
