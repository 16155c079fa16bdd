"""Plans, policies, verdicts, reasons, freezes, digests: what they accept, refuse and say."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.rules import digests, freezes, plan, policy, reasons, states, verdict
from releases.rules.freezes import Window
from releases.rules.plan import Plan, PlanError, Step
from releases.rules.policy import Policy, PolicyError
from releases.rules.states import ENDED, State
from releases.rules.verdict import Reading, Sample, Verdict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@given(st.sets(st.integers(1, 99), max_size=19), st.integers(0, 600))
def test_a_rising_plan_survives_its_json(weights, wait_s):
    made = Plan(tuple(Step(weight, wait_s) for weight in [*sorted(weights), 100]))
    assert plan.from_json(plan.to_json(made)) == made
    assert plan.from_json(plan.to_json(made)).digest == made.digest


@given(st.lists(st.integers(-5, 105), min_size=1, max_size=6))
def test_only_rising_plans_that_end_at_100_are_plans(weights):
    is_plan = all(1 <= w <= 100 for w in weights) and weights == sorted(set(weights)) and weights[-1] == 100
    if is_plan:
        Plan(tuple(map(Step, weights)))
    else:
        with pytest.raises(PlanError):
            Plan(tuple(map(Step, weights)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["steps", "weight", "bake_s", "x"]), inner)
    ),
    max_leaves=8,
)


@given(json_values)
def test_nonsense_is_refused_with_a_sentence(value):
    for read, error in ((plan.from_json, PlanError), (policy.from_json, PolicyError)):
        with suppress(error):
            assert read(value) is not None


@pytest.mark.parametrize(
    ("given_plan", "told"),
    [
        ({"steps": []}, "at least one step"),
        ({"steps": [{"weight": 50}]}, "must be 100 %"),
        ({"steps": [{"weight": 50}, {"weight": 20}, {"weight": 100}]}, "must rise"),
        ({"steps": [{"weight": "50"}]}, "whole number"),
        ({"steps": [{"weight": True}]}, "whole number"),
        ({"steps": [{"weight": 100, "wait": 3}]}, "not wait"),
        ("canary", "A plan is"),
    ],
)
def test_the_sentence_says_what_is_wrong(given_plan, told):
    with pytest.raises(PlanError, match=told):
        plan.from_json(given_plan)


def test_ways_to_make_a_plan():
    assert [step.weight for step in plan.linear(by=30, wait_s=1).steps] == [30, 60, 90, 100]
    assert [step.weight for step in plan.canary(weight=5, wait_s=1).steps] == [5, 100]
    assert plan.all_at_once().steps == (Step(100, 0, is_analysed=False),)


def test_any_change_of_the_plan_changes_its_digest():
    one = plan.canary(weight=10, wait_s=60, bake_s=30)
    others = [plan.canary(weight=11, wait_s=60, bake_s=30), plan.canary(weight=10, wait_s=61, bake_s=30)]
    assert len({one.digest, *(other.digest for other in others)}) == 3


readings = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=2, max_size=20)


@given(readings)
def test_what_happened_is_never_negative_and_survives_restarts(pairs):
    made = verdict.increase([Reading(NOW, requests, errors, 5.0) for requests, errors in pairs])
    assert made.requests >= 0
    assert made.errors >= 0


def test_a_counter_that_started_again_counts_from_zero():
    made = verdict.increase([Reading(NOW, 100, 2, 5.0), Reading(NOW, 150, 2, 5.0), Reading(NOW, 30, 1, 5.0)])
    assert (made.requests, made.errors) == (80, 1)


def test_one_reading_is_no_window():
    assert verdict.increase([Reading(NOW, 100, 2, 5.0)]).requests == 0
    assert verdict.increase([]).requests == 0


@given(st.integers(0, 49), st.integers(0, 3))
def test_no_data_never_passes(requests, blue_errors):
    blue = Sample(1000, blue_errors, 10.0)
    judged = verdict.judge(blue=blue, green=Sample(requests, 0, 10.0), policy=Policy(min_requests=50))
    assert judged.verdict is Verdict.INCONCLUSIVE


def test_many_errors_fail_before_there_are_enough_requests():
    judged = verdict.judge(blue=Sample(90, 0, 10.0), green=Sample(10, 6, 10.0), policy=Policy(min_requests=50))
    assert judged.verdict is Verdict.FAIL
    assert "60.0 %" in judged.sentence


def test_slow_green_fails_and_a_quick_one_passes():
    slow = verdict.judge(blue=Sample(900, 0, 20.0), green=Sample(100, 0, 900.0), policy=Policy())
    quick = verdict.judge(blue=Sample(900, 0, 20.0), green=Sample(100, 0, 25.0), policy=Policy())
    assert slow.verdict is Verdict.FAIL
    assert quick.verdict is Verdict.PASS


def test_green_alone_is_not_failed_for_being_slower_than_nothing():
    judged = verdict.judge(blue=Sample(0, 0, None), green=Sample(100, 0, 900.0), policy=Policy())
    assert judged.verdict is Verdict.INCONCLUSIVE


def test_an_alarm_fails_green_whatever_was_counted():
    well = {"blue": Sample(900, 0, 20.0), "green": Sample(100, 0, 20.0), "policy": Policy()}
    assert verdict.judge(**well).verdict is Verdict.PASS
    judged = verdict.judge(**well, alarms=("The alarm shop-5xx rings: 9 errors.", "The alarm shop-slow rings: 3 s."))
    assert judged.verdict is Verdict.FAIL
    assert judged.sentence == "The alarm shop-5xx rings: 9 errors. The alarm shop-slow rings: 3 s."
    unmeasured = {"blue": Sample(0, 0, None), "green": Sample(0, 0, None), "policy": Policy()}
    assert verdict.judge(**unmeasured, alarms=("It rings.",)).verdict is Verdict.FAIL


@pytest.mark.parametrize("code", reasons.Code)
def test_every_reason_has_its_sentence(code):
    made = reasons.because(code, **dict.fromkeys(reasons.facts_of(code), "1"))
    assert made.sentence
    assert "{" not in made.sentence


def test_every_state_is_reached_and_left():
    reached = set(states.TRANSITIONS.values()) | {State.QUEUED}
    assert reached == set(State)
    assert {state for state in State if not states.moves_from(state)} == ENDED


def test_every_state_that_has_not_ended_can_be_rolled_back():
    for state in set(State) - ENDED - {State.ROLLING_BACK}:
        assert states.Move.ROLL_BACK in states.moves_from(state)


def test_a_move_that_is_not_in_the_table_is_refused():
    with pytest.raises(ValueError, match="can't"):
        states.after(State.SUCCEEDED, states.Move.PROMOTE)


def test_a_weekly_freeze_keeps_its_wall_clock_over_a_change_of_daylight_saving():
    window = Window(datetime(2026, 3, 20, 18), datetime(2026, 3, 23, 8), "Europe/Berlin", is_weekly=True)
    winter = freezes.frozen_until(window, now=datetime(2026, 3, 21, tzinfo=UTC))
    summer = freezes.frozen_until(window, now=datetime(2026, 3, 28, tzinfo=UTC))
    assert winter == datetime(2026, 3, 23, 7, tzinfo=UTC)
    assert summer == datetime(2026, 3, 30, 6, tzinfo=UTC)
    assert freezes.frozen_until(window, now=datetime(2026, 3, 25, tzinfo=UTC)) is None


@given(st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)), st.integers(1, 6 * 24 * 60))
def test_a_freeze_holds_from_its_start_to_before_its_end(start, minutes):
    window = Window(start, start + timedelta(minutes=minutes), "UTC")
    end = window.ends.replace(tzinfo=UTC)
    assert freezes.frozen_until(window, now=start.replace(tzinfo=UTC)) == end
    assert freezes.frozen_until(window, now=end) is None
    assert freezes.frozen_until(window, now=start.replace(tzinfo=UTC) - timedelta(seconds=1)) is None


def test_a_release_s_digest_covers_all_that_runs():
    base = {"commit": "a" * 40, "artifact": "", "configuration": {"A": "1"}}
    digest = digests.of_release(**base)
    assert digests.is_digest(digest)
    for change in ({"commit": "b" * 40}, {"artifact": "x@sha256:1"}, {"configuration": {"A": "2"}}):
        assert digests.of_release(**{**base, **change}) != digest
