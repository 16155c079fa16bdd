"""What a look at a target is answered serves the moves that follow from it, and nobody else's."""

import pytest

from portal.accounts.permissions import Role
from releases.models import Rollout
from releases.operations import advance
from releases.operations.advance import machine
from releases.rules.plan import Plan, Step
from releases.rules.states import State
from releases.targets import registry
from releases.targets.codedeploy import config
from releases.targets.codedeploy.target import CodeDeploy
from tests import factories
from tests.account import AccountClock
from tests.contracts.codedeploy import CodeDeployRig
from tests.releases.operations.conftest import Place


@pytest.fixture
def rig(account):
    return CodeDeployRig(account)


@pytest.fixture
def place(db, rig, monkeypatch):
    """A rollout whose green has just come up, which nobody has seen yet."""

    def make(name, value):
        return CodeDeploy(config.read(name, value), rig.account.client, rig.account.world.now)

    monkeypatch.setattr(registry, "MAKERS", {**registry.MAKERS, "codedeploy": make})
    plan = Plan((Step(100, is_analysed=False),))
    environment = factories.environment(plan, target="codedeploy", target_config=rig.stage.target_config)
    roles = (Role.DEVELOPER, Role.APPROVER, Role.OPERATOR)
    place = Place(environment, AccountClock(rig.account), *(factories.actor(role) for role in roles))
    place.open(factories.release(environment.service, "1.1.0", artifact=rig.stage.ground.image("1.1.0")))
    place.settle()
    rig.account.advance(minutes=2)
    rig.account.world.journal.clear()
    return place


def calls(place, operation):
    return len(place.clock.account.calls(operation))


def test_a_look_what_is_foreseen_and_the_next_look_ask_the_same_once(place):
    assert place.settle().state == State.READY
    assert place.rollout.deployment.foresight.calls
    asked = ("GetDeployment", "BatchGetDeploymentTargets", "GetDeploymentGroup")
    assert [calls(place, f"codedeploy:{name}") for name in asked] == [1, 1, 1]


@pytest.mark.parametrize(("turns", "looks"), [(0, 1), (1, 2)])
def test_who_comes_after_somebody_else_asks_anew(place, turns, looks):
    def clock():
        # Between the two looks of this settle, another process has held the lease.
        Rollout.objects.filter(state=State.READY).update(lease_token=place.rollout.lease_token + turns)
        return place.now()

    advance.settle(place.rollout.pk, clock=clock)
    assert calls(place, "codedeploy:GetDeployment") == looks


def test_a_look_by_itself_follows_nobody(place):
    for _ in range(2):
        machine.advance(place.rollout.pk, now=place.now())
    assert calls(place, "codedeploy:GetDeployment") == 2
