"""What was deployed to an environment without the portal, and when that was last looked for."""

from django.db import models

from releases.models.environment import Environment
from releases.models.release import Release
from releases.rules.pipelines import outside
from releases.rules.pipelines.outside import Begun


class Watch(models.Model):
    """Who looks for deployments of an environment, and when: `due_at` asks for a look from then on.

    While `look_until` is not over, somebody looks. What began before `followed_since` is not looked for.
    """

    environment = models.OneToOneField(Environment, on_delete=models.CASCADE, related_name="watch")
    followed_since = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    look_until = models.DateTimeField(null=True, blank=True)
    trouble = models.TextField(blank=True)


class OutsideDeployment(models.Model):
    """One deployment that nobody began in the portal. `has_recorded` says that the release was recorded of it.

    `note` says why no release is known.
    """

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="outside_deployments")
    outside_id = models.CharField(max_length=300)
    status = models.CharField(max_length=20)
    definition = models.CharField(max_length=300, blank=True)
    image = models.CharField(max_length=71, blank=True)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    has_succeeded = models.BooleanField(default=False)
    release = models.ForeignKey(
        Release, on_delete=models.SET_NULL, null=True, blank=True, related_name="outside_deployments"
    )
    has_recorded = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    seen_at = models.DateTimeField()
    # Nothing more is to be learned of it: it is not asked about again.
    is_settled = models.BooleanField(default=False)

    class Meta:
        ordering = ["-begun_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "outside_id"], name="outside_deployment_once"),
        ]

    @property
    def sentence(self) -> str:
        begun = Begun(
            self.outside_id,
            self.status,
            self.begun_at,
            self.definition,
            ended_at=self.ended_at,
            has_succeeded=self.has_succeeded,
        )
        version = self.release.version if self.release else ""
        return outside.told(begun, version=version, why_unknown=self.note or "its release is looked for")
