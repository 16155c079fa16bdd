"""What ends with a password: a new one ends everything that was given out under the old one, as it ends sessions."""

from collections.abc import Iterable
from typing import Any

from django.db.models.signals import pre_save
from django.dispatch import receiver
from oauth2_provider.models import AccessToken, Grant, RefreshToken

from portal.accounts.models import User


@receiver(pre_save, sender=User)
def end_with_the_password(instance: User, update_fields: Iterable[str] | None, **_: Any) -> None:
    """Will remove the person's codes and tokens where another password is about to be saved."""
    if update_fields is not None and "password" not in update_fields:
        return
    if User.objects.filter(pk=instance.pk).exclude(password=instance.password).exists():
        for given in (Grant, AccessToken, RefreshToken):
            given.objects.filter(user=instance).delete()
