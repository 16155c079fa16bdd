"""One question put to an engine. The row is kept for good; its result for as long as the settings say."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from analytics.models.saved import SavedVersion


class Query(models.Model):
    """`token` names it in addresses and to the engine. `pins` is the snapshot of each dataset it may read.

    `fingerprint` is the same for what must have the same answer: canonical SQL, parameters, snapshots, engine.
    `answered_by` is the query whose result this one shows, where the same was asked before.
    """

    class Origin(models.TextChoices):
        WORKBENCH = "workbench"
        NOTEBOOK = "notebook"
        API = "api"

    token = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="queries")
    asked_by = models.CharField(max_length=200)
    origin = models.CharField(max_length=16, choices=Origin)
    saved = models.ForeignKey(SavedVersion, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs")
    sql = models.TextField()
    parameters = models.JSONField(default=list)
    database = models.CharField(max_length=120)
    engine = models.CharField(max_length=32)
    pins = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True)
    answered_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=16)
    outside_id = models.CharField(max_length=200, blank=True)
    submitted_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField()
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_by = models.CharField(max_length=200, blank=True)
    columns = models.JSONField(default=list)
    rows = models.BigIntegerField(null=True, blank=True)
    bytes_upper = models.BigIntegerField()
    bytes_scanned = models.BigIntegerField(default=0)
    cost_upper_usd = models.FloatField()
    cost_usd = models.FloatField(default=0.0)
    is_reused = models.BooleanField(default=False)
    ran_ms = models.BigIntegerField(default=0)
    code = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)
    result_removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["person", "-id"], name="query_of_person"),
            models.Index(fields=["fingerprint", "-id"], name="query_by_fingerprint"),
            models.Index(fields=["id"], name="query_open", condition=Q(ended_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("submitted_at")),
                name="query_ends_after_it_was_submitted",
            )
        ]

    def __str__(self) -> str:
        return self.token
