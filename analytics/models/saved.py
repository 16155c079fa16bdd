"""A query with a name. Each change is another version; what ran is always known."""

from django.conf import settings
from django.db import models


class SavedQuery(models.Model):
    """`slug` names it in its live link, which always runs the newest version."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="saved_queries")
    is_archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title


class SavedVersion(models.Model):
    """Never changed. `parameters` are names, types and first values; `chart` is how its result is drawn, or empty."""

    query = models.ForeignKey(SavedQuery, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    sql = models.TextField()
    parameters = models.JSONField(default=list)
    database = models.CharField(max_length=120)
    chart = models.JSONField(default=dict)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["query", "number"], name="version_number_once_per_query")]

    def __str__(self) -> str:
        return f"{self.query} {self.number}"
