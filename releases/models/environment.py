"""Where a service runs: a target, a plan, a policy, a lock."""

from django.db import models
from django.db.models import Q

from releases.models.release import Release
from releases.models.service import Service
from releases.rules import plan, policy


class Environment(models.Model):
    """`serving` is what blue is; `previous` is what served before, and what a rollback goes back to."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="environments")
    name = models.SlugField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    target = models.CharField(max_length=32)
    target_config = models.JSONField(default=dict)
    measure = models.CharField(max_length=32)
    plan_json = models.JSONField()
    policy_json = models.JSONField(default=dict)
    address = models.CharField(max_length=300, blank=True)
    serving = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    serving_since = models.DateTimeField(null=True, blank=True)
    previous = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_by = models.CharField(max_length=200, blank=True)
    lock_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["service__name", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["service", "name"], name="environment_name_once_per_service"),
            models.CheckConstraint(
                condition=Q(locked_at__isnull=True, locked_by="", lock_reason="")
                | (Q(locked_at__isnull=False) & ~Q(locked_by="") & ~Q(lock_reason="")),
                name="environment_lock_has_at_by_and_reason_or_none",
            ),
            models.CheckConstraint(
                condition=Q(serving__isnull=True, serving_since__isnull=True)
                | Q(serving__isnull=False, serving_since__isnull=False),
                name="environment_serving_has_since_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} · {self.name}"

    @property
    def slug(self) -> str:
        """The name by which the target knows it."""
        return f"{self.service.slug}-{self.name}"

    @property
    def plan(self) -> plan.Plan:
        return plan.from_json(self.plan_json)

    @property
    def policy(self) -> policy.Policy:
        return policy.from_json(self.policy_json)
