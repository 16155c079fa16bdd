"""Where a dataset's revisions come from, what came of each, and the export jobs that AWS forgets."""

from django.db import models
from django.db.models import Q

from analytics.rules import addresses


class FollowedSource(models.Model):
    """A source that feeds a dataset. `addresses` name its files in the form's order; `due_at` is its next look.

    `trouble` is what the last look failed on, "" where it didn't.
    """

    dataset = models.CharField(max_length=64)
    form = models.CharField(max_length=32)
    addresses = models.JSONField(default=list)
    followed_at = models.DateTimeField()
    followed_by = models.CharField(max_length=200)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)
    trouble = models.TextField(blank=True)

    class Meta:
        ordering = ["dataset", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["form", "addresses"], condition=Q(stopped_at=None), name="source_followed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.dataset} from {self.shown}"

    @property
    def shown(self) -> str:
        """Its first address without what is secret in it, and how many more there are."""
        more = len(self.addresses) - 1
        first = addresses.shown(self.addresses[0])
        return f"{first} and {more} more" if more else first


class SourceRevision(models.Model):
    """A revision that was seen at a source, under the source's own name for it, and what came of it.

    `snapshot` is the one that it became. `problems` are the first mistakes in it: line, column, what. A waiting one is
    tried again at `due_at`; a failed one only when somebody asks.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        COMING = "coming"
        CAME = "came"
        FAILED = "failed"
        PASSED = "passed"
        REVOKED = "revoked"

    source = models.ForeignKey(FollowedSource, on_delete=models.CASCADE, related_name="revisions")
    outside_id = models.CharField(max_length=200)
    published_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(blank=True)
    seen_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State)
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    stage = models.CharField(max_length=32, blank=True)
    done_bytes = models.BigIntegerField(default=0)
    total_bytes = models.BigIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    message = models.TextField(blank=True)
    problems = models.JSONField(default=list)
    snapshot = models.CharField(max_length=64, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["source", "outside_id"], name="revision_seen_once")]

    def __str__(self) -> str:
        return self.outside_id

    @property
    def percent(self) -> int | None:
        """How far the stage is, where that is known."""
        return 100 * self.done_bytes // self.total_bytes if self.total_bytes else None


class ExportJob(models.Model):
    """A job of Data Exchange that we made. AWS forgets it; this row doesn't. `state` is how it ended."""

    data_set = models.CharField(max_length=64)
    revision = models.CharField(max_length=64)
    job_id = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["data_set", "revision"], condition=Q(ended_at=None), name="one_export_of_a_revision_runs"
            )
        ]

    def __str__(self) -> str:
        return self.job_id
