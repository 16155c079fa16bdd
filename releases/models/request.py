"""What somebody asked of a rollout. The row is the message: advance reads it, does it and settles it."""

from django.db import models
from django.db.models import Q

from releases.models.rollout import Rollout


class Request(models.Model):
    """One ask. `settled_at` and `outcome` are set in the transaction that did it, or found that it is moot."""

    class Verb(models.TextChoices):
        PROMOTE = "promote"
        SKIP = "skip"
        REJECT = "reject"
        CANCEL = "cancel"
        SUPERSEDE = "supersede"
        ROLL_BACK = "roll_back"
        RETRY = "retry"
        RESOLVE = "resolve"

    class Outcome(models.TextChoices):
        DONE = "done"
        MOOT = "moot"

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="requests")
    verb = models.CharField(max_length=16, choices=Verb)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    asked_by_kind = models.CharField(max_length=16)
    note = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rollout", "verb"], condition=Q(settled_at__isnull=True), name="request_once_while_unsettled"
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, outcome="") | (Q(settled_at__isnull=False) & ~Q(outcome="")),
                name="request_settled_has_at_and_outcome_or_none",
            ),
        ]
