"""What happens next: one pure function from everything that is known to one thing to do.

Asked and seen are always looked at together: green is removed, and blue retired, only when both agree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from releases.rules.observation import Health, Observation
from releases.rules.policy import OnDrift
from releases.rules.reasons import Code, Reason, because
from releases.rules.standing import Ask, Asked, Standing
from releases.rules.states import ENDED, Move, State
from releases.rules.verdict import Verdict

# A balancer that was restarted a moment ago has not looked at every copy yet. Shorter than a tick: one look more.
GRACE = timedelta(seconds=1.5)


class TargetVerb(StrEnum):
    """What can be called on a target."""

    START = "start"
    SHIFT = "shift"
    FINISH = "finish"
    ABORT = "abort"
    CLEAN = "clean"


@dataclass(frozen=True)
class Wait:
    """Nothing moves now."""

    reason: Reason


@dataclass(frozen=True)
class Call:
    """One call on the target; `weight` is green's share that will have been asked for after it, None for no change."""

    verb: TargetVerb
    reason: Reason
    weight: int | None = None


@dataclass(frozen=True)
class Go:
    """A move of the table; `settles` is the ask that it answers."""

    move: Move
    reason: Reason
    settles: Ask | None = None


@dataclass(frozen=True)
class NextStep:
    """On to step `index` of the plan, in the same state."""

    index: int
    reason: Reason
    settles: Ask | None = None


@dataclass(frozen=True)
class Drop:
    """An ask that no longer applies is settled without being done."""

    ask: Ask
    reason: Reason


@dataclass(frozen=True)
class Adopt:
    """What somebody set by hand becomes what is asked, and the rollout pauses."""

    weight: int
    reason: Reason


Decision = Wait | Call | Go | NextStep | Drop | Adopt


def decide(standing: Standing, *, now: datetime) -> Decision:
    """Will say the one thing to do next."""
    if standing.state in ENDED:
        return Wait(because(Code.ENDED, state=standing.state.replace("_", " ")))
    rollback = standing.asks.get(Ask.ROLL_BACK)
    if rollback is not None:
        return _answer_rollback(standing, rollback)
    return _BY_STATE[standing.state](standing, now)


def _answer_rollback(standing: Standing, asked: Asked) -> Decision:
    reason = _asked_by(asked)
    if standing.state is State.ROLLING_BACK:
        return Drop(Ask.ROLL_BACK, because(Code.ALREADY_ASKED))
    return Go(Move.ROLL_BACK, reason, Ask.ROLL_BACK)


def _asked_by(asked: Asked) -> Reason:
    note = asked.note.strip().removesuffix(".")
    return because(Code.ASKED_BY_PERSON, by=asked.by, note=f": {note}" if note else "")


def _queued(standing: Standing, now: datetime) -> Decision:  # noqa: ARG001 - one signature
    for ask, move in ((Ask.CANCEL, Move.CANCEL), (Ask.SUPERSEDE, Move.SUPERSEDE)):
        if ask in standing.asks:
            return Go(move, _asked_by(standing.asks[ask]), ask)
    if standing.others or not standing.is_next:
        return Wait(because(Code.QUEUED_BEHIND))
    return Go(Move.START, because(Code.AS_PLANNED))


def _deploying(standing: Standing, now: datetime) -> Decision:
    if Ask.SUPERSEDE in standing.asks:
        return _take_down(standing, Ask.SUPERSEDE, Move.SUPERSEDE)
    failure = _why_green_failed(standing, now)
    if failure is not None:
        return Go(Move.ROLL_BACK, failure)
    seen = standing.observation
    if standing.has_started and seen is None:
        return _unanswered(standing)
    if seen is None or seen.green is Health.ABSENT:
        return Call(TargetVerb.START, because(Code.AS_PLANNED), 0)
    if seen.green is Health.HEALTHY:
        return Go(Move.DEPLOYED, because(Code.AS_PLANNED))
    return Wait(because(Code.GREEN_STARTING))


def _why_green_failed(standing: Standing, now: datetime) -> Reason | None:
    seen = standing.observation
    message = seen.message if seen else standing.trouble
    if standing.is_trouble_permanent or (seen is not None and seen.is_failed):
        return because(Code.GREEN_FAILED, message=message)
    limit_s = standing.policy.deploy_limit_s
    if standing.seconds_in_state(now) > limit_s:
        return because(Code.GREEN_TOO_SLOW, limit_s=limit_s, message=message)
    return None


def _ready(standing: Standing, now: datetime) -> Decision:
    for ask, move in ((Ask.REJECT, Move.REJECT), (Ask.SUPERSEDE, Move.SUPERSEDE)):
        if ask in standing.asks:
            return _take_down(standing, ask, move)
    seen = standing.observation
    if seen is None:
        return _unanswered(standing)
    if seen.is_failed:
        return Go(Move.ROLL_BACK, because(Code.GREEN_FAILED, message=seen.message))
    if seen.seen != 0:
        # Nobody promoted it: whatever the policy says of drift, green has no right to traffic yet.
        facts = {"seen": seen.seen, "asked": 0}
        return Call(TargetVerb.SHIFT, because(Code.DRIFT, **facts), 0)
    if seen.green is not Health.HEALTHY:
        return _not_healthy(standing, seen)
    return _promotion(standing, now)


def _not_healthy(standing: Standing, seen: Observation) -> Decision:
    reason = because(Code.GREEN_NOT_HEALTHY, health=seen.green)
    return Drop(Ask.PROMOTE, reason) if Ask.PROMOTE in standing.asks else Wait(reason)


def _promotion(standing: Standing, now: datetime) -> Decision:
    if standing.is_rollback:
        return Go(Move.PROMOTE, because(Code.AS_PLANNED))
    missing = because(Code.NEEDS_APPROVALS, given=standing.approvals_given, needed=standing.policy.approvals_needed)
    against = standing.blockers if standing.has_approvals else (missing, *standing.blockers)
    if Ask.PROMOTE in standing.asks:
        if against:
            # It was allowed when it was asked. It isn't kept for later: a promotion never fires unexpectedly.
            return Drop(Ask.PROMOTE, against[0])
        return Go(Move.PROMOTE, _asked_by(standing.asks[Ask.PROMOTE]), Ask.PROMOTE)
    doubts = standing.doubts if standing.policy.promotes_by_itself else ()
    if standing.policy.promotes_by_itself and not against and not doubts:
        return Go(Move.PROMOTE, because(Code.AS_PLANNED))
    if standing.seconds_in_state(now) > standing.policy.ready_valid_s:
        return Go(Move.ROLL_BACK, because(Code.READY_EXPIRED, limit_s=standing.policy.ready_valid_s))
    return Wait(next(iter((*against, *doubts)), because(Code.NEEDS_PROMOTION)))


def _shifting(standing: Standing, now: datetime) -> Decision:
    return _watch(standing, now) or _step(standing, now)


def _step(standing: Standing, now: datetime) -> Decision:
    step = standing.step
    if standing.paused_by:
        return Wait(because(Code.PAUSED, by=standing.paused_by, weight=standing.asked))
    if standing.asked != step.weight:
        return Call(TargetVerb.SHIFT, because(Code.AS_PLANNED), step.weight)
    if Ask.SKIP in standing.asks:
        reason = _asked_by(standing.asks[Ask.SKIP])
        if standing.is_last_step:
            return Go(Move.SHIFTED, reason, Ask.SKIP)
        return NextStep(len(standing.plan.steps) - 1, reason, Ask.SKIP)
    left = step.wait_s - standing.seconds_in_step(now)
    if left > 0:
        return Wait(because(Code.STEP_TIMER, weight=step.weight, left_s=round(left)))
    if step.is_analysed and not _has_passed(standing):
        return Wait(_too_few(standing))
    if standing.is_last_step:
        return Go(Move.SHIFTED, because(Code.AS_PLANNED))
    return NextStep(standing.step_index + 1, because(Code.AS_PLANNED))


def _has_passed(standing: Standing) -> bool:
    return standing.judgement is not None and standing.judgement.verdict is Verdict.PASS


def _too_few(standing: Standing) -> Reason:
    count = standing.judgement.green.requests if standing.judgement else 0
    needed = standing.policy.min_requests
    return because(Code.TOO_FEW_REQUESTS, count=count, needed=needed, weight=standing.step.weight)


def _baking(standing: Standing, now: datetime) -> Decision:
    watched = _watch(standing, now)
    if watched is not None:
        return watched
    if standing.paused_by:
        return Wait(because(Code.PAUSED, by=standing.paused_by, weight=standing.asked))
    if Ask.SKIP in standing.asks:
        return Go(Move.BAKED, _asked_by(standing.asks[Ask.SKIP]), Ask.SKIP)
    left = standing.plan.bake_s - standing.seconds_in_step(now)
    if left > 0:
        return Wait(because(Code.BAKE_TIMER, left_s=round(left)))
    return Go(Move.BAKED, because(Code.AS_PLANNED))


def _green_down(standing: Standing, seen: Observation, now: datetime) -> Decision:
    lasted = GRACE if standing.green_since is None else now - standing.green_since
    if not seen.is_failed and lasted < GRACE:
        return Wait(because(Code.GREEN_SHAKY, health=seen.green, weight=standing.asked))
    return Go(Move.ROLL_BACK, because(Code.GREEN_UNHEALTHY, weight=standing.asked, message=seen.message))


def _watch(standing: Standing, now: datetime) -> Decision | None:
    """What holds while green has traffic: its health, its verdict, and that the target does what was asked."""
    seen = standing.observation
    if seen is None:
        return _unanswered(standing)
    if seen.is_failed or seen.green in (Health.UNHEALTHY, Health.ABSENT):
        return _green_down(standing, seen, now)
    if standing.judgement and standing.judgement.verdict is Verdict.FAIL:
        return Go(Move.ROLL_BACK, because(Code.ANALYSIS_FAILED, sentence=standing.judgement.sentence))
    if seen.seen == standing.asked:
        return None
    facts = {"seen": seen.seen, "asked": standing.asked}
    if not standing.has_agreed:
        # The call was made, or a crash came before it: an absolute weight may be said again.
        reason = because(Code.STEP_ASKED, weight=standing.asked, seen=seen.seen)
        return Call(TargetVerb.SHIFT, reason, standing.asked)
    if standing.policy.on_drift is OnDrift.ADOPT:
        return Adopt(seen.seen, because(Code.DRIFT_ADOPTED, **facts))
    return Call(TargetVerb.SHIFT, because(Code.DRIFT, **facts), standing.asked)


def _finishing(standing: Standing, now: datetime) -> Decision:  # noqa: ARG001 - one signature
    seen = standing.observation
    if seen is None:
        return _unanswered(standing)
    if seen.is_finished:
        return Go(Move.FINISHED, because(Code.AS_PLANNED))
    if seen.seen != 100:
        # Blue is retired only when everything is seen on green.
        return Call(TargetVerb.SHIFT, because(Code.STEP_ASKED, weight=100, seen=seen.seen), 100)
    return Call(TargetVerb.FINISH, because(Code.AS_PLANNED), 100)


def _rolling_back(standing: Standing, now: datetime) -> Decision:
    seen = standing.observation
    if not standing.has_started:
        return _forget_unstarted(standing)
    is_back = seen is not None and seen.seen == 0 and standing.asked == 0 and not seen.is_finished
    # A limit shorter than the target's own way back would call a person to what is going well.
    limit_s = max(standing.policy.rollback_limit_s, 2 * standing.can.rollback_s)
    is_late = standing.seconds_in_state(now) > limit_s
    if not is_back:
        if standing.is_trouble_permanent or is_late:
            message = standing.trouble or (seen.message if seen else "") or "the target does not answer"
            return Go(Move.FAILED, because(Code.ROLLBACK_STUCK, message=message))
        # Also when the target can't be looked at: it may still hear.
        return Call(TargetVerb.ABORT, because(Code.ROLLING_BACK), 0)
    if seen is not None and seen.green is not Health.ABSENT and not is_late:
        return Call(TargetVerb.CLEAN, because(Code.ROLLING_BACK), 0)
    return Go(Move.ROLLED_BACK, because(Code.AS_PLANNED))


def _forget_unstarted(standing: Standing) -> Decision:
    """Green was meant to start and it isn't known whether it did: the same token finds it again, or finds nothing."""
    if standing.is_trouble_permanent:
        return Go(Move.ROLLED_BACK, because(Code.GREEN_FAILED, message=standing.trouble))
    return Call(TargetVerb.START, because(Code.ROLLING_BACK), 0)


def _rollback_failed(standing: Standing, now: datetime) -> Decision:  # noqa: ARG001 - one signature
    for ask, move in ((Ask.RETRY, Move.RETRY), (Ask.RESOLVE, Move.RESOLVE)):
        if ask in standing.asks:
            return Go(move, _asked_by(standing.asks[ask]), ask)
    return Wait(because(Code.ROLLBACK_STUCK, message=standing.trouble or "see the timeline"))


def _take_down(standing: Standing, ask: Ask, move: Move) -> Decision:
    """Green, which has no traffic, is taken away before the rollout ends."""
    seen = standing.observation
    reason = _asked_by(standing.asks[ask])
    if not standing.has_started or (seen is not None and seen.green is Health.ABSENT):
        return Go(move, reason, ask)
    if seen is None:
        return _unanswered(standing)
    return Call(TargetVerb.ABORT if seen.seen else TargetVerb.CLEAN, reason, 0)


def _unanswered(standing: Standing) -> Decision:
    return Wait(because(Code.TARGET_BUSY, message=standing.trouble or "not asked yet"))


_BY_STATE: MappingProxyType[State, Callable[[Standing, datetime], Decision]] = MappingProxyType(
    {
        State.QUEUED: _queued,
        State.DEPLOYING: _deploying,
        State.READY: _ready,
        State.SHIFTING: _shifting,
        State.BAKING: _baking,
        State.FINISHING: _finishing,
        State.ROLLING_BACK: _rolling_back,
        State.ROLLBACK_FAILED: _rollback_failed,
    }
)
