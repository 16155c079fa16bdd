"""One service with something serving, its people, and a clock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from portal.accounts.actors import Actor
from portal.accounts.permissions import Role
from releases.models import Environment, Release, Rollout
from releases.operations import advance, approvals, rollouts
from releases.rules.states import State
from releases.targets import memory
from tests import factories
from tests.factories import Clock


@dataclass
class Place:
    """An environment on the memory target and everybody around it."""

    environment: Environment
    clock: Clock
    developer: Actor
    approver: Actor
    operator: Actor

    @property
    def target(self) -> memory.MemoryTarget:
        return memory.named(self.environment.slug)

    @property
    def rollout(self) -> Rollout:
        return self.environment.rollouts.latest("id")

    def now(self) -> Any:
        return self.clock.now()

    def open(self, release: Release | None = None) -> Rollout:
        chosen = release or factories.release(self.environment.service)
        facts = {"environment_id": self.environment.pk, "release_id": chosen.pk}
        return rollouts.open(**facts, by=self.developer, now=self.now())

    def act(self, verb: Callable[..., Any], by: Actor | None = None, **facts: Any) -> Any:
        return verb(rollout_id=self.rollout.pk, by=by or self.approver, now=self.now(), **facts)

    def settle(self) -> Rollout:
        advance.settle(self.rollout.pk, clock=self.clock.now)
        return self.rollout

    def to(self, state: State, release: Release | None = None) -> Rollout:
        if not self.environment.rollouts.filter(ended_at=None).exists():
            self.open(release)
        for _ in range(60):
            if self.settle().state == state:
                return self.rollout
            if self.rollout.state == State.READY:
                self.act(approvals.approve)
                self.act(rollouts.promote)
            else:
                self.clock.turn(6)
        raise AssertionError(f"never {state}: {self.rollout.state} {self.rollout.reason_sentence}")


@pytest.fixture
def place(db: None) -> Place:
    roles = (Role.DEVELOPER, Role.APPROVER, Role.OPERATOR)
    return Place(factories.environment(), Clock(), *(factories.actor(role) for role in roles))
