"""One outside attempt on the target."""

from django.db import models
from django.db.models import Q

from releases.models.rollout import Rollout
from releases.rules import foresight
from releases.rules.observation import Health


class Deployment(models.Model):
    """Written before the outside call (`token`, `intended_at`), filled in after it (`outside_id`).

    `asked` and `seen` are green's share in per cent; `agreed_at` is when `seen` first was what is asked now.
    `foresight` is what a promotion will call, as it was last worked out.
    """

    rollout = models.OneToOneField(Rollout, on_delete=models.CASCADE, related_name="deployment")
    token = models.CharField(max_length=64, unique=True)
    intended_at = models.DateTimeField()
    outside_id = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    asked = models.PositiveSmallIntegerField(default=0)
    seen = models.PositiveSmallIntegerField(default=0)
    agreed_at = models.DateTimeField(null=True, blank=True)
    green = models.CharField(max_length=16, default=Health.ABSENT.value, choices=[(h.value, h.value) for h in Health])
    blue = models.CharField(max_length=16, default=Health.ABSENT.value, choices=[(h.value, h.value) for h in Health])
    outside_status = models.CharField(max_length=80, blank=True)
    preview_url = models.CharField(max_length=300, blank=True)
    message = models.TextField(blank=True)
    log_tail = models.TextField(blank=True)
    green_since = models.DateTimeField(null=True, blank=True)
    observed_at = models.DateTimeField(null=True, blank=True)
    foresight_json = models.JSONField(default=dict)
    foreseen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(asked__lte=100, seen__lte=100), name="deployment_weights_are_per_cent"),
            models.CheckConstraint(
                condition=Q(outside_id="", started_at__isnull=True) | (~Q(outside_id="") & Q(started_at__isnull=False)),
                name="deployment_outside_id_has_started_at_or_none",
            ),
        ]

    @property
    def foresight(self) -> foresight.Foresight | None:
        return foresight.from_json(self.foresight_json) if self.foresight_json else None
