"""Somebody changes by hand what CodeDeploy, ECS or the load balancer do during a rollout, and the machine sees it."""

import pytest

from portal.accounts.permissions import Role
from portal.audit.models import Event
from releases.operations import rollouts
from releases.rules.plan import Plan, Step
from releases.rules.policy import OnDrift, Policy
from releases.rules.reasons import Code
from releases.rules.states import State
from releases.targets import registry
from releases.targets.codedeploy import config
from releases.targets.codedeploy.target import CodeDeploy
from tests import factories
from tests.account import AccountClock
from tests.contracts.codedeploy import CodeDeployRig
from tests.releases.operations.conftest import Place

PLAN = Plan((Step(100, is_analysed=False),), bake_s=300)


@pytest.fixture
def rig(account):
    return CodeDeployRig(account)


@pytest.fixture
def make(db, rig, monkeypatch):
    def target(name, value):
        return CodeDeploy(config.read(name, value), rig.account.client, rig.account.world.now)

    def place(**policy):
        rules = Policy(opens_by_itself=False, rollback_limit_s=900, **policy)
        environment = factories.environment(PLAN, rules, target="codedeploy", target_config=rig.stage.target_config)
        roles = (Role.DEVELOPER, Role.APPROVER, Role.OPERATOR)
        made = Place(environment, AccountClock(rig.account), *(factories.actor(role) for role in roles))
        made.open(factories.release(environment.service, "1.1.0", artifact=rig.stage.ground.image("1.1.0")))
        return made

    # The registry takes its clock from the process. Here it is the account's, which is turned.
    monkeypatch.setattr(registry, "MAKERS", {**registry.MAKERS, "codedeploy": target})
    return place


def kept(place):
    """What the rollout shows of its deployment."""
    place.rollout.deployment.refresh_from_db()
    return place.rollout.deployment


def bake(place, rig):
    """Will come to where CodeDeploy holds with everything on green, and keeps blue."""
    place.to(State.BAKING)
    rig.until(lambda: (place.settle(), "blue is kept" in kept(place).outside_status)[1], "blue is kept")
    assert place.rollout.state == State.BAKING


def until(place, state):
    """Will let the machine go on alone, for as long as a whole way back takes."""
    for _ in range(60):
        if place.settle().state == state:
            return place.rollout
        place.clock.turn(6)
    raise AssertionError(f"never {state}: {place.rollout.state} {place.rollout.reason_sentence}")


def service(rig):
    return {"cluster": rig.stage.ground.cluster, "service": rig.stage.service}


def task_set(rig, *, of):
    """The task set that the deployment `of` made."""
    shown = rig.account.hand("ecs").describe_task_sets(**service(rig))["taskSets"]
    return next(one["taskSetArn"] for one in shown if one.get("externalId") == of)


@pytest.mark.parametrize("on_drift", OnDrift)
def test_visitors_whom_a_hand_gave_to_green_before_its_promotion_are_taken_back(make, rig, on_drift):
    place = make(on_drift=on_drift)
    place.to(State.READY)
    rig.meddle(40)
    assert place.settle().state == State.READY
    told = Event.objects.get(reason=Code.DRIFT)
    assert told.sentence.startswith("Green had 40 % instead of the 0 % that was asked for: changed by hand")
    seen = Event.objects.get(verb="observe", sentence__contains="40 %")
    assert "Green has 40 % of the traffic (0 % asked)." in seen.sentence
    assert (kept(place).asked, kept(place).seen, rig.serving()) == (0, 0, "1.0.0")
    place.to(State.SUCCEEDED)
    assert rig.serving() == "1.1.0"


def test_visitors_whom_a_hand_took_from_green_while_blue_is_kept_are_given_back(make, rig):
    place = make()
    bake(place, rig)
    rig.meddle(40)
    place.settle()
    told = Event.objects.get(reason=Code.DRIFT)
    assert told.sentence.startswith("Green had 40 % instead of the 100 % that was asked for: changed by hand")
    assert (place.rollout.state, kept(place).seen, rig.serving()) == (State.BAKING, 100, "1.1.0")


def test_what_a_hand_changed_while_blue_is_kept_is_adopted_until_somebody_goes_on(make, rig):
    place = make(on_drift=OnDrift.ADOPT)
    bake(place, rig)
    rig.meddle(40)
    place.settle()
    told = Event.objects.get(reason=Code.DRIFT_ADOPTED)
    assert told.sentence.startswith("Green had 40 % instead of 100 %: changed by hand. It was adopted")
    place.clock.turn(600)
    assert place.settle().state == State.BAKING
    assert (kept(place).asked, kept(place).seen, place.rollout.paused_by) == (40, 40, "Verdigris")
    assert kept(place).message == "The production listener sends 40 % to green, and CodeDeploy gave it 100 %"
    place.act(rollouts.resume, by=place.operator)
    until(place, State.SUCCEEDED)
    assert rig.serving() == "1.1.0"


def test_from_what_was_adopted_everything_goes_back(make, rig):
    place = make(on_drift=OnDrift.ADOPT)
    bake(place, rig)
    rig.meddle(40)
    place.settle()
    place.act(rollouts.roll_back, by=place.operator)
    until(place, State.ROLLED_BACK)
    assert (kept(place).seen, rig.serving()) == (0, "1.0.0")


@pytest.mark.parametrize("rolls_back", [True, False])
@pytest.mark.parametrize("state", [State.DEPLOYING, State.READY, State.BAKING])
def test_a_deployment_that_is_stopped_in_the_console_ends_with_blue(make, rig, state, rolls_back):
    place = make()
    place.to(state)
    stop = rig.account.hand("codedeploy").stop_deployment
    stop(deploymentId=kept(place).outside_id, autoRollbackEnabled=rolls_back)
    place.settle()
    assert "The deployment was stopped by a user" in place.rollout.reason_sentence + kept(place).message
    rig.until(lambda: (place.settle(), rig.serving() == "1.0.0")[1], "blue")
    assert kept(place).seen == 0
    assert place.rollout.state in {State.ROLLING_BACK, State.ROLLED_BACK}


def test_a_deployment_that_is_continued_in_the_console_is_taken_back(make, rig):
    place = make()
    place.to(State.READY)
    hand = rig.account.hand("codedeploy")
    hand.continue_deployment(deploymentId=kept(place).outside_id, deploymentWaitType="READY_WAIT")
    place.clock.turn(6)
    until(place, State.ROLLED_BACK)
    assert Event.objects.filter(reason=Code.DRIFT, sentence__contains="instead of the 0 %").exists()
    assert (kept(place).seen, rig.serving()) == (0, "1.0.0")


def delete(rig, arn):
    rig.account.hand("ecs").delete_task_set(**service(rig), taskSet=arn, force=True)


def scale_down(rig, arn):
    rig.account.hand("ecs").update_task_set(**service(rig), taskSet=arn, scale={"value": 0, "unit": "PERCENT"})


@pytest.mark.parametrize("hand", [delete, scale_down])
def test_a_green_that_a_hand_takes_away_gets_nobody(make, rig, hand):
    place = make()
    place.to(State.READY)
    hand(rig, task_set(rig, of=kept(place).outside_id))
    place.clock.turn(30)
    assert place.settle().state == State.READY
    assert place.rollout.reason_sentence.startswith("Green is absent. Blue serves 100 %.")
    assert rig.serving() == "1.0.0"
    place.act(rollouts.roll_back, by=place.operator)
    until(place, State.ROLLED_BACK)
    assert rig.serving() == "1.0.0"


@pytest.mark.parametrize("hand", [delete, scale_down])
def test_a_green_that_a_hand_takes_away_while_it_serves_is_taken_back(make, rig, hand):
    place = make()
    bake(place, rig)
    hand(rig, task_set(rig, of=kept(place).outside_id))
    place.settle()
    assert place.rollout.reason_sentence.startswith("Green looks absent at 100 %.")
    until(place, State.ROLLED_BACK)
    assert place.rollout.reason_code == Code.GREEN_UNHEALTHY
    assert rig.serving() == "1.0.0"
