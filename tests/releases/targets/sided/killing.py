"""A process that is killed before or after any of its AWS calls."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any


class Killed(BaseException):
    """What no code catches; and once dead, nothing calls any more."""


class Killer:
    """Kills at the `at`-th moment, each call having one before and one after it. `is_dead` says whether it came."""

    def __init__(self, account: Any, services: Sequence[str], at: int) -> None:
        self.left = at
        self.is_dead = False
        self._events = [(service, account.client(service).meta.events) for service in services]

    def __enter__(self) -> "Killer":
        for service, events in self._events:
            events.register(f"before-call.{service}", self._pass)
            events.register(f"after-call.{service}", self._pass)
        return self

    def __exit__(self, *_: object) -> None:
        for service, events in self._events:
            events.unregister(f"before-call.{service}", self._pass)
            events.unregister(f"after-call.{service}", self._pass)

    def _pass(self, **_: Any) -> None:
        self.left -= 1
        if self.is_dead or not self.left:
            self.is_dead = True
            raise Killed


def at_every_moment(account: Any, services: Sequence[str], make: Callable[[], Callable[[], object]], then: Any) -> int:
    """Will kill what `make` made at each of its moments in turn, and do `then`; gives how many there were."""
    at = 0
    while True:
        at += 1
        act = make()
        with Killer(account, services, at) as killer, suppress(Killed):
            act()
        then()
        if not killer.is_dead:
            return at - 1
