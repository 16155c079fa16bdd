"""Spans of time, as calls ask for them."""

from datetime import UTC, datetime


def is_within(moment: datetime, start: datetime | None, end: datetime | None) -> bool:
    """Will say whether `moment` lies from `start` to `end`; the wire's times have no zone and are UTC."""
    return (start is None or _aware(start) <= moment) and (end is None or moment <= _aware(end))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
