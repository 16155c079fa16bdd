"""A whole rollout on an ECS service in the simulated account, moved by the machine that moves every other."""

import pytest

from portal.accounts.permissions import Role
from releases.models import Environment
from releases.operations import rollouts
from releases.operations.refusal import Refused
from releases.rules.plan import Plan, Step
from releases.rules.policy import Policy
from releases.rules.reasons import Code
from releases.rules.states import State
from simulator import traffic
from tests import factories
from tests.account import AccountClock
from tests.contracts.ecs import EcsRig
from tests.releases.operations.conftest import Place

PLAN = Plan(
    (Step(25, 60, is_analysed=False), Step(50, 60, is_analysed=False), Step(100, 0, is_analysed=False)), bake_s=60
)


@pytest.fixture
def rig(account):
    return EcsRig(account, strategy="LINEAR", step_percent=25)


@pytest.fixture
def place(db, rig):
    given = {**rig.stage.target_config, "strategy": "LINEAR", "step_percent": 25}
    environment = factories.environment(
        PLAN, Policy(opens_by_itself=False, deploy_limit_s=200, rollback_limit_s=900), target="ecs", target_config=given
    )
    roles = (Role.DEVELOPER, Role.APPROVER, Role.OPERATOR)
    return Place(environment, AccountClock(rig.account), *(factories.actor(role) for role in roles))


def begin(place, rig, **configuration):
    image = rig.stage.ground.image("1.1.0")
    place.open(factories.release(place.environment.service, "1.1.0", artifact=image, configuration=configuration))


def test_green_takes_its_steps_and_then_serves(place, rig):
    begin(place, rig)
    place.to(State.BAKING)
    assert rig.ask("ada") == "1.1.0"
    assert rig.target.observe(None).blue == "healthy"
    place.to(State.FINISHING)
    rollout = place.to(State.SUCCEEDED)
    assert Environment.objects.get(pk=place.environment.pk).serving_id == rollout.release_id
    assert (rig.effects("UpdateService"), rig.effects("ContinueServiceDeployment")) == (1, 5)
    assert rig.effects("StopServiceDeployment") == 0


@pytest.mark.parametrize("state", [State.DEPLOYING, State.READY, State.SHIFTING, State.BAKING, State.FINISHING])
def test_a_roll_back_asked_for_anywhere_ends_with_blue(place, rig, state):
    begin(place, rig)
    place.to(state)
    place.act(rollouts.roll_back, by=place.operator, note="it looks odd")
    place.to(State.ROLLED_BACK)
    rig.until(lambda: rig.ask("ada") == "1.0.0")  # a blue that was being retired comes up again first
    assert (rig.effects("UpdateService"), rig.effects("StopServiceDeployment")) == (1, 1)


def test_a_plan_that_ecs_can_not_follow_is_not_promoted(place, rig):
    begin(place, rig)
    place.environment.rollouts.update(
        plan_json={"steps": [{"weight": 30, "wait_s": 0, "is_analysed": False}, {"weight": 100, "wait_s": 0}]}
    )
    with pytest.raises(Refused) as refused:
        place.to(State.SHIFTING)
    [reason] = refused.value.reasons
    assert reason.code is Code.PREFLIGHT
    assert "the plan wants 30 %" in reason.sentence


def test_a_green_that_does_not_come_up_is_taken_down(place, rig):
    begin(place, rig, PORTAL_FAULT_START="1")
    rollout = place.to(State.ROLLED_BACK)
    assert rig.ask("ada") == "1.0.0"
    assert rollout.reason_code in {Code.GREEN_TOO_SLOW, Code.GREEN_FAILED}


def test_a_bad_release_is_found_by_the_load_balancers_numbers(place, rig):
    Environment.objects.filter(pk=place.environment.pk).update(measure="cloudwatch")
    place.environment.refresh_from_db()
    traffic.switch_on(requests_per_s=50)
    begin(place, rig, PORTAL_FAULT_PERCENT="50")
    rollout = place.to(State.ROLLED_BACK)
    assert rollout.reason_code == Code.ANALYSIS_FAILED, rollout.reason_sentence
    assert "requests with an error" in rollout.reason_sentence
    assert rig.ask("ada") == "1.0.0"
