"""What every target promises, in the order of the promises in releases/targets/base.py."""

import time

import pytest

from releases.rules.observation import Health
from releases.targets.base import Ref, TargetError
from tests.contracts.rigs import VISITORS, bring, release, until


def answers(rig, visitors=VISITORS):
    return [rig.ask(visitor) for visitor in visitors]


def shares(rig, ref):
    seen = rig.target.observe(ref)
    return seen.asked, seen.seen


def test_every_verb_may_be_said_twice(rig):
    release(rig, "1")
    artifact = rig.artifact("2")
    ref = rig.target.start(artifact, "twice")
    assert rig.target.start(artifact, "twice") == ref
    until(lambda: rig.target.observe(ref).green is Health.HEALTHY)
    before = rig.copies("2")
    assert rig.target.start(artifact, "twice") == ref
    assert rig.copies("2") == before
    for verb in (lambda: rig.target.shift(ref, 100), lambda: rig.target.finish(ref), lambda: rig.target.abort(ref)):
        verb()
        once = rig.target.observe(ref)
        verb()
        assert rig.target.observe(ref) == once
    rig.target.clean(ref)
    rig.target.clean(ref)
    assert set(answers(rig)) == {"1"}


def test_no_verb_waits_for_the_outside(rig):
    release(rig, "1")
    began = time.monotonic()
    ref = rig.target.start(rig.artifact("2", mode="sick"), "slow")
    assert time.monotonic() - began < rig.target.can.start_limit_s
    for verb in (lambda: rig.target.observe(ref), lambda: rig.target.abort(ref), lambda: rig.target.clean(ref)):
        began = time.monotonic()
        verb()
        assert time.monotonic() - began < rig.target.can.call_limit_s


def test_nothing_serves_before_the_first_release(rig):
    seen = rig.target.observe(None)
    assert (seen.green, seen.blue, seen.asked, seen.seen) == (Health.ABSENT, Health.ABSENT, 0, 0)
    assert rig.ask(VISITORS[0]) == ""


def test_the_first_release_becomes_blue(rig):
    ref = bring(rig, "1")
    seen = rig.target.observe(ref)
    assert (seen.green, seen.blue, seen.asked, seen.seen) == (Health.HEALTHY, Health.ABSENT, 0, 0)
    rig.target.shift(ref, 100)
    rig.target.finish(ref)
    seen = rig.target.observe(None)
    assert (seen.green, seen.blue, seen.asked, seen.seen) == (Health.ABSENT, Health.HEALTHY, 0, 0)
    assert set(answers(rig, VISITORS[:20])) == {"1"}


def test_the_first_release_taken_back_leaves_nothing(rig):
    ref = bring(rig, "1")
    rig.target.shift(ref, 100)
    rig.target.abort(ref)
    assert shares(rig, ref) == (0, 0)
    rig.target.clean(ref)
    assert rig.target.observe(None).blue is Health.ABSENT


def test_observe_changes_nothing(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, 30)
    looks = {(look.green, look.asked, look.seen, look.blue) for look in (rig.target.observe(ref) for _ in range(5))}
    assert looks == {(Health.HEALTHY, 30, 30, Health.HEALTHY)}


def test_an_unknown_rollout_is_absent(rig):
    release(rig, "1")
    seen = rig.target.observe(Ref("nobody's"))
    assert (seen.green, seen.asked, seen.seen, seen.blue) == (Health.ABSENT, 0, 0, Health.HEALTHY)
    for verb in (lambda: rig.target.shift(Ref("nobody's"), 10), lambda: rig.target.finish(Ref("nobody's"))):
        with pytest.raises(TargetError) as caught:
            verb()
        assert caught.value.permanent
    rig.target.abort(Ref("nobody's"))
    rig.target.clean(Ref("nobody's"))
    assert set(answers(rig, VISITORS[:20])) == {"1"}


def test_start_gives_green_no_traffic_but_a_preview(rig):
    release(rig, "1")
    assert rig.ask(VISITORS[0], is_preview=True) == ""
    ref = bring(rig, "2")
    assert shares(rig, ref) == (0, 0)
    assert set(answers(rig)) == {"1"}
    assert rig.ask(VISITORS[0], is_preview=True) == "2"
    assert rig.target.observe(ref).preview_url


def test_what_is_still_warm_is_taken_as_it_is(rig):
    release(rig, "1")
    release(rig, "2")
    before = rig.copies("1")
    ref = rig.target.start(rig.artifact("1"), "back-to-1")
    assert rig.target.observe(ref).green is Health.HEALTHY
    assert rig.copies("1") == before
    rig.target.shift(ref, 100)
    assert set(answers(rig, VISITORS[:20])) == {"1"}


def test_another_release_takes_the_idle_side(rig):
    release(rig, "1")
    release(rig, "2")
    ref = bring(rig, "3")
    assert rig.copies("1") == frozenset()
    assert rig.target.observe(ref).blue is Health.HEALTHY


def test_start_refuses_a_side_with_visitors(rig):
    release(rig, "1")
    release(rig, "2")
    rig.meddle(40)
    rig.target.adopt()
    with pytest.raises(TargetError) as caught:
        rig.target.start(rig.artifact("3"), "third")
    assert caught.value.permanent
    assert set(answers(rig)) == {"1", "2"}


def test_visitors_keep_their_colour_within_a_step(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, 30)
    first = answers(rig)
    assert 0.2 < first.count("2") / len(first) < 0.4
    assert answers(rig) == first


def test_a_visitor_who_has_green_keeps_it_at_a_higher_weight(rig):
    release(rig, "1")
    for version in ("2", "3"):  # on either side
        ref = bring(rig, version)
        had: set[str] = set()
        for weight in (10, 30, 60, 100):
            rig.target.shift(ref, weight)
            assert shares(rig, ref) == (weight, weight)
            has = {visitor for visitor in VISITORS if rig.ask(visitor) == version}
            assert had <= has
            had = has
        assert len(had) == len(VISITORS)
        rig.target.finish(ref)


@pytest.mark.parametrize("weight", [-1, 101])
def test_a_weight_that_is_none_is_refused(rig, weight):
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, 30)
    with pytest.raises(TargetError) as caught:
        rig.target.shift(ref, weight)
    assert caught.value.permanent
    assert shares(rig, ref) == (30, 30)


def test_green_that_does_not_answer_gets_no_visitors(rig):
    release(rig, "1")
    ref = rig.target.start(rig.artifact("2", mode="sick"), "sick")
    assert rig.target.observe(ref).green in {Health.STARTING, Health.UNHEALTHY}
    with pytest.raises(TargetError) as caught:
        rig.target.shift(ref, 10)
    assert not caught.value.permanent
    assert set(answers(rig, VISITORS[:20])) == {"1"}


def test_finish_makes_green_blue_and_keeps_the_old_one_warm(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, 50)
    with pytest.raises(TargetError):
        rig.target.finish(ref)
    rig.target.shift(ref, 100)
    rig.target.finish(ref)
    seen = rig.target.observe(ref)
    assert (seen.is_finished, seen.green, seen.asked, seen.seen) == (True, Health.HEALTHY, 100, 100)
    assert seen.is_blue_warm == rig.target.can.keeps_blue_warm
    assert rig.copies("1")
    with pytest.raises(TargetError):
        rig.target.shift(ref, 50)


@pytest.mark.parametrize("weight", [0, 30, 100])
def test_abort_gives_everybody_back_to_blue(rig, weight):
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, weight)
    rig.target.abort(ref)
    assert set(answers(rig)) == {"1"}
    assert shares(rig, ref) == (0, 0)
    assert rig.target.observe(ref).green is Health.HEALTHY  # until it is cleaned
    assert rig.copies("2")


def test_abort_works_while_green_does_not(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, 60)
    rig.take_down("2")
    rig.target.abort(ref)
    assert set(answers(rig)) == {"1"}


def test_abort_after_finish_makes_the_old_blue_blue_again(rig):
    release(rig, "1")
    ref = release(rig, "2")
    rig.target.abort(ref)
    seen = rig.target.observe(ref)
    assert (seen.is_finished, seen.asked, seen.seen) == (False, 0, 0)
    assert set(answers(rig)) == {"1"}
    rig.target.clean(ref)
    assert rig.target.observe(None).blue is Health.HEALTHY


def test_abort_does_not_switch_into_nothing(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, 100)
    rig.take_down("1")
    rig.target.abort(ref)
    assert set(answers(rig, VISITORS[:20])) == {"2"}
    until(lambda: rig.target.observe(ref).blue is Health.HEALTHY, what="blue warm again")
    rig.target.abort(ref)
    assert set(answers(rig)) == {"1"}


def test_clean_refuses_while_green_has_traffic(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, 1)
    with pytest.raises(TargetError) as caught:
        rig.target.clean(ref)
    assert caught.value.permanent
    rig.target.abort(ref)
    rig.target.clean(ref)
    seen = rig.target.observe(ref)
    assert (seen.green, seen.asked, seen.seen) == (Health.ABSENT, 0, 0)
    assert rig.ask(VISITORS[0], is_preview=True) == ""
    assert set(answers(rig)) == {"1"}


def test_clean_refuses_what_serves(rig):
    ref = release(rig, "1")
    with pytest.raises(TargetError):
        rig.target.clean(ref)
    assert set(answers(rig, VISITORS[:20])) == {"1"}


def test_traffic_changed_by_hand_is_seen_and_put_back(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    rig.target.shift(ref, 30)
    rig.meddle(70)
    assert shares(rig, ref) == (30, 70)
    rig.target.shift(ref, 30)
    assert shares(rig, ref) == (30, 30)


def test_restore_puts_back_and_adopt_takes_over(rig):
    release(rig, "1")
    release(rig, "2")
    rig.meddle(25)
    seen = rig.target.observe(None)
    assert (seen.asked, seen.seen) == (0, 25)
    rig.target.restore()
    seen = rig.target.observe(None)
    assert (seen.asked, seen.seen) == (0, 0)
    rig.meddle(25)
    rig.target.adopt()
    seen = rig.target.observe(None)
    assert (seen.asked, seen.seen) == (25, 25)


def test_foresee_changes_nothing_and_says_the_same_again(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    weights = rig.target.can.weights or (10, 100)
    before = rig.target.observe(ref)
    found = rig.target.foresee(ref, weights)
    assert found.calls == rig.target.foresee(ref, weights).calls
    assert len(found.calls) >= len(weights)
    assert not found.obstacles
    assert rig.target.observe(ref) == before
    assert found.calls != rig.target.foresee(ref, weights[:-1]).calls
