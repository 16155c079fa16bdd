"""What all services share: the clock, the schedule, the faults, the journal, and one lock."""

import threading
from datetime import datetime, timedelta

from simulator.clock import Action, Clock, Schedule
from simulator.faults import Faults
from simulator.journal import Journal


class World:
    """One simulated account's surroundings; there is one per process, as there is one moto."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.schedule = Schedule(self.clock)
        self.faults = Faults()
        self.journal = Journal()
        self.lock = threading.RLock()
        self.address = ""
        self.violations: list[str] = []
        self._resets: list[Action] = []
        self._outside: set[threading.Thread] = set()

    def now(self) -> datetime:
        """Will give the account's time."""
        return self.clock.now()

    def after(self, seconds: float, action: Action) -> None:
        """Will do `action`, under the lock, `seconds` of the account's time from now."""
        self.schedule.after(seconds, action)

    def outside(self, action: Action) -> None:
        """Will do `action` on a thread of its own, without the lock: it calls back into the account."""
        thread = threading.Thread(target=action, daemon=True)
        self._outside.add(thread)
        thread.start()

    def on_reset(self, action: Action) -> Action:
        """Will do `action` whenever the account is emptied; a decorator for each service's own store."""
        self._resets.append(action)
        return action

    def catch_up(self) -> None:
        """Will do what is due by now."""
        with self.lock:
            self.schedule.run_due()

    def advance(self, by: timedelta) -> None:
        """Will turn the clock, do what became due, and wait, each time, for what that started outside."""
        self.settle()
        until = self.now() + by
        while (wait_s := self.schedule.next_in()) is not None and self.now() + timedelta(seconds=wait_s) <= until:
            self._turn(timedelta(seconds=max(wait_s, 0)))
        self._turn(max(until - self.now(), timedelta(0)))

    def _turn(self, by: timedelta) -> None:
        with self.lock:
            self.clock.advance(by)
        self.catch_up()
        self.settle()

    def settle(self) -> None:
        """Will wait until nothing runs outside any more, such as a Lambda that a deployment called."""
        while self._outside:
            thread = self._outside.pop()
            thread.join(timeout=60)
            self.catch_up()

    def reset(self) -> None:
        """Will empty the account: moto's stores, the services' own, the schedule, faults, journal; time goes on."""
        self.settle()
        with self.lock:
            self.schedule.clear()
            self.faults.clear()
            self.journal.clear()
            self.violations.clear()
            self.clock.run_at(1.0)
            for action in self._resets:
                action()


WORLD = World()
