"""People, their roles and their tokens."""

from datetime import datetime
from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from portal.accounts.permissions import Role


class User(AbstractUser):
    """A person who signs in; `time_zone` is the one their pages are shown in."""

    time_zone = models.CharField(max_length=64, default="UTC")

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"

    @property
    def shown_name(self) -> str:
        return self.get_full_name() or self.username

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The granted roles; everybody who can sign in is a viewer."""
        return frozenset({Role.VIEWER, *(Role(grant.role) for grant in self.grants.all())})


class Grant(models.Model):
    """One role of one person."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    granted_at = models.DateTimeField(auto_now_add=True)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="grant_once_per_user_and_role")]


class Token(models.Model):
    """A machine's way in, for its owner. Only the SHA-256 of the secret is kept; the secret is shown once."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("made_at")), name="token_expires_after_it_is_made"
            )
        ]

    def is_valid(self, *, now: datetime) -> bool:
        return self.withdrawn_at is None and now < self.expires_at and self.owner.is_active
