"""What somebody published from a notebook: a figure, or a question with its first rows."""

from django.conf import settings
from django.db import models


class Page(models.Model):
    """A page of the portal. `figure` is Plotly's JSON; `rows` the first ones, as columns and data.

    `key` is the caller's Idempotency-Key: the same one makes one page.
    """

    token = models.CharField(max_length=40, unique=True)
    key = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)
    figure = models.JSONField(null=True, blank=True)
    query = models.CharField(max_length=40, blank=True)
    sql = models.TextField(blank=True)
    rows = models.JSONField(default=dict)
    snapshots = models.JSONField(default=dict)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="page_once_per_key")]

    def __str__(self) -> str:
        return self.title
