"""What the catalogues said of their tables when they were last asked, so that a search asks none of them."""

from django.db import models


class CatalogueTable(models.Model):
    """A table as `catalog` knew it at `seen_at`; what it did not know is null or empty.

    `words` is what a search looks through, in lower case: the names and the comments of the table and its columns.
    """

    catalog = models.CharField(max_length=32)
    database = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    comment = models.TextField(blank=True)
    columns = models.JSONField(default=list)
    words = models.TextField()
    location = models.TextField(blank=True)
    format = models.CharField(max_length=120, blank=True)
    rows = models.BigIntegerField(null=True, blank=True)
    size_bytes = models.BigIntegerField(null=True, blank=True)
    partition_count = models.BigIntegerField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    last_date = models.DateField(null=True, blank=True)
    snapshot = models.CharField(max_length=64, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["database", "name", "catalog"]
        constraints = [
            models.UniqueConstraint(fields=["catalog", "database", "name"], name="catalogue_table_once"),
        ]

    def __str__(self) -> str:
        return f"{self.database}.{self.name}"
