"""Notebooks run by the portal: each run, what starts them by itself, and the links by which they are shared."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Schedule(models.Model):
    """What runs a notebook again and again: every so many hours, or whenever a snapshot of `dataset` is promoted.

    `seen` is the revision that served when it was last looked at; `ended_at` is when somebody stopped it.
    """

    notebook = models.CharField(max_length=200)
    parameters = models.JSONField(default=dict)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    every_h = models.PositiveIntegerField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    dataset = models.CharField(max_length=120, blank=True)
    seen = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(every_h=None, next_at=None) ^ Q(dataset=""), name="schedule_is_by_time_or_by_promotion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.notebook} {f'every {self.every_h} h' if self.every_h else f'with each {self.dataset}'}"


class Run(models.Model):
    """One execution. `source` is the notebook as it was, without outputs; its executed copy lies under `token`.

    `snapshots` are those that served when it began, dataset -> revision. `cell` is the number of the one that failed,
    from 1.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", "Waits"
        RUNNING = "RUNNING", "Runs"
        SUCCEEDED = "SUCCEEDED", "Done"
        FAILED = "FAILED", "Failed"
        CANCELLED = "CANCELLED", "Cancelled"

    class Cause(models.TextChoices):
        PERSON = "person", "asked for"
        SCHEDULE = "schedule", "by its schedule"
        PROMOTION = "promotion", "a snapshot was promoted"

    OPEN: ClassVar = (State.QUEUED, State.RUNNING)

    token = models.CharField(max_length=40, unique=True)
    notebook = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    source = models.TextField()
    digest = models.CharField(max_length=64)
    parameters = models.JSONField(default=dict)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    cause = models.CharField(max_length=16, choices=Cause)
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, null=True, blank=True, related_name="runs")
    state = models.CharField(max_length=16, choices=State)
    tries = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_by = models.CharField(max_length=200, blank=True)
    snapshots = models.JSONField(default=dict)
    engine = models.CharField(max_length=32, blank=True)
    commit = models.CharField(max_length=64, blank=True)
    cell = models.PositiveIntegerField(null=True, blank=True)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], name="run_open", condition=Q(ended_at=None))]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("asked_at")), name="run_ends_after_it_was_asked"
            )
        ]

    def __str__(self) -> str:
        return self.token

    @property
    def duration_s(self) -> float | None:
        """How long it ran, in seconds; None before its end."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at and self.started_at else None


class Share(models.Model):
    """A link to a run's page for whoever holds it, until it expires or is withdrawn."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="shares")
    shared_at = models.DateTimeField()
    shared_by = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.run_id} until {self.expires_at}"

    def is_open(self, *, now: datetime) -> bool:
        """Whether the link still leads to the page."""
        return self.withdrawn_at is None and now < self.expires_at
