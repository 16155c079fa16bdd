"""Somebody changes by hand what ECS or the load balancer do while a rollout is on, and the machine sees it."""

import pytest

from portal.accounts.permissions import Role
from portal.audit.models import Event
from releases.operations import rollouts
from releases.rules.plan import Plan, Step
from releases.rules.policy import OnDrift, Policy
from releases.rules.reasons import Code
from releases.rules.states import State
from tests import factories
from tests.account import AccountClock
from tests.contracts.ecs import EcsRig
from tests.releases.operations.conftest import Place

PLAN = Plan((Step(25, 120, is_analysed=False), Step(100, 0, is_analysed=False)), bake_s=120)
STRATEGY = {"strategy": "CANARY", "step_percent": 25}


@pytest.fixture
def rig(account):
    return EcsRig(account, **STRATEGY)


@pytest.fixture
def make(db, rig):
    def place(**policy):
        rules = Policy(opens_by_itself=False, rollback_limit_s=900, **policy)
        given = {**rig.stage.target_config, **STRATEGY}
        environment = factories.environment(PLAN, rules, target="ecs", target_config=given)
        roles = (Role.DEVELOPER, Role.APPROVER, Role.OPERATOR)
        made = Place(environment, AccountClock(rig.account), *(factories.actor(role) for role in roles))
        made.open(factories.release(environment.service, "1.1.0", artifact=rig.stage.ground.image("1.1.0")))
        return made

    return place


def kept(place):
    """What the rollout shows of its deployment."""
    place.rollout.deployment.refresh_from_db()
    return place.rollout.deployment


def hold(place, rig, state):
    """Will come to a state and wait until ECS holds there, at one of our pauses."""
    place.to(state)
    rig.until(lambda: (place.settle(), "paused" in kept(place).outside_status)[1], "a pause")
    assert place.rollout.state == state


def until(place, state):
    """Will let the machine go on alone, for as long as a whole way takes."""
    for _ in range(80):
        if place.settle().state == state:
            return place.rollout
        place.clock.turn(10)
    raise AssertionError(f"never {state}: {place.rollout.state} {place.rollout.reason_sentence}")


def shares(rig):
    """The production rule's weights, green's first."""
    ground = rig.stage.ground
    return tuple(rig.weights().get(arn, 0) for arn in (ground.green_target_group, ground.blue_target_group))


@pytest.mark.parametrize(("state", "share"), [(State.READY, 0), (State.SHIFTING, 25), (State.BAKING, 100)])
def test_a_rule_that_a_hand_changed_is_put_back(make, rig, state, share):
    place = make()
    hold(place, rig, state)
    rig.meddle(60)
    place.settle()
    told = Event.objects.get(reason=Code.DRIFT)
    assert told.sentence.startswith(f"Green had 60 % instead of the {share} % that was asked for: changed by hand")
    assert (place.rollout.state, kept(place).seen, shares(rig)) == (state, share, (share, 100 - share))


def test_before_its_promotion_no_hand_s_change_is_adopted(make, rig):
    place = make(on_drift=OnDrift.ADOPT)
    hold(place, rig, State.READY)
    rig.meddle(60)
    place.settle()
    assert (kept(place).asked, kept(place).seen, shares(rig)) == (0, 0, (0, 100))


def test_a_rule_that_a_hand_changed_is_adopted_until_somebody_goes_on(make, rig):
    place = make(on_drift=OnDrift.ADOPT)
    hold(place, rig, State.SHIFTING)
    rig.meddle(60)
    place.settle()
    told = Event.objects.get(reason=Code.DRIFT_ADOPTED)
    assert told.sentence.startswith("Green had 60 % instead of 25 %: changed by hand. It was adopted")
    place.clock.turn(900)
    place.settle()
    assert (kept(place).asked, kept(place).seen, place.rollout.paused_by) == (60, 60, "Verdigris")
    assert kept(place).message == "The production rule sends 60 % to green, and ECS gave it 25 %"
    place.act(rollouts.resume, by=place.operator)
    until(place, State.SUCCEEDED)
    assert rig.serving() == "1.1.0"


@pytest.mark.parametrize("state", [State.DEPLOYING, State.READY, State.SHIFTING, State.BAKING])
def test_a_deployment_that_is_stopped_in_the_console_ends_with_blue(make, rig, state):
    place = make()
    place.to(state)
    stop = rig.account.hand("ecs").stop_service_deployment
    stop(serviceDeploymentArn=kept(place).outside_id, stopType="ROLLBACK")
    until(place, State.ROLLED_BACK)
    assert "rolled back by StopServiceDeployment" in place.rollout.reason_sentence
    assert (kept(place).seen, rig.serving()) == (0, "1.0.0")
    assert rig.effects("StopServiceDeployment") == 1, "the hand's alone"


@pytest.mark.parametrize("state", [State.DEPLOYING, State.READY])
def test_another_deployment_that_a_hand_forces_before_a_promotion_leaves_blue(make, rig, state):
    place = make()
    place.to(state)
    where = {"cluster": rig.stage.ground.cluster, "service": rig.stage.service}
    rig.account.hand("ecs").update_service(**where, forceNewDeployment=True)
    until(place, State.ROLLED_BACK)
    assert "stopped because a new one was started" in place.rollout.reason_sentence
    assert place.rollout.reason_sentence.endswith("Find out why, then release again")
    assert rig.serving() == "1.0.0"


def go_on(place, rig):
    """What the button of the console does at a pause."""
    arn, ecs = kept(place).outside_id, rig.account.hand("ecs")
    [found] = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
    waits = next(one for one in found["lifecycleHookDetails"] if one["status"] == "AWAITING_ACTION")
    ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=waits["hookId"])
    place.clock.turn(15)


def test_a_step_that_a_hand_takes_before_the_promotion_is_taken_back(make, rig):
    place = make()
    hold(place, rig, State.READY)
    go_on(place, rig)
    until(place, State.ROLLED_BACK)
    assert Event.objects.filter(reason=Code.DRIFT, sentence__contains="instead of the 0 %").exists()
    assert rig.serving() == "1.0.0"
