"""What an approver says yes to: the plan and the calls it makes; and what stands in the way of promoting."""

import pytest

from portal.audit.models import Event
from releases.operations import approvals, rollouts
from releases.operations.refusal import Refused
from releases.rules.foresight import Finding
from releases.rules.reasons import Code
from releases.rules.states import State
from releases.targets.base import TargetError

GONE = Finding("image", "The image is not in the repository", is_good=False)


def test_the_calls_are_known_as_soon_as_green_is_ready(place):
    rollout = place.to(State.READY)
    whats = [call.what for call in rollout.deployment.foresight.calls]
    assert [what.rpartition("→ ")[2] for what in whats[:3]] == ["10 %", "50 %", "100 %"]
    assert rollout.plan_digest != rollout.plan.digest
    assert Event.objects.filter(verb="foresee", rollout_id=rollout.pk).count() == 1


def test_other_calls_void_the_approvals(place):
    place.to(State.READY)
    place.act(approvals.approve)
    place.clock.turn(20)
    place.settle()
    assert place.rollout.approvals.filter(void_at=None).exists(), "the same calls bind the same"
    place.target.foresee = with_one_more(place.target.foresee)
    place.clock.turn(20)
    place.settle()
    assert not place.rollout.approvals.filter(void_at=None).exists()
    with pytest.raises(Refused) as refused:
        place.act(rollouts.promote)
    assert [reason.code for reason in refused.value.reasons] == [Code.NEEDS_APPROVALS]


def with_one_more(foresee):
    return lambda ref, weights: foresee(ref, [*weights, 100])


def test_what_stands_in_the_way_refuses_the_promotion_and_is_lifted_again(place):
    place.target.findings = (GONE,)
    place.to(State.READY)
    place.act(approvals.approve)
    with pytest.raises(Refused, match="not in the repository"):
        place.act(rollouts.promote)
    place.target.findings = ()
    place.clock.turn(20)
    place.settle()
    place.act(rollouts.promote)
    assert place.settle().state == State.SHIFTING


def test_a_promotion_that_became_impossible_is_dropped(place):
    place.to(State.READY)
    place.act(approvals.approve)
    place.act(rollouts.promote)
    place.target.findings = (GONE,)
    place.clock.turn(20)
    rollout = place.settle()
    assert rollout.state == State.READY
    assert rollout.reason_code == Code.PREFLIGHT


def test_a_target_that_cannot_say_leaves_the_calls_and_says_so(place):
    rollout = place.to(State.READY)
    before = rollout.plan_digest
    place.target.script["foresee"].append(TargetError("Throttling", "AWS is asked too often", permanent=False))
    place.clock.turn(20)
    rollout = place.settle()
    found = rollout.deployment.foresight
    assert rollout.plan_digest == before
    assert "asked too often" in found.findings[0].sentence
    assert found.obstacles == ()


def test_a_rollback_is_not_held_up(place):
    place.to(State.SHIFTING)
    place.target.findings = (GONE,)
    place.act(rollouts.roll_back)
    assert place.settle().state == State.ROLLED_BACK
