"""Kills the process before every statement and around every outside call of a rollout's whole life, one at a time.

Afterwards another process goes on. In the end there must be one right state, nothing started twice, no event lost or
doubled, and traffic where it belongs.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from django.db import connection

from portal.accounts.permissions import Role
from portal.audit import ledger
from portal.audit.models import Event
from releases.models import Deployment, Environment, Rollout
from releases.operations import advance, approvals, rollouts
from releases.operations.refusal import Refused
from releases.rules.observation import Health
from releases.rules.states import State
from releases.targets import memory
from releases.targets.base import Artifact, Ref
from tests import factories
from tests.factories import Clock
from tests.killing import Doomed, Killed

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class MortalTarget(memory.MemoryTarget):
    """The memory target, with a point before and after each call."""

    process: Doomed = field(default_factory=Doomed)

    def start(self, artifact: Artifact, token: str) -> Ref:
        return self.process.around(super().start)(artifact, token)

    def shift(self, ref: Ref, weight: int) -> None:
        self.process.around(super().shift)(ref, weight)

    def finish(self, ref: Ref) -> None:
        self.process.around(super().finish)(ref)

    def abort(self, ref: Ref) -> None:
        self.process.around(super().abort)(ref)

    def clean(self, ref: Ref) -> None:
        self.process.around(super().clean)(ref)


class Life:
    """One rollout, lived by people and processes that may be killed; what was killed is done again by the next one."""

    def __init__(self, at: int) -> None:
        self.clock = Clock()
        self.process = Doomed(at)
        self.environment = factories.environment()
        self.target = MortalTarget(self.environment.slug, process=self.process)
        memory._TARGETS[self.environment.slug] = self.target
        self.developer = factories.actor(Role.DEVELOPER)
        self.approver = factories.actor(Role.APPROVER)
        self.release = factories.release(self.environment.service)

    def do(self, act: Callable[[], object]) -> None:
        """Does it; whoever is killed while doing it is followed by somebody who looks and does it again."""
        try:
            with connection.execute_wrapper(self.process.around_statement):
                act()
        except Killed:
            self.process.be_followed()
            self.clock.turn(60)
            # Refused means that it had been done: the kill came after the commit.
            with suppress(Refused):
                act()

    @property
    def rollout(self) -> Rollout:
        return Rollout.objects.filter(environment=self.environment).latest("id")

    def open(self) -> None:
        if not Rollout.objects.filter(environment=self.environment).exists():
            facts = {"environment_id": self.environment.pk, "release_id": self.release.pk}
            rollouts.open(**facts, by=self.developer, now=self.clock.now())

    def tick(self) -> None:
        advance.settle(self.rollout.pk, clock=self.clock.now)

    def ask(self, verb: Callable[..., object]) -> Callable[[], object]:
        return lambda: verb(rollout_id=self.rollout.pk, by=self.approver, now=self.clock.now())

    def until(self, state: State) -> None:
        for _ in range(60):
            if self.rollout.state == state:
                return
            self.do(self.tick)
            self.clock.turn(5)
        raise AssertionError(f"It never became {state}: it is {self.rollout.state}, {self.rollout.reason_sentence}")


def to_ready(life: Life) -> None:
    life.do(life.open)
    life.until(State.READY)
    life.do(life.ask(approvals.approve))
    life.do(life.ask(rollouts.promote))


def promoted(life: Life) -> None:
    to_ready(life)
    life.until(State.SUCCEEDED)


def rolled_back_while_shifting(life: Life) -> None:
    to_ready(life)
    life.until(State.SHIFTING)
    life.do(life.ask(rollouts.roll_back))
    life.until(State.ROLLED_BACK)


def rolled_back_before_traffic(life: Life) -> None:
    life.target.health_at_start = Health.STARTING
    life.do(life.open)
    life.until(State.DEPLOYING)
    life.do(life.ask(rollouts.roll_back))
    life.until(State.ROLLED_BACK)


def check(life: Life) -> None:
    rollout = life.rollout
    environment = Environment.objects.get(pk=life.environment.pk)
    assert Rollout.objects.filter(environment=environment).count() == 1
    assert Deployment.objects.filter(rollout=rollout).count() <= 1
    assert rollout.requests.filter(settled_at=None).count() == 0
    assert rollout.lease_until is None
    moves = Counter(
        Event.objects.filter(rollout_id=rollout.pk).exclude(to_state="").values_list("from_state", "to_state")
    )
    assert set(moves.values()) == {1}, f"A move stands twice in the ledger: {moves}"
    assert Event.objects.filter(rollout_id=rollout.pk, verb="open").count() == 1
    steps = Event.objects.filter(rollout_id=rollout.pk, verb="step").values_list("sentence", flat=True)
    assert len(steps) == len(set(steps)), "A step stands twice in the ledger."
    if rollout.state == State.SUCCEEDED:
        assert environment.serving_id == rollout.release_id
        assert life.target.blue is not None
        assert life.target.blue.artifact.version == rollout.release.version
    else:
        assert environment.serving_id is None
        assert life.target.other is None, "Green was left behind."
        assert (life.target.asked, life.target.seen) == (0, 0)


@pytest.mark.parametrize("live", [promoted, rolled_back_while_shifting, rolled_back_before_traffic])
def test_a_kill_at_any_point_changes_nothing_in_the_end(live):
    unharmed = Life(at=0)
    live(unharmed)
    check(unharmed)
    story = told(unharmed)
    points = unharmed.process.passed
    assert points > 30
    for at in range(1, points + 1):
        life = Life(at)
        live(life)
        check(life)
        assert told(life) == story, f"Killed at point {at}, the ledger tells another story."
    assert list(ledger.verify()) == []


def told(life: Life) -> list[tuple[str, str, str]]:
    """What the ledger tells of moves and people. Looks differ after a kill, and so does how far time took the plan."""
    rows = Event.objects.filter(rollout_id=life.rollout.pk).exclude(verb__in=["observe", "step"])
    rows = rows.exclude(verb__startswith="call_")
    return list(rows.values_list("verb", "from_state", "to_state"))
