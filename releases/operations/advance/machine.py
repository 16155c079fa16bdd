"""The one function that moves rollouts: the only writer of their state, the only caller of targets.

It may be killed at any line. What was committed stands; what was only called is found again by looking,
for every verb of a target can be said twice.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from portal import aws, logs
from portal.aws import answers
from releases.models import Deployment, Rollout
from releases.operations.advance import calls, foresights, leases, looks, measurements, moves, rests
from releases.operations.advance.leases import Lease
from releases.rules.decide import Adopt, Call, Decision, Drop, Go, NextStep, Wait, decide
from releases.rules.observation import Capabilities
from releases.rules.reasons import Code, because
from releases.rules.standing import Ask, Standing
from releases.rules.states import State
from releases.selectors import standing as standings
from releases.targets import registry
from releases.targets.base import Target, TargetError

# The longest way through the table, with every call, is about half of this. It ends a loop that a lying target makes.
MOST_DECISIONS = 40
# What a lease is taken for before the target, which may be slower, is known.
USUAL_LIMIT_S = Capabilities().call_limit_s


@dataclass(frozen=True)
class Advanced:
    """What one `advance` did. `decision` is None when the rollout has ended or somebody else holds its lease.

    `heard` are the asks that the decision knew of, `look_at` is when the tick needs to look again, `token` is its
    lease's number.
    """

    decision: Decision | None
    heard: frozenset[Ask] = frozenset()
    look_at: datetime | None = None
    token: int = 0

    @property
    def has_moved(self) -> bool:
        return self.decision is not None and not isinstance(self.decision, Wait)


def settle(rollout_id: int, *, clock: Callable[[], datetime], takes_over: bool = False) -> None:
    """Will advance the rollout until nothing moves any more, and then whatever was queued behind it.

    `takes_over` is for a rollback: it waits for nobody, least of all for a holder that was killed.
    """
    # What a move follows from is true for the next one, too, unless something was called in between.
    with logs.about(rollout_id=rollout_id), answers.asking_once():
        _settle(rollout_id, clock=clock, takes_over=takes_over)
    for waiting in moves.queued_behind(rollout_id):
        settle(waiting, clock=clock)


def _settle(rollout_id: int, *, clock: Callable[[], datetime], takes_over: bool) -> None:
    last: Decision | None = None
    token = 0
    for _ in range(MOST_DECISIONS):
        done = advance(rollout_id, now=clock(), takes_over=takes_over, follows=token)
        if done.decision is None:
            break
        # A call that is decided again has not shown its effect yet: the next tick looks again.
        may_go_on = done.has_moved and not (isinstance(done.decision, Call) and done.decision == last)
        if not may_go_on and not _has_unheard(rollout_id, done.heard):
            break
        last, token = done.decision, done.token


def _has_unheard(rollout_id: int, heard: frozenset[Ask]) -> bool:
    # Whoever asked while we held the lease found it taken and left the work to us.
    asked = Rollout(pk=rollout_id).requests.filter(settled_at=None).values_list("verb", flat=True)
    return not set(map(Ask, asked)) <= heard


def advance(rollout_id: int, *, now: datetime, takes_over: bool = False, follows: int = 0) -> Advanced:
    """Will look at the rollout and its target, decide, and do at most one outside call or one move.

    `follows` is the number of the lease before, whose answers from outside serve where nobody held one in between.
    Nothing happens for an unknown id, an ended rollout, or one whose lease somebody else holds and keeps.
    """
    lease = leases.take(rollout_id, now=now, for_s=USUAL_LIMIT_S, takes_over=takes_over)
    if lease is None:
        return Advanced(None)
    if lease.token != follows + 1:
        answers.ask_anew()
    look_at = None
    try:
        # Read under the lease.
        rollout = moves.load(rollout_id)
        with answers.asking_once(), aws.hurrying() if _takes_back(rollout) else nullcontext():
            advanced = _advance(rollout, lease, now=now)
        look_at = advanced.look_at
        return advanced
    finally:
        leases.release(lease, look_at=look_at)


def _takes_back(rollout: Rollout) -> bool:
    """Whether traffic far away is being taken back, or is asked to be: that waits behind no other rollout's looks."""
    if rollout.environment.target in registry.AT_HAND:
        return False
    asked = rollout.requests.filter(verb=Ask.ROLL_BACK, settled_at=None)
    return rollout.state == State.ROLLING_BACK or asked.exists()


def _advance(rollout: Rollout, lease: Lease, *, now: datetime) -> Advanced:
    # 1. Find the rollout's target.
    environment = rollout.environment
    try:
        target = registry.target_for(environment.target, environment.slug, environment.target_config)
    except TargetError as error:
        refused = Wait(because(Code.TARGET_REFUSED, message=error.message))
        _write(refused, rollout, lease, now=now)
        return Advanced(refused, frozenset(Ask), token=lease.token)
    if target.can.call_limit_s > USUAL_LIMIT_S:
        leases.extend(lease, now=now, for_s=target.can.call_limit_s)
    deployment = Deployment.objects.filter(rollout=rollout).first()
    # 2. Look outside, and keep what was seen.
    look = looks.take(rollout, deployment, target, now=now)
    foresights.take(rollout, deployment, look.observation, target, lease, now=now)
    judgement = measurements.take(rollout, now=now)
    standing = standings.of(
        rollout,
        now=now,
        can=target.can,
        observation=look.observation,
        trouble=look.trouble,
        is_trouble_permanent=look.is_permanent,
        judgement=judgement,
    )
    # 3. Decide, and do it.
    decision = decide(standing, now=now)
    if isinstance(decision, Call):
        decision = _call(decision, standing, rollout, target, lease, now=now)
    _write(decision, rollout, lease, now=now)
    look_at = rests.next_look(standing, now=now) if isinstance(decision, Wait) else None
    return Advanced(decision, frozenset(standing.asks), look_at, lease.token)


def _call(call: Call, standing: Standing, rollout: Rollout, target: Target, lease: Lease, *, now: datetime) -> Decision:
    """Will make the call, and say what is to be written: the call itself, or what its failure leads to."""
    try:
        calls.make(call, rollout, target, lease, now=now)
    except TargetError as error:
        if not error.permanent:
            return Wait(because(Code.TARGET_BUSY, message=error.message))
        # What can't succeed may lead to a move, never to a second call.
        knowing = replace(standing, trouble=error.message, is_trouble_permanent=True)
        decision = decide(knowing, now=now)
        if isinstance(decision, Call):
            return Wait(because(Code.TARGET_REFUSED, message=error.message))
        return decision
    return call


def _write(decision: Decision, rollout: Rollout, lease: Lease, *, now: datetime) -> None:
    match decision:
        case Go():
            moves.go(decision, rollout, lease, now=now)
        case NextStep():
            moves.next_step(decision, rollout, lease, now=now)
        case Drop():
            moves.drop(decision, rollout, lease, now=now)
        case Adopt():
            moves.adopt(decision, rollout, lease, now=now)
        case Wait() | Call():
            moves.explain(decision.reason, rollout, lease)
