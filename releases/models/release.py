"""An immutable, digested thing that may be deployed."""

from django.conf import settings
from django.db import models

from releases.models.service import Service


class Release(models.Model):
    """Never changed after it was recorded. `digest` covers commit, artifact and configuration (rules.digests)."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="releases")
    version = models.CharField(max_length=64)
    digest = models.CharField(max_length=71)
    commit = models.CharField(max_length=40, blank=True)
    artifact = models.CharField(max_length=500, blank=True)
    configuration = models.JSONField(default=dict)
    changelog = models.TextField(blank=True)
    author_name = models.CharField(max_length=200)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="releases"
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["service", "version"], name="release_version_once_per_service")]
        indexes = [models.Index(fields=["service", "-id"], name="release_of_service")]

    def __str__(self) -> str:
        return self.version


class Commit(models.Model):
    """One commit that a release brings beyond the release recorded before it; newest first by position."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="commits")
    position = models.PositiveIntegerField()
    sha = models.CharField(max_length=40)
    author = models.CharField(max_length=200)
    subject = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["release", "position"], name="commit_position_once_per_release")]


class IdempotencyKey(models.Model):
    """A build's own name for one recording, so that saying it twice records once."""

    key = models.CharField(max_length=200)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    request_digest = models.CharField(max_length=64)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once_per_owner")]
