"""Kills the process before and after the calls to ECS that do something; then another process goes on."""

import pytest

from portal.accounts.permissions import Role
from releases.operations import rollouts
from releases.rules.plan import Plan, Step
from releases.rules.policy import Policy
from releases.rules.states import State
from releases.targets import registry
from releases.targets.ecs import config
from releases.targets.ecs.target import Ecs
from tests import factories
from tests.account import AccountClock
from tests.contracts.ecs import EcsRig
from tests.killing import Killed, Killer, drive
from tests.releases.operations.conftest import Place

PLAN = Plan((Step(10, is_analysed=False), Step(100, is_analysed=False)), bake_s=30)
POLICY = Policy(opens_by_itself=False, deploy_limit_s=900, rollback_limit_s=900)
CANARY = {"strategy": "CANARY", "step_percent": 10}
PROMOTED = [
    *(("RegisterTaskDefinition", 1), ("UpdateService", 1)),
    *(("ContinueServiceDeployment", 1), ("ContinueServiceDeployment", 2), ("ContinueServiceDeployment", 3)),
]


@pytest.fixture
def rig(account):
    return EcsRig(account, **CANARY)


@pytest.fixture
def killer():
    return Killer()


@pytest.fixture
def place(db, rig, killer, monkeypatch):
    def client(service, *, may_repeat=True):
        return killer.watch(rig.account.client(service, may_repeat=may_repeat))

    # The registry takes its clients from the process. Here they are watched, and anew after each death.
    def make(name, value):
        return Ecs(config.read(name, value), client, rig.account.world.now)

    monkeypatch.setattr(registry, "MAKERS", {**registry.MAKERS, "ecs": make})
    given = {**rig.stage.target_config, **CANARY}
    environment = factories.environment(PLAN, POLICY, target="ecs", target_config=given)
    roles = (Role.DEVELOPER, Role.APPROVER, Role.OPERATOR)
    return Place(environment, AccountClock(rig.account), *(factories.actor(role) for role in roles))


def begin(place, rig):
    image = rig.stage.ground.image("1.1.0")
    place.open(factories.release(place.environment.service, "1.1.0", artifact=image))


@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("call", PROMOTED, ids=str)
def test_a_promotion_survives(place, rig, killer, call, is_before):
    (killer.operation, killer.at), killer.is_before = call, is_before
    begin(place, rig)
    drive(place, rig.account, State.SUCCEEDED)
    assert killer.has_killed
    assert rig.ask("ada") == "1.1.0"
    assert (rig.effects("UpdateService"), rig.effects("ContinueServiceDeployment")) == (1, 3)
    assert rig.effects("RegisterTaskDefinition") == 1


@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
def test_a_rollback_survives(place, rig, killer, is_before):
    begin(place, rig)
    drive(place, rig.account, State.BAKING)
    killer.operation, killer.at, killer.is_before = "StopServiceDeployment", 1, is_before
    try:
        place.act(rollouts.roll_back)
    except Killed:
        place.environment.rollouts.update(lease_until=None)
    drive(place, rig.account, State.ROLLED_BACK)
    assert killer.has_killed
    rig.until(lambda: rig.ask("ada") == "1.0.0")
    assert (rig.effects("UpdateService"), rig.effects("StopServiceDeployment")) == (1, 1)
