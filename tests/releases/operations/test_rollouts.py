"""Promoting, pausing, superseding and rolling back, on the memory target."""

from datetime import timedelta

import pytest
from celery import current_app
from django.db import IntegrityError, transaction

from portal import clock
from portal.audit.models import Event
from releases.models import Environment, Rollout
from releases.operations import advance, approvals, environments, locks, reconcile, rollouts
from releases.operations.advance import leases
from releases.operations.refusal import Refused
from releases.rules import policy as policies
from releases.rules.observation import Capabilities, Health
from releases.rules.policy import OnDrift, Policy
from releases.rules.reasons import Code
from releases.rules.states import ACTIVE, State
from releases.targets.base import TargetError
from releases.tasks import advance_rollouts
from tests import factories


def codes(refused):
    return {reason.code for reason in refused.value.reasons}


def test_green_takes_its_steps_and_then_serves(place):
    rollout = place.to(State.SUCCEEDED)
    shares = [int(call[2]) for call in place.target.calls if call[0] == "shift"]
    assert sorted(set(shares)) == [10, 50, 100]
    environment = Environment.objects.get(pk=place.environment.pk)
    assert environment.serving_id == rollout.release_id
    assert place.target.blue.artifact.version == rollout.release.version


def test_nothing_is_promoted_without_enough_approvals(place):
    place.to(State.READY)
    with pytest.raises(Refused) as refused:
        place.act(rollouts.promote)
    assert codes(refused) == {Code.NEEDS_APPROVALS}


def test_a_developer_may_not_promote_and_is_told_who_may(place):
    place.to(State.READY)
    with pytest.raises(Refused, match="approver, operator"):
        place.act(rollouts.promote, by=place.developer)


def test_the_author_never_approves(place):
    author = factories.user("approver")
    release = factories.release(place.environment.service, author=author)
    place.to(State.READY, release)
    with pytest.raises(Refused) as refused:
        place.act(approvals.approve, by=factories.actors.from_user(author))
    assert codes(refused) == {Code.AUTHOR}
    rollout = place.rollout
    facts = {"release_digest": release.digest, "plan_digest": rollout.plan_digest, "author": author}
    with pytest.raises(IntegrityError, match="approver_is_not_author"), transaction.atomic():
        rollout.approvals.create(
            **facts, decided_by=author, decided_at=place.now(), expires_at=place.now(), decision="approved"
        )


def test_the_same_person_counts_once(place):
    set_policy(place, Policy(approvals_needed=2))
    place.to(State.READY)
    place.act(approvals.approve)
    with pytest.raises(Refused) as refused:
        place.act(approvals.approve)
    assert codes(refused) == {Code.ALREADY_DECIDED}
    with pytest.raises(Refused) as refused:
        place.act(rollouts.promote)
    assert codes(refused) == {Code.NEEDS_APPROVALS}
    place.act(approvals.approve, by=factories.actor("approver"))
    place.act(rollouts.promote)


def test_an_approval_expires_and_can_be_given_again(place):
    set_policy(place, Policy(approval_valid_s=60))
    place.to(State.READY)
    place.act(approvals.approve)
    place.clock.turn(61)
    with pytest.raises(Refused) as refused:
        place.act(rollouts.promote)
    assert codes(refused) == {Code.NEEDS_APPROVALS}
    place.act(approvals.approve)
    place.act(rollouts.promote)


def test_a_change_of_the_plan_voids_approvals(place):
    place.to(State.READY)
    place.act(approvals.approve)
    plan = {"steps": [{"weight": 100, "is_analysed": False}]}
    environments.configure(environment_id=place.environment.pk, by=place.operator, now=place.now(), plan=plan)
    with pytest.raises(Refused) as refused:
        place.act(rollouts.promote)
    assert codes(refused) == {Code.NEEDS_APPROVALS}
    assert place.rollout.approvals.get().void_reason == "the plan was changed"


def test_a_lock_stops_promotions_and_no_rollback(place):
    place.to(State.SHIFTING)
    locks.lock(environment_id=place.environment.pk, reason="I look at something", by=place.operator, now=place.now())
    place.act(rollouts.roll_back)
    assert place.settle().state == State.ROLLED_BACK
    place.open()
    place.settle()
    place.act(approvals.approve)
    with pytest.raises(Refused, match="I look at something"):
        place.act(rollouts.promote)


def test_a_rollback_with_traffic_locks_until_a_person_lifts_it(place):
    place.to(State.SHIFTING)
    place.act(rollouts.roll_back, note="charts are empty")
    place.settle()
    environment = Environment.objects.get(pk=place.environment.pk)
    assert "charts are empty" in environment.lock_reason
    locks.lift(environment_id=environment.pk, note="fixed", by=place.operator, now=place.now())
    assert Environment.objects.get(pk=environment.pk).locked_at is None


@pytest.mark.parametrize("state", sorted(ACTIVE - {State.ROLLING_BACK, State.ROLLBACK_FAILED, State.FINISHING}))
def test_roll_back_works_in_every_state(place, state):
    if state == State.DEPLOYING:
        place.target.health_at_start = Health.STARTING
    place.to(state)
    place.act(rollouts.roll_back, by=place.developer)
    assert place.settle().state == State.ROLLED_BACK
    assert (place.target.asked, place.target.seen, place.target.other) == (0, 0, None)


def test_pressing_twice_asks_once(place):
    place.to(State.SHIFTING)
    place.act(rollouts.roll_back)
    place.act(rollouts.roll_back)
    assert Event.objects.filter(rollout_id=place.rollout.pk, verb="roll_back", to_state="").count() == 1


def test_a_newer_release_supersedes_one_without_traffic(place):
    first = place.to(State.READY)
    second = place.open()
    advance.settle(first.pk, clock=place.clock.now)
    assert Rollout.objects.get(pk=first.pk).state == State.SUPERSEDED
    assert Rollout.objects.get(pk=second.pk).state == State.READY


def test_a_newer_release_waits_for_one_with_traffic(place):
    first = place.to(State.SHIFTING)
    second = place.open()
    advance.settle(second.pk, clock=place.clock.now)
    waiting = Rollout.objects.get(pk=second.pk)
    assert (waiting.state, waiting.reason_code) == (State.QUEUED, Code.QUEUED_BEHIND)
    rollouts.roll_back(rollout_id=first.pk, by=place.operator, now=place.now())
    advance.settle(first.pk, clock=place.clock.now)
    assert Rollout.objects.get(pk=second.pk).state == State.READY


def test_the_database_keeps_it_to_one_active_rollout(place):
    place.to(State.READY)
    told = r"releases_rollout\.environment_id|rollout_one_active"
    with pytest.raises(IntegrityError, match=told), transaction.atomic():
        factories.rollout(State.DEPLOYING, place.environment)


def test_back_to_what_served_before_is_one_click_long_after_success(place):
    first = place.to(State.SUCCEEDED)
    place.environment.refresh_from_db()
    second = place.to(State.SUCCEEDED)
    place.clock.turn(30 * 24 * 3600)
    place.target.calls.clear()
    environments.roll_back(environment_id=place.environment.pk, by=place.operator, now=place.now(), note="wrong sums")
    assert place.settle().state == State.SUCCEEDED
    environment = Environment.objects.get(pk=place.environment.pk)
    assert environment.serving_id == first.release_id
    assert environment.previous_id is None
    assert second.release.version in environment.lock_reason


def test_back_while_another_green_waits_takes_that_green_down_first(place):
    first = place.to(State.SUCCEEDED)
    place.environment.refresh_from_db()
    place.to(State.SUCCEEDED)
    place.environment.refresh_from_db()
    waiting = place.to(State.READY)
    environments.roll_back(environment_id=place.environment.pk, by=place.operator, now=place.now())
    advance.settle(waiting.pk, clock=place.clock.now)
    assert Environment.objects.get(pk=place.environment.pk).serving_id == first.release_id


def test_with_nothing_before_there_is_nothing_to_go_back_to(place):
    place.to(State.SUCCEEDED)
    with pytest.raises(Refused) as refused:
        environments.roll_back(environment_id=place.environment.pk, by=place.operator, now=place.now())
    assert codes(refused) == {Code.NOTHING_BEFORE}


def test_paused_time_does_not_count(place):
    place.to(State.SHIFTING)
    place.act(rollouts.pause)
    place.clock.turn(3600)
    assert place.settle().reason_code == Code.PAUSED
    place.act(rollouts.resume)
    assert place.settle().reason_code == Code.STEP_TIMER


def test_skip_goes_to_the_last_step(place):
    place.to(State.SHIFTING)
    place.act(rollouts.skip)
    assert place.settle().state == State.BAKING
    assert place.target.seen == 100


@pytest.mark.parametrize("health", [Health.UNHEALTHY, Health.ABSENT])
def test_a_green_that_dies_with_traffic_is_rolled_back(place, health):
    place.to(State.SHIFTING)
    place.target.set_health(health)
    shaky = place.settle()
    assert (shaky.state, shaky.reason_code) == (State.SHIFTING, Code.GREEN_SHAKY)
    place.clock.turn(2)
    rollout = place.settle()
    assert (rollout.state, rollout.reason_code) == (State.ROLLED_BACK, Code.GREEN_UNHEALTHY)
    assert place.target.seen == 0


def test_a_green_that_never_comes_up_is_taken_down(place):
    place.target.health_at_start = Health.STARTING
    place.open()
    assert place.settle().state == State.DEPLOYING
    place.clock.turn(10_000)
    assert place.settle().state == State.ROLLED_BACK
    assert Event.objects.filter(rollout_id=place.rollout.pk, reason=Code.GREEN_TOO_SLOW).exists()


def test_a_target_that_is_away_for_a_while_changes_nothing(place):
    place.to(State.SHIFTING)
    away = TargetError("away", "nobody answers", permanent=False)
    place.target.script["observe"].append(away)
    rollout = place.settle()
    assert (rollout.state, rollout.reason_code) == (State.SHIFTING, Code.TARGET_BUSY)


def test_a_start_that_can_never_work_ends_the_rollout(place):
    place.target.script["start"].extend([TargetError("commit-unknown", "no such commit", permanent=True)] * 5)
    place.open()
    rollout = place.settle()
    assert rollout.state == State.ROLLED_BACK
    assert Event.objects.filter(rollout_id=rollout.pk, reason=Code.GREEN_FAILED).exists()


def test_a_rollback_that_can_not_be_done_calls_a_person_who_may_resolve_it(place):
    place.to(State.SHIFTING)
    place.target.script["abort"].extend([TargetError("broken", "the socket is gone", permanent=True)] * 9)
    place.act(rollouts.roll_back)
    assert place.settle().state == State.ROLLBACK_FAILED
    with pytest.raises(Refused) as refused:
        place.act(rollouts.resolve, by=place.operator, note=" ")
    assert codes(refused) == {Code.NOTE_MISSING}
    place.target.script["abort"].clear()
    place.act(rollouts.retry, by=place.operator)
    assert place.settle().state == State.ROLLED_BACK


def test_drift_made_by_hand_is_put_back_and_told(place):
    place.to(State.SHIFTING)
    place.target.seen = 37
    place.settle()
    assert place.target.seen == place.target.asked
    assert Event.objects.filter(rollout_id=place.rollout.pk, reason=Code.DRIFT).exists()


def test_drift_is_adopted_where_the_policy_says_so(place):
    set_policy(place, Policy(on_drift=OnDrift.ADOPT))
    place.to(State.SHIFTING)
    place.target.seen = 37
    rollout = place.settle()
    assert rollout.deployment.asked == 37
    assert rollout.paused_by == "Verdigris"


def test_between_rollouts_the_reconciler_puts_back_what_was_asked(place):
    place.to(State.SUCCEEDED)
    place.to(State.SUCCEEDED, factories.release(place.environment.service))
    place.target.seen = 30
    assert reconcile.reconcile(place.environment.pk, now=place.now())
    assert place.target.seen == place.target.asked == 0
    assert not reconcile.reconcile(place.environment.pk, now=place.now())


def test_who_finds_the_lease_taken_moves_nothing(place):
    place.open()
    rollout = place.rollout
    held = leases.take(rollout.pk, now=place.now(), for_s=5)
    assert advance.advance(rollout.pk, now=place.now()).decision is None
    leases.release(held)
    assert advance.advance(rollout.pk, now=place.now()).decision is not None


def test_a_writer_whose_lease_was_taken_over_changes_nothing(place):
    place.open()
    rollout = place.rollout
    late = leases.take(rollout.pk, now=place.now(), for_s=5)
    place.clock.turn(60)
    newer = leases.take(rollout.pk, now=place.now(), for_s=5)
    assert newer.token > late.token
    assert not leases.extend(late, now=place.now(), for_s=5)
    leases.release(late)
    assert Rollout.objects.get(pk=rollout.pk).lease_until is not None


@pytest.mark.django_db(transaction=True)
def test_a_rollback_waits_for_no_holder_that_was_killed(place):
    place.to(State.SHIFTING)
    dead = leases.take(place.rollout.pk, now=place.now(), for_s=3600)
    assert place.settle().state == State.SHIFTING
    place.act(rollouts.roll_back)
    assert place.rollout.state == State.ROLLED_BACK
    assert place.target.seen == 0
    assert not leases.extend(dead, now=place.now(), for_s=5)


def set_policy(place, policy):
    Environment.objects.filter(pk=place.environment.pk).update(policy_json=policies.to_json(policy))
    place.environment.refresh_from_db()


def test_a_far_target_rests_between_looks_and_a_person_wakes_it(place):
    place.target.can = Capabilities(look_every_s=5)
    place.to(State.READY)
    assert place.rollout.look_at == place.now() + timedelta(seconds=15)
    place.act(approvals.approve)
    assert place.rollout.look_at is None
    place.settle()
    assert place.rollout.look_at == place.now() + timedelta(seconds=15)


def queued():
    """Takes the rollouts that stand in the queue, by their ids."""
    with current_app.connection_for_read() as connection, connection.SimpleQueue("rollouts") as queue:
        messages = [queue.get(block=False) for _ in range(len(queue))]
        for message in messages:
            message.ack()
    return [message.payload[1]["rollout_id"] for message in messages]


def test_the_tick_leaves_what_rests_alone(place):
    place.target.can = Capabilities(look_every_s=5)
    rollout = place.to(State.READY)
    queued()
    advance_rollouts()
    assert queued() == [rollout.pk]
    Rollout.objects.filter(pk=rollout.pk).update(look_at=clock.now() + timedelta(hours=1))
    advance_rollouts()
    assert queued() == []


def test_a_rollback_that_was_held_up_still_says_why_it_came_to_it(place):
    place.to(State.SHIFTING)
    place.target.script["abort"].append(TargetError("ThrottlingException", "AWS is asked too often", permanent=False))
    place.act(rollouts.roll_back, note="the map is empty")
    rollout = place.settle()
    assert (rollout.state, rollout.reason_code) == (State.ROLLING_BACK, Code.TARGET_BUSY)
    rollout = place.settle()
    assert (rollout.state, rollout.reason_code) == (State.ROLLED_BACK, Code.ASKED_BY_PERSON)
    assert "the map is empty" in rollout.reason_sentence
