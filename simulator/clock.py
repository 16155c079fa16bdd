"""The account's time, which a test can turn, and what is due at which moment of it."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

Action = Callable[[], None]


@dataclass
class Clock:
    """Runs `speed` times as fast as the machine's, from wherever it was set.

    While the schedule catches up, the time is that of the action that is due, so causes come before effects.
    """

    speed: float = 1.0
    _set_at: datetime = field(default_factory=lambda: datetime.now(UTC))  # noqa: TID251 - the one real clock
    _was: datetime = field(default_factory=lambda: datetime.now(UTC))  # noqa: TID251 - the one real clock
    _held: datetime | None = None

    def now(self) -> datetime:
        """Will give the account's time."""
        if self._held is not None:
            return self._held
        return self._was + (datetime.now(UTC) - self._set_at) * self.speed  # noqa: TID251 - the one real clock

    def advance(self, by: timedelta) -> None:
        """Will turn the clock forward."""
        self._was, self._set_at = self.now() + by, datetime.now(UTC)  # noqa: TID251 - the one real clock

    def run_at(self, speed: float) -> None:
        """Will go on from now at `speed` times the machine's pace; 0 stops it."""
        self.advance(timedelta(0))
        self.speed = speed

    def hold(self, moment: datetime | None) -> None:
        """Will make `now` say `moment` until it is let go with None."""
        self._held = moment


@dataclass
class Schedule:
    """What happens later, in order of time and then of planning."""

    clock: Clock
    _due: list[tuple[datetime, int, Action]] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)

    def after(self, seconds: float, action: Action) -> None:
        """Will do `action` once, `seconds` of the account's time from now."""
        heapq.heappush(self._due, (self.clock.now() + timedelta(seconds=seconds), next(self._numbers), action))

    def run_due(self) -> None:
        """Will do everything that is due by now, each at its own moment, also what that makes due."""
        until = self.clock.now()
        try:
            while self._due and self._due[0][0] <= until:
                moment, _, action = heapq.heappop(self._due)
                self.clock.hold(moment)
                action()
        finally:
            self.clock.hold(None)

    def next_in(self) -> float | None:
        """Will say how many seconds of the account's time it is to what comes next; None when nothing is planned."""
        return (self._due[0][0] - self.clock.now()).total_seconds() if self._due else None

    def clear(self) -> None:
        """Will forget everything planned."""
        self._due.clear()
