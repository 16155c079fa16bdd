"""Kills the process before and after calls to AWS, through whole rollouts on CodeDeploy; then another process goes on.

One right end, and no effect on AWS twice: that is counted in what the account was really asked.
"""

import pytest

from portal.accounts.permissions import Role
from releases.operations import rollouts
from releases.rules.plan import Plan, Step
from releases.rules.policy import Policy
from releases.rules.states import State
from releases.targets import registry
from releases.targets.codedeploy import config
from releases.targets.codedeploy.target import CodeDeploy
from tests import factories
from tests.account import AccountClock
from tests.contracts.codedeploy import CodeDeployRig
from tests.killing import Killed, Killer, drive
from tests.releases.operations.conftest import Place

PLAN = Plan((Step(100, is_analysed=False),), bake_s=30)
POLICY = Policy(opens_by_itself=False, deploy_limit_s=900, rollback_limit_s=900)
EFFECTS = {
    "ecs:RegisterTaskDefinition": 1,
    "codedeploy:CreateDeployment": 1,
    "codedeploy:ContinueDeployment": 2,
    "codedeploy:StopDeployment": 0,
}
# One kill around each call that does something, and around the looks that come before and after them.
PROMOTED = [
    *(("RegisterTaskDefinition", 1), ("CreateDeployment", 1), ("ContinueDeployment", 1), ("ContinueDeployment", 2)),
    *(("ListDeployments", 1), ("GetDeployment", 1), ("BatchGetDeploymentTargets", 1), ("DescribeServices", 1)),
    *(("DescribeTaskDefinition", 1), ("GetDeployment", 5)),
]
# Counted from the click.
ROLLED_BACK = [
    *(("StopDeployment", 1), ("GetDeployment", 1), ("GetDeployment", 2), ("ListDeployments", 1)),
    *(("DescribeListeners", 1), ("DescribeServices", 2)),
]


@pytest.fixture
def rig(account):
    return CodeDeployRig(account)


@pytest.fixture
def killer():
    return Killer()


@pytest.fixture
def place(db, rig, killer, monkeypatch):
    def client(service, *, may_repeat=True):
        return killer.watch(rig.account.client(service, may_repeat=may_repeat))

    def make(name, value):
        return CodeDeploy(config.read(name, value), client, rig.account.world.now)

    # The registry takes its clock and its clients from the process. Here the clock is the account's, which is turned,
    # and the clients are watched anew after each death.
    monkeypatch.setattr(registry, "MAKERS", {**registry.MAKERS, "codedeploy": make})
    environment = factories.environment(PLAN, POLICY, target="codedeploy", target_config=rig.stage.target_config)
    roles = (Role.DEVELOPER, Role.APPROVER, Role.OPERATOR)
    return Place(environment, AccountClock(rig.account), *(factories.actor(role) for role in roles))


def begin(place, rig):
    image = rig.stage.ground.image("1.1.0")
    place.open(factories.release(place.environment.service, "1.1.0", artifact=image))


def effects(rig):
    return {name: rig.effects(name) for name in EFFECTS}


@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("call", PROMOTED, ids=str)
def test_a_promotion_survives(place, rig, killer, call, is_before):
    (killer.operation, killer.at), killer.is_before = call, is_before
    begin(place, rig)
    drive(place, rig.account, State.SUCCEEDED)
    assert killer.has_killed
    assert rig.serving() == "1.1.0"
    assert effects(rig) == EFFECTS


@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("call", ROLLED_BACK, ids=str)
def test_a_rollback_survives(place, rig, killer, call, is_before):
    begin(place, rig)
    drive(place, rig.account, State.BAKING)
    operation, later = call
    killer.operation, killer.at, killer.is_before = operation, killer.calls[operation] + later, is_before
    try:
        place.act(rollouts.roll_back)
    except Killed:
        place.environment.rollouts.update(lease_until=None)
    drive(place, rig.account, State.ROLLED_BACK)
    assert rig.serving() == "1.0.0"
    assert effects(rig) == {**EFFECTS, "codedeploy:ContinueDeployment": 1, "codedeploy:StopDeployment": 1}
    assert place.environment.rollouts.get().reason_sentence
