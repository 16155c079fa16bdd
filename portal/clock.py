"""The one place that reads the clock; everything below a view, a task or a command is given `now`."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone


def now() -> datetime:
    """Will give this moment, in UTC."""
    return timezone.now()  # noqa: TID251 - this is the door


def running_from(start: datetime) -> Callable[[], datetime]:
    """Will give a clock that shows `start` now and goes on from there, whatever is done to the machine's own."""
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)
