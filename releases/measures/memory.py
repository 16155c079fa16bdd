"""Numbers that a test sets."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from releases.measures.base import MeasureError, Numbers, Slot
from releases.rules.verdict import Reading


@dataclass
class MemoryMeasure:
    """Holds running totals and the alarms that ring; `trouble` makes every read fail with that sentence."""

    totals: dict[Slot, tuple[int, int, float | None]] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()
    trouble: str = ""
    every_s: float = 0.9

    def add(self, slot: Slot, *, requests: int, errors: int = 0, response_ms: float | None = None) -> None:
        """Will count more answers of one slot."""
        before = self.totals.get(slot, (0, 0, None))
        self.totals[slot] = (before[0] + requests, before[1] + errors, response_ms)

    def read(self, *, now: datetime) -> Numbers:
        """Will give the totals and the alarms.

        Raises MeasureError when `trouble` is set.
        """
        if self.trouble:
            raise MeasureError(self.trouble)
        return Numbers({slot: Reading(now, *totals) for slot, totals in self.totals.items()}, self.alarms)


_MEASURES: dict[str, MemoryMeasure] = {}
_MEASURES_LOCK = threading.Lock()


def named(name: str) -> MemoryMeasure:
    """Will give this process's measure of that name, the same each time."""
    with _MEASURES_LOCK:
        return _MEASURES.setdefault(name, MemoryMeasure())


def forget_all() -> None:
    """Will drop every measure, as at the end of a test."""
    with _MEASURES_LOCK:
        _MEASURES.clear()
