"""Freezes: those that hold or come, and those that are over."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from releases.models import Freeze
from releases.rules import freezes

PAGE = 25
MOST_CURRENT = 200


@dataclass(frozen=True)
class Line:
    """One freeze. `until` is when it stops holding, None while it does not hold now."""

    freeze: Freeze
    until: datetime | None

    @property
    def starts(self) -> str:
        return self.freeze.starts.replace("T", " ")

    @property
    def ends(self) -> str:
        return self.freeze.ends.replace("T", " ")

    @property
    def days(self) -> str:
        """Will say a weekly window by its days: Fri 18:00 to Mon 08:00."""
        window = self.freeze.window
        return f"{window.starts:%a %H:%M} to {window.ends:%a %H:%M}"


def read(*, now: datetime, before: int | None = None) -> tuple[list[Line], list[Line], int | None]:
    """Will give the freezes that hold or may come, a page of those that are over, and the id to go on before."""
    rows = Freeze.objects.select_related("environment__service")
    kept = [Line(row, _until(row, now)) for row in rows.filter(lifted_at=None)[:MOST_CURRENT]]
    current = [line for line in kept if line.until or line.freeze.is_weekly or _comes(line.freeze, now)]
    older = rows.exclude(pk__in=[line.freeze.pk for line in current])
    if before is not None:
        older = older.filter(pk__lt=before)
    past = list(older[: PAGE + 1])
    go_on = past[PAGE - 1].pk if len(past) > PAGE else None
    return sorted(current, key=lambda line: line.until is None), [Line(row, None) for row in past[:PAGE]], go_on


def _until(freeze: Freeze, now: datetime) -> datetime | None:
    return freezes.frozen_until(freeze.window, now=now)


def _comes(freeze: Freeze, now: datetime) -> bool:
    window = freeze.window
    return window.starts.replace(tzinfo=ZoneInfo(window.time_zone)) > now
