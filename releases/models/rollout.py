"""Bringing one release to one environment; owns `state`, which only operations.advance writes."""

from django.db import models
from django.db.models import Q

from releases.models.environment import Environment
from releases.models.release import Release
from releases.rules import plan
from releases.rules.reasons import Code, Reason
from releases.rules.states import ACTIVE, ENDED, State

# Plain texts: a migration must not change with the code it once came from.
ACTIVE_NAMES = sorted(str(state) for state in ACTIVE)
ENDED_NAMES = sorted(str(state) for state in ENDED)


class Rollout(models.Model):
    """`reason` says, for people, why nothing moves now. `lease_token` fences late writers.

    `look_at` is when the tick looks again at what waits; None is the next tick.
    """

    class Kind(models.TextChoices):
        RELEASE = "release"
        ROLLBACK = "rollback"

    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="rollouts")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="rollouts")
    replaces = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.RELEASE)
    state = models.CharField(max_length=24, choices=[(state.value, state.value) for state in State])
    state_since = models.DateTimeField()
    reason_code = models.CharField(max_length=40, choices=[(code.value, code.value) for code in Code])
    reason_sentence = models.TextField(blank=True)
    plan_json = models.JSONField()
    plan_digest = models.CharField(max_length=71)
    step_index = models.PositiveSmallIntegerField(default=0)
    step_since = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    look_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment"],
                condition=Q(state__in=ACTIVE_NAMES),
                name="rollout_one_active_per_environment",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True, paused_by="") | (Q(paused_at__isnull=False) & ~Q(paused_by="")),
                name="rollout_pause_has_at_and_by_or_none",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED_NAMES, ended_at__isnull=False)
                | (~Q(state__in=ENDED_NAMES) & Q(ended_at__isnull=True)),
                name="rollout_ended_at_only_when_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["environment", "-id"], name="rollout_of_environment"),
            # Stays small however many rollouts have ended: the tick reads it every few seconds. Queries name
            # `ended_at=None`, for a list of states comes as parameters, by which SQLite finds no partial index.
            models.Index(fields=["environment", "-id"], condition=Q(ended_at__isnull=True), name="rollout_not_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.release} to {self.environment}"

    @property
    def plan(self) -> plan.Plan:
        return plan.from_json(self.plan_json)

    @property
    def reason(self) -> Reason:
        return Reason(Code(self.reason_code), self.reason_sentence)

    @property
    def has_ended(self) -> bool:
        return State(self.state) in ENDED
