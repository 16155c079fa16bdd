"""Kills a process around its calls to AWS, and lets another go on."""

from collections import Counter
from dataclasses import dataclass, field

from portal import aws
from releases.operations import approvals, rollouts
from releases.rules.states import State


class Killed(BaseException):
    """The process is gone."""


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
    for _ in range(0, until, 5):
        rollout = settle(place)
        if rollout.state == State.READY and not rollout.approvals.exists():
            place.act(approvals.approve)
            place.act(rollouts.promote)
        if rollout.state == wanted:
            return rollout
        account.advance(seconds=5)
    raise AssertionError(f"never {wanted}: {place.rollout.state} {place.rollout.reason_sentence}")
