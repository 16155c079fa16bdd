"""A person's recorded yes or no to one release in one environment by one plan."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from releases.models.rollout import Rollout


class Approval(models.Model):
    """Bound to both digests: a change of release or plan makes it void. `author` is copied for the constraint."""

    class Decision(models.TextChoices):
        APPROVED = "approved"
        REJECTED = "rejected"

    rollout = models.ForeignKey(Rollout, on_delete=models.PROTECT, related_name="approvals")
    release_digest = models.CharField(max_length=71)
    plan_digest = models.CharField(max_length=71)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decision = models.CharField(max_length=16, choices=Decision)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="approvals")
    decided_at = models.DateTimeField()
    comment = models.TextField(blank=True)
    expires_at = models.DateTimeField()
    void_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["decided_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(author__isnull=True) | ~Q(decided_by=F("author")), name="approver_is_not_author"
            ),
            models.UniqueConstraint(
                fields=["rollout", "decided_by"], condition=Q(void_at__isnull=True), name="approval_once_per_person"
            ),
            models.CheckConstraint(
                condition=Q(void_at__isnull=True, void_reason="") | (Q(void_at__isnull=False) & ~Q(void_reason="")),
                name="approval_void_has_at_and_reason_or_none",
            ),
        ]
