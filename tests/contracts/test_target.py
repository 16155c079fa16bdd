"""What every target promises, in the order of the promises in releases/targets/base.py."""

import time
from contextlib import nullcontext, suppress

import pytest

from releases.rules.observation import Health
from releases.targets.base import Ref, TargetError
from tests.contracts.rigs import VISITORS, abort, bring, clean, finish, patience, release, shift


def answers(rig, visitors=VISITORS):
    return [rig.ask(visitor) for visitor in visitors]


def shares(rig, ref):
    seen = rig.target.observe(ref)
    return seen.asked, seen.seen


def say_now(rig, verb):
    """Says a verb once; who goes at a pace of their own may ask to try again."""
    with patience() if rig.target.can.pace else nullcontext():
        verb()


def a_step(rig, wanted=30):
    """The first share that the target can give on its way to everything."""
    return rig.target.can.weights[0] if rig.target.can.weights else wanted


def test_every_verb_may_be_said_twice(rig):
    release(rig, "1")
    artifact = rig.artifact("2")
    ref = rig.target.start(artifact, "twice")
    assert rig.target.start(artifact, "twice") == ref
    rig.until(lambda: rig.target.observe(ref).green is Health.HEALTHY, what="2 healthy")
    before = rig.copies("2")
    assert rig.target.start(artifact, "twice") == ref
    assert rig.copies("2") == before
    for verb, settle in (
        (lambda: rig.target.shift(ref, 100), lambda: shift(rig, ref, 100)),
        (lambda: rig.target.finish(ref), lambda: finish(rig, ref)),
        (lambda: rig.target.abort(ref), lambda: abort(rig, ref)),
    ):
        say_now(rig, verb)
        once = rig.target.observe(ref)
        say_now(rig, verb)
        assert rig.target.observe(ref) == once
        settle()
    clean(rig, ref)
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


def test_what_serves_before_the_first_release_is_told(rig):
    seen = rig.target.observe(None)
    blue = Health.HEALTHY if rig.begins_with_blue else Health.ABSENT
    assert (seen.green, seen.blue, seen.asked, seen.seen) == (Health.ABSENT, blue, 0, 0)
    assert bool(rig.ask(VISITORS[0])) == rig.begins_with_blue


def test_the_first_release_becomes_blue(rig):
    ref = bring(rig, "1")
    seen = rig.target.observe(ref)
    blue = Health.HEALTHY if rig.begins_with_blue else Health.ABSENT
    assert (seen.green, seen.blue, seen.asked, seen.seen) == (Health.HEALTHY, blue, 0, 0)
    shift(rig, ref, 100)
    finish(rig, ref)
    seen = rig.target.observe(None)
    assert (seen.green, seen.blue, seen.asked, seen.seen) == (Health.ABSENT, Health.HEALTHY, 0, 0)
    assert set(answers(rig, VISITORS[:20])) == {"1"}


def test_the_first_release_taken_back_leaves_what_was_there(rig):
    before = rig.ask(VISITORS[0])
    ref = bring(rig, "1")
    shift(rig, ref, 100)
    abort(rig, ref)
    clean(rig, ref)
    blue = Health.HEALTHY if rig.begins_with_blue else Health.ABSENT
    assert rig.target.observe(None).blue is blue
    assert set(answers(rig, VISITORS[:20])) == {before}


def test_observe_changes_nothing(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    step = a_step(rig)
    shift(rig, ref, step)
    looks = {(look.green, look.asked, look.seen, look.blue) for look in (rig.target.observe(ref) for _ in range(5))}
    assert looks == {(Health.HEALTHY, step, step, Health.HEALTHY)}


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
    assert rig.ask(VISITORS[0], is_preview=True) == ("1" if rig.previews_blue else "")
    ref = bring(rig, "2")
    assert shares(rig, ref) == (0, 0)
    assert set(answers(rig)) == {"1"}
    assert rig.ask(VISITORS[0], is_preview=True) == "2"
    assert rig.target.observe(ref).preview_url
    assert rig.target.can.has_preview


def test_what_is_still_warm_is_taken_as_it_is(rig):
    release(rig, "1")
    release(rig, "2")
    before = rig.copies("1")
    assert bool(before) == rig.target.can.keeps_blue_warm
    ref = rig.target.start(rig.artifact("1"), "back-to-1")
    if rig.target.can.keeps_blue_warm:
        assert rig.target.observe(ref).green is Health.HEALTHY
        assert rig.copies("1") == before
    else:
        assert rig.target.observe(ref).green is Health.STARTING
        bring(rig, "1", "back-to-1")
    shift(rig, ref, 100)
    assert set(answers(rig, VISITORS[:20])) == {"1"}


def test_another_release_takes_the_idle_side(rig):
    release(rig, "1")
    release(rig, "2")
    ref = bring(rig, "3")
    if not rig.target.can.pace:
        assert rig.copies("1") == frozenset()
    assert rig.target.observe(ref).blue is Health.HEALTHY
    shift(rig, ref, 100)
    rig.until(lambda: not rig.copies("1"), what="1 gone")


def test_start_refuses_a_side_with_visitors(rig):
    release(rig, "1")
    release(rig, "2")
    rig.meddle(40)
    for hand in (lambda: None, rig.target.adopt):
        with suppress(TargetError):
            hand()
        before = rig.target.observe(None)
        assert before.seen == 40
        with pytest.raises(TargetError) as caught:
            rig.target.start(rig.artifact("3"), "third")
        assert caught.value.permanent
        assert rig.target.observe(None) == before
        assert rig.copies("3") == frozenset()


def test_visitors_keep_their_colour_within_a_step(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    step = a_step(rig)
    shift(rig, ref, step)
    first = answers(rig)
    assert step / 100 - 0.1 < first.count("2") / len(first) < step / 100 + 0.1
    if rig.knows_visitors:
        assert answers(rig) == first


def test_a_visitor_who_has_green_keeps_it_at_a_higher_weight(rig):
    release(rig, "1")
    for version in ("2", "3"):  # on either side
        ref = bring(rig, version)
        had: set[str] = set()
        for weight in rig.target.can.weights or (10, 30, 60, 100):
            shift(rig, ref, weight)
            has = {visitor for visitor in VISITORS if rig.ask(visitor) == version}
            assert abs(len(has) / len(VISITORS) - weight / 100) < 0.1
            assert had <= has or not rig.knows_visitors
            had = has
        assert len(had) == len(VISITORS)
        finish(rig, ref)


@pytest.mark.parametrize("weight", [-1, 101])
def test_a_weight_that_is_none_is_refused(rig, weight):
    release(rig, "1")
    ref = bring(rig, "2")
    step = a_step(rig)
    shift(rig, ref, step)
    with pytest.raises(TargetError) as caught:
        rig.target.shift(ref, weight)
    assert caught.value.permanent
    assert shares(rig, ref) == (step, step)


def test_only_its_own_weights_are_taken(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    if rig.target.can.takes_any_weight:
        shift(rig, ref, 37)
        return
    with pytest.raises(TargetError) as caught:
        rig.target.shift(ref, 37)
    assert caught.value.permanent
    assert shares(rig, ref) == (0, 0)


def test_green_that_does_not_answer_gets_no_visitors(rig):
    release(rig, "1")
    ref = rig.target.start(rig.artifact("2", mode="sick"), "sick")
    assert rig.target.observe(ref).green in {Health.STARTING, Health.UNHEALTHY}
    with pytest.raises(TargetError) as caught:
        rig.target.shift(ref, a_step(rig, 10))
    assert not caught.value.permanent
    assert set(answers(rig, VISITORS[:20])) == {"1"}


def test_green_that_answers_no_more_gets_no_more_visitors(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    rig.take_down("2")
    with pytest.raises(TargetError) as caught:
        rig.target.shift(ref, a_step(rig))
    assert not caught.value.permanent
    assert shares(rig, ref) == (0, 0)
    assert set(answers(rig, VISITORS[:20])) == {"1"}


def test_finish_makes_green_blue_and_keeps_the_old_one_warm(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    step = a_step(rig, 50)
    if step < 100:
        shift(rig, ref, step)
    with pytest.raises(TargetError):
        rig.target.finish(ref)
    shift(rig, ref, 100)
    finish(rig, ref)
    seen = rig.target.observe(ref)
    assert (seen.is_finished, seen.green, seen.asked, seen.seen) == (True, Health.HEALTHY, 100, 100)
    assert seen.is_blue_warm == rig.target.can.keeps_blue_warm
    rig.until(lambda: bool(rig.copies("1")) == rig.target.can.keeps_blue_warm, what="1 kept, or gone")
    with pytest.raises(TargetError):
        rig.target.shift(ref, step if step < 100 else 0)
    assert set(answers(rig, VISITORS[:20])) == {"2"}


@pytest.mark.parametrize("share", ["nobody", "some", "everybody"])
def test_abort_gives_everybody_back_to_blue(rig, share):
    release(rig, "1")
    ref = bring(rig, "2")
    shift(rig, ref, {"nobody": 0, "some": a_step(rig), "everybody": 100}[share])
    abort(rig, ref)
    assert set(answers(rig)) == {"1"}
    assert shares(rig, ref) == (0, 0)
    if not rig.target.can.pace:
        assert rig.target.observe(ref).green is Health.HEALTHY  # until it is cleaned
        assert rig.copies("2")


def test_abort_works_while_green_does_not(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    shift(rig, ref, a_step(rig, 60))
    rig.take_down("2")
    abort(rig, ref)
    assert set(answers(rig)) == {"1"}


def test_abort_after_finish_makes_the_old_blue_blue_again(rig):
    release(rig, "1")
    ref = release(rig, "2")
    abort(rig, ref)
    seen = rig.target.observe(ref)
    assert (seen.is_finished, seen.asked, seen.seen) == (False, 0, 0)
    assert set(answers(rig)) == {"1"}
    clean(rig, ref)
    assert rig.target.observe(None).blue is Health.HEALTHY


def test_abort_does_not_switch_into_nothing(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    shift(rig, ref, 100)
    rig.take_down("1")
    with patience():
        rig.target.abort(ref)
    assert set(answers(rig, VISITORS[:20])) == {"2"}
    rig.until(lambda: rig.target.observe(ref).blue is Health.HEALTHY, what="blue warm again")
    assert set(answers(rig, VISITORS[:20])) == {"2"}
    abort(rig, ref)
    assert set(answers(rig)) == {"1"}


def test_clean_refuses_while_green_has_traffic(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    shift(rig, ref, a_step(rig, 1))
    with pytest.raises(TargetError) as caught:
        rig.target.clean(ref)
    assert caught.value.permanent
    abort(rig, ref)
    clean(rig, ref)
    seen = rig.target.observe(ref)
    assert (seen.green, seen.asked, seen.seen) == (Health.ABSENT, 0, 0)
    assert rig.ask(VISITORS[0], is_preview=True) == ("1" if rig.previews_blue else "")
    assert set(answers(rig)) == {"1"}


def test_clean_refuses_what_serves(rig):
    ref = release(rig, "1")
    with pytest.raises(TargetError):
        rig.target.clean(ref)
    assert set(answers(rig, VISITORS[:20])) == {"1"}


def test_traffic_changed_by_hand_is_seen_and_put_back(rig):
    release(rig, "1")
    ref = bring(rig, "2")
    step = a_step(rig)
    shift(rig, ref, step)

    def is_found():
        # Who moves the traffic at a pace of its own goes on setting it, until it holds.
        rig.meddle(70)
        return shares(rig, ref) == (step, 70)

    rig.until(is_found, what="what a hand changed")
    shift(rig, ref, step)
    assert shares(rig, ref) == (step, step)


def test_restore_puts_back_and_adopt_takes_over(rig):
    release(rig, "1")
    release(rig, "2")
    rig.meddle(25)
    seen = rig.target.observe(None)
    assert (seen.asked, seen.seen) == (0, 25)
    rig.target.restore()
    seen = rig.target.observe(None)
    assert (seen.asked, seen.seen) == (0, 0)
    assert set(answers(rig)) == {"2"}
    rig.meddle(25)
    refusals = []
    try:
        rig.target.adopt()
    except TargetError as error:
        # Where somebody else moves the traffic, they would not know of it.
        refusals.append(error)
    assert all(one.permanent and rig.target.can.pace for one in refusals)
    seen = rig.target.observe(None)
    assert (seen.asked, seen.seen) == (0 if refusals else 25, 25)


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
