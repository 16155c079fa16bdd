"""A window without promotions. Rollbacks pass."""

from django.db import models
from django.db.models import F, Q

from releases.models.environment import Environment
from releases.rules import freezes


class Freeze(models.Model):
    """`starts` and `ends` are wall-clock times in `time_zone`; without an environment it holds everywhere."""

    environment = models.ForeignKey(
        Environment, on_delete=models.CASCADE, null=True, blank=True, related_name="freezes"
    )
    reason = models.CharField(max_length=300)
    starts = models.CharField(max_length=16)
    ends = models.CharField(max_length=16)
    time_zone = models.CharField(max_length=64)
    is_weekly = models.BooleanField(default=False)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=200)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # ISO wall-clock texts of equal length sort as times do.
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="freeze_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by="") | (Q(lifted_at__isnull=False) & ~Q(lifted_by="")),
                name="freeze_lifted_has_at_and_by_or_none",
            ),
        ]

    @property
    def window(self) -> freezes.Window:
        return freezes.Window(
            freezes.wall_clock(self.starts), freezes.wall_clock(self.ends), self.time_zone, self.is_weekly
        )
