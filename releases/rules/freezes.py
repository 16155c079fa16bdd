"""When an environment is frozen. Freezes stop promotions and never rollbacks."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Window:
    """A stretch of wall-clock time in `time_zone`, once or every week; `starts` and `ends` carry no zone themselves."""

    starts: datetime
    ends: datetime
    time_zone: str
    is_weekly: bool = False


def frozen_until(window: Window, *, now: datetime) -> datetime | None:
    """Will give the end (UTC) of the freeze that holds at `now`, or None when there is none.

    Weekly windows are laid out in wall-clock time, so a freeze that ends at 08:00 does so on both sides of a
    change of daylight saving time.
    """
    zone = ZoneInfo(window.time_zone)
    starts, ends = window.starts, window.ends
    if window.is_weekly:
        weeks = max((now.astimezone(zone).replace(tzinfo=None) - starts) // WEEK, 0)
        starts, ends = starts + weeks * WEEK, ends + weeks * WEEK
    begin = starts.replace(tzinfo=zone).astimezone(UTC)
    end = ends.replace(tzinfo=zone).astimezone(UTC)
    return end if begin <= now < end else None


def wall_clock(text: str) -> datetime:
    """Will read a wall-clock time such as 2026-12-24T18:00, which belongs to no zone until a window gives it one.

    Raises ValueError for anything else.
    """
    return datetime.strptime(text, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - it has no zone, on purpose
