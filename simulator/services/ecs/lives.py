"""A life that is written as one text: a generator that yields how long it waits, and can be woken or interrupted."""

import math
from collections.abc import Callable, Generator
from functools import partial

from simulator.world import WORLD

# Yields the seconds, of the account's time, until it goes on by itself; FOREVER waits to be woken.
Course = Generator[float, None, None]
FOREVER = math.inf


class Life:
    """Runs a course on the account's schedule, under its lock."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._turn = 0
        self.is_over = False

    def begin(self) -> "Life":
        """Will run up to the first wait."""
        self._go_on(partial(next, self._course))
        return self

    def wake(self) -> None:
        """Will end the wait that it is in, as soon as what happens now is done."""
        WORLD.after(0, partial(self._continue, self._turn))

    def interrupt(self, error: Exception) -> None:
        """Will raise `error` where the course waits."""
        if not self.is_over:
            self._go_on(partial(self._course.throw, error))

    def cancel(self) -> None:
        """Will end it where it waits, without a word; not for a course that runs."""
        self.is_over = True
        self._course.close()

    def _continue(self, turn: int) -> None:
        # Only the wait that this was planned for ends: one that was cut short is no more.
        if turn == self._turn and not self.is_over:
            self._go_on(partial(next, self._course))

    def _go_on(self, step: Callable[[], float]) -> None:
        self._turn += 1
        try:
            wait_s = step()
        except StopIteration:
            self.is_over = True
            return
        if wait_s != FOREVER:
            WORLD.after(wait_s, partial(self._continue, self._turn))


def until(condition: Callable[[], bool], *, every_s: float = 1.0, at_most_s: float = FOREVER) -> Course:
    """Will wait for `condition`, which the caller asks again, for `at_most_s` of the account's time."""
    began = WORLD.now()
    while not condition() and (WORLD.now() - began).total_seconds() < at_most_s:
        yield every_s
