"""What was measured of a rollout: the raw totals, and each step's checks."""

from django.db import models

from releases.models.rollout import Rollout
from releases.rules.verdict import Reading, Verdict


class SlotReading(models.Model):
    """One look at one slot's running totals during one step (see rules.verdict.Reading)."""

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="readings")
    step_index = models.PositiveSmallIntegerField()
    slot = models.CharField(max_length=8)
    at = models.DateTimeField()
    requests = models.BigIntegerField()
    errors = models.BigIntegerField()
    response_ms = models.FloatField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["rollout", "step_index", "slot", "id"], name="reading_of_step")]

    @property
    def reading(self) -> Reading:
        return Reading(self.at, self.requests, self.errors, self.response_ms)


class Measurement(models.Model):
    """The newest outcome of one check of one step; the row is replaced while the step lasts."""

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="measurements")
    step_index = models.PositiveSmallIntegerField()
    measure = models.CharField(max_length=40)
    unit = models.CharField(max_length=8, blank=True)
    blue = models.FloatField(null=True)
    green = models.FloatField(null=True)
    verdict = models.CharField(max_length=16, choices=[(verdict.value, verdict.value) for verdict in Verdict])
    sentence = models.TextField()
    measured_at = models.DateTimeField()

    class Meta:
        ordering = ["step_index", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rollout", "step_index", "measure"], name="measurement_once_per_step_and_measure"
            )
        ]
