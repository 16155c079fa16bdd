"""Kills a process around what it does outside itself, and lets another go on."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from portal import aws
from releases.operations import approvals, rollouts
from releases.rules.states import State

# Each wait of these plans is 30 s or longer: looks at half of that miss no state, and a walk has few of them.
LOOK_S = 15


class Killed(BaseException):
    """The process is gone; no code catches this."""


@dataclass
class Doomed:
    """A process that dies at the point with the number `at`, counted from 1; at 0 it lives on.

    Once it is dead nothing of it runs any more, its `finally` blocks neither: at every point it dies again.
    """

    at: int = 0
    passed: int = 0
    is_dead: bool = False

    def point(self, **_: Any) -> None:
        """Will pass a point of its life, or die there. Raises Killed."""
        if self.is_dead:
            raise Killed
        self.passed += 1
        if self.passed == self.at:
            self.is_dead = True
            raise Killed

    def be_followed(self) -> None:
        """Will let another process go on, which lives."""
        self.is_dead, self.at = False, 0

    def around_statement(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        """Will be a wrapper of Django's connection, with a point before each write.

        Dying before a read is dying before the write that follows it. What Django does to undo a transaction is what a
        database does by itself when its client dies.
        """
        if self.is_dead and not sql.startswith("ROLLBACK"):
            raise Killed
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            self.point()
        return execute(sql, params, many, context)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Will give the call with a point before and after it."""

        def mortal(*arguments: Any, **more: Any) -> Any:
            self.point()
            answer = call(*arguments, **more)
            self.point()
            return answer

        return mortal

    @contextmanager
    def around_calls(self, clients: Callable[[str], Any], services: Sequence[str]) -> Iterator[None]:
        """Will have a point before and after each call of the services' clients."""
        events = [(service, clients(service).meta.events) for service in services]
        for service, emitter in events:
            emitter.register(f"before-call.{service}", self.point)
            emitter.register(f"after-call.{service}", self.point)
        try:
            yield
        finally:
            for service, emitter in events:
                emitter.unregister(f"before-call.{service}", self.point)
                emitter.unregister(f"after-call.{service}", self.point)


def at_every_point(
    clients: Callable[[str], Any], services: Sequence[str], make: Callable[[], Callable[[], object]], then: Any
) -> int:
    """Will kill what `make` made at each of its calls' points in turn, and do `then`; gives how many there were."""
    at = 0
    while True:
        at += 1
        act, doomed = make(), Doomed(at)
        with doomed.around_calls(clients, services), suppress(Killed):
            act()
        then()
        if not doomed.is_dead:
            return at - 1


@dataclass
class Killer:
    """Kills before or after the call of `operation` with the number `at`, once."""

    operation: str = ""
    at: int = 0
    is_before: bool = True
    calls: Counter[str] = field(default_factory=Counter)
    has_killed: bool = False
    watched: set[int] = field(default_factory=set)

    def watch(self, client):
        if id(client) not in self.watched:
            self.watched.add(id(client))
            client.meta.events.register("before-send", self.before)
            client.meta.events.register("after-call", self.after)
        return client

    def before(self, event_name, **_):
        name = event_name.rpartition(".")[2]
        self.calls[name] += 1
        self._kill(name, is_before=True)

    def after(self, model, **_):
        self._kill(model.name, is_before=False)

    def _kill(self, name, *, is_before):
        is_it = (name, self.calls[name], is_before) == (self.operation, self.at, self.is_before)
        if is_it and not self.has_killed:
            self.has_killed = True
            raise Killed


def settle(place):
    """Will let a process go on, and another where that one was killed once its lease has run out."""
    try:
        return place.settle()
    except Killed:
        aws.forget_all()
        place.environment.rollouts.update(lease_until=None)
        return place.rollout


def drive(place, account, wanted, *, until=1500):
    """Will let processes go on, and people approve, until the rollout is where it is wanted."""
    for _ in range(0, until, LOOK_S):
        rollout = settle(place)
        if rollout.state == State.READY and not rollout.approvals.exists():
            place.act(approvals.approve)
            place.act(rollouts.promote)
        if rollout.state == wanted:
            return rollout
        account.advance(seconds=LOOK_S)
    raise AssertionError(f"never {wanted}: {place.rollout.state} {place.rollout.reason_sentence}")
