"""The one place that reads the clock; everything below a view, a task or a command is given `now`."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """Will give this moment, in UTC."""
    return timezone.now()  # noqa: TID251 - this is the door
