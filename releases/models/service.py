"""What is released: an application or a dataset."""

from django.db import models


class Service(models.Model):
    """`repository` is the path or address of the git repository its releases are commits of; empty for datasets."""

    class Kind(models.TextChoices):
        APPLICATION = "application"
        DATASET = "dataset"

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.APPLICATION)
    description = models.TextField(blank=True)
    repository = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
