"""Walks decide over every combination of what it looks at, and holds it to what must never happen."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from releases.rules import states
from releases.rules.decide import Adopt, Call, Drop, Go, NextStep, TargetVerb, Wait, decide
from releases.rules.observation import Health, Observation
from releases.rules.plan import Plan, Step
from releases.rules.policy import OnDrift, Policy
from releases.rules.reasons import Code, because
from releases.rules.standing import Ask, Asked, Standing
from releases.rules.states import ENDED, Move, State
from releases.rules.verdict import Check, Judgement, Sample, Verdict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLAN = Plan((Step(10, 60), Step(50, 60), Step(100, 0, is_analysed=False)), bake_s=30)
LOCK = because(Code.LOCKED, environment="e", since="s", by="b", why="w")


def judged(verdict):
    return Judgement((Check("errors", 0.0, 0.0, "%", verdict, "told"),), Sample(100, 0, 5.0), Sample(100, 0, 5.0))


def standing(state, **known):
    facts = {
        "state": state,
        "state_since": NOW - timedelta(seconds=1),
        "plan": PLAN,
        "policy": Policy(),
        "has_started": True,
        "observation": Observation(Health.HEALTHY, 0, 0),
    }
    return Standing(**{**facts, **known})


def everything():
    """Every state with everything that can be seen, asked and judged in it."""
    seen = [None]
    for health, share, finished in product(Health, (0, 10, 100), (False, True)):
        seen.append(Observation(health, share, share, is_finished=finished, is_failed=health is Health.UNHEALTHY))
    asks = [{}, *({ask: Asked("Ann")} for ask in Ask), {Ask.ROLL_BACK: Asked("Ann"), Ask.PROMOTE: Asked("Bob")}]
    judgements = [None, *map(judged, Verdict)]
    policies = [Policy(), Policy(promotes_by_itself=True, approvals_needed=0), Policy(on_drift=OnDrift.ADOPT)]
    for state, look, ask, judgement, policy in product(State, seen, asks, judgements, policies):
        for asked, agreed, started, given in (
            (0, True, True, 1),
            (10, True, True, 0),
            (100, False, True, 1),
            (0, True, False, 0),
        ):
            for age, blockers, paused in ((1, (), ""), (10**7, (LOCK,), ""), (10**7, (), "Ann")):
                yield standing(
                    state,
                    observation=look if started else None,
                    asks=ask,
                    judgement=judgement,
                    policy=policy,
                    asked=asked,
                    has_agreed=agreed,
                    has_started=started,
                    approvals_given=given,
                    state_since=NOW - timedelta(seconds=age),
                    step_since=NOW - timedelta(seconds=age),
                    blockers=blockers,
                    paused_by=paused,
                )


def test_every_combination_keeps_what_must_hold():
    count = 0
    for known in everything():
        count += 1
        decision = decide(known, now=NOW)
        check_table(known, decision)
        check_green_is_removed_only_without_traffic(known, decision)
        check_promotion(known, decision)
        check_rollback(known, decision)
        check_no_data_never_passes(known, decision)
    assert count > 50_000


def check_table(known, decision):
    if known.state in ENDED:
        assert isinstance(decision, Wait)
    if isinstance(decision, Go):
        states.after(known.state, decision.move)
    if isinstance(decision, Go | NextStep) and decision.settles:
        assert decision.settles in known.asks
    if isinstance(decision, Drop):
        assert decision.ask in known.asks


def check_green_is_removed_only_without_traffic(known, decision):
    if not isinstance(decision, Call):
        return
    if decision.verb is TargetVerb.CLEAN:
        assert known.observation.seen == 0
    if decision.verb is TargetVerb.FINISH:
        assert known.observation.seen == 100
    if decision.verb is TargetVerb.SHIFT and decision.weight:
        assert known.state in {State.SHIFTING, State.BAKING, State.FINISHING}


def check_promotion(known, decision):
    if isinstance(decision, Go) and decision.move is Move.PROMOTE:
        assert known.approvals_given >= known.policy.approvals_needed
        assert not known.blockers
        assert known.observation.green is Health.HEALTHY
        assert Ask.PROMOTE in known.asks or (known.policy.promotes_by_itself and not known.doubts)


def check_rollback(known, decision):
    if Ask.ROLL_BACK in known.asks and known.state not in ENDED | {State.ROLLING_BACK}:
        assert isinstance(decision, Go)
        assert decision.move is Move.ROLL_BACK
    if isinstance(decision, Go) and decision.move is Move.ROLLED_BACK and known.has_started:
        assert known.observation.seen == 0
        assert known.asked == 0


def check_no_data_never_passes(known, decision):
    is_on = isinstance(decision, NextStep) and decision.settles is None
    if is_on and known.step.is_analysed:
        assert known.judgement.verdict is Verdict.PASS
    if known.observation is None and known.state in {State.READY, State.SHIFTING, State.BAKING, State.FINISHING}:
        assert isinstance(decision, Wait | Go)
        assert not (isinstance(decision, Go) and decision.move in {Move.SHIFTED, Move.BAKED, Move.FINISHED})


@pytest.mark.parametrize("verdict", [Verdict.FAIL])
@pytest.mark.parametrize("state", [State.SHIFTING, State.BAKING])
@pytest.mark.parametrize("paused_by", ["", "Ann"])
def test_a_fail_rolls_back_even_while_paused(state, verdict, paused_by):
    known = standing(
        state,
        observation=Observation(Health.HEALTHY, 10, 10),
        asked=10,
        judgement=judged(verdict),
        paused_by=paused_by,
    )
    decision = decide(known, now=NOW)
    assert isinstance(decision, Go)
    assert decision.move is Move.ROLL_BACK
    assert decision.reason.code is Code.ANALYSIS_FAILED


def test_too_few_requests_hold_and_say_so():
    known = standing(
        State.SHIFTING,
        observation=Observation(Health.HEALTHY, 10, 10),
        asked=10,
        step_since=NOW - timedelta(hours=1),
        judgement=judged(Verdict.INCONCLUSIVE),
    )
    decision = decide(known, now=NOW)
    assert decision == Wait(because(Code.TOO_FEW_REQUESTS, count=100, needed=50, weight=10))


def test_drift_is_put_back_or_adopted_as_the_policy_says():
    drifted = Observation(Health.HEALTHY, 10, 40)
    known = standing(State.SHIFTING, observation=drifted, asked=10, step_since=NOW)
    assert decide(known, now=NOW).verb is TargetVerb.SHIFT
    adopting = standing(
        State.SHIFTING, observation=drifted, asked=10, step_since=NOW, policy=Policy(on_drift=OnDrift.ADOPT)
    )
    assert decide(adopting, now=NOW).weight == 40
    assert isinstance(decide(adopting, now=NOW), Adopt)


def test_traffic_on_an_unpromoted_green_is_taken_away_whatever_the_policy():
    known = standing(State.READY, observation=Observation(Health.HEALTHY, 0, 30), policy=Policy(on_drift=OnDrift.ADOPT))
    decision = decide(known, now=NOW)
    assert (decision.verb, decision.weight) == (TargetVerb.SHIFT, 0)


def test_a_rollback_that_gets_nowhere_calls_a_person():
    known = standing(
        State.ROLLING_BACK,
        observation=Observation(Health.HEALTHY, 50, 50),
        asked=0,
        state_since=NOW - timedelta(hours=1),
    )
    decision = decide(known, now=NOW)
    assert decision.move is Move.FAILED


def test_what_would_promote_itself_waits_for_a_person_when_a_check_did_not_pass():
    by_itself = Policy(promotes_by_itself=True, approvals_needed=0)
    doubt = because(Code.DOUBTFUL, sentence="3 places are gone")
    assert decide(standing(State.READY, policy=by_itself), now=NOW).move is Move.PROMOTE
    doubtful = standing(State.READY, policy=by_itself, doubts=(doubt,))
    assert decide(doubtful, now=NOW) == Wait(doubt)
    asked = standing(State.READY, policy=by_itself, doubts=(doubt,), asks={Ask.PROMOTE: Asked("Ann")})
    assert decide(asked, now=NOW).move is Move.PROMOTE
    by_hand = standing(State.READY, doubts=(doubt,), approvals_given=1)
    assert decide(by_hand, now=NOW) == Wait(because(Code.NEEDS_PROMOTION))


def test_a_promotion_overtaken_by_a_lock_is_dropped_and_not_kept_for_later():
    known = standing(State.READY, asks={Ask.PROMOTE: Asked("Ann")}, approvals_given=1, blockers=(LOCK,))
    assert decide(known, now=NOW) == Drop(Ask.PROMOTE, LOCK)


@pytest.mark.parametrize(
    ("note", "told"), [("", "Ann asked for it."), ("Checkout is slow. ", "Ann asked for it: Checkout is slow.")]
)
def test_a_persons_note_ends_as_a_sentence_does(note, told):
    decision = decide(standing(State.SHIFTING, asks={Ask.ROLL_BACK: Asked("Ann", note)}), now=NOW)
    assert decision.reason.sentence == told
