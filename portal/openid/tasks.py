"""What beat asks for."""

from typing import Any

from celery import shared_task
from oauth2_provider.models import clear_expired


@shared_task(ignore_result=True)
def sweep_tokens(**_: Any) -> None:
    """Will forget codes and tokens that are over; a spent refresh token is known until it would have ended."""
    clear_expired()
