"""Writes what was decided: state, step, reason, what follows from them, and the event, in one transaction.

Every write compares the lease's number and the state it came from, so a late or second writer changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from portal.accounts.actors import MACHINE
from portal.audit import ledger
from portal.audit import selectors as events_read
from releases.models import Deployment, Environment, Request, Rollout
from releases.operations import events
from releases.operations.advance.leases import Lease
from releases.rules import states
from releases.rules.decide import Adopt, Drop, Go, NextStep
from releases.rules.reasons import Code, Reason
from releases.rules.standing import Ask
from releases.rules.states import ENDED, WITH_TRAFFIC, Move, State


def load(rollout_id: int) -> Rollout:
    """Will give the rollout with everything a decision reads. Raises Rollout.DoesNotExist."""
    return Rollout.objects.select_related("environment__service", "release", "replaces").get(pk=rollout_id)


def queued_behind(rollout_id: int) -> Sequence[int]:
    """Will name the rollout that waited for this one to end, if it has ended."""
    ended = Rollout.objects.filter(pk=rollout_id, ended_at__isnull=False).values("environment_id")
    queue = Rollout.objects.filter(environment__in=ended, state=State.QUEUED)
    return list(queue.order_by("-pk").values_list("pk", flat=True)[:1])


def go(decision: Go, rollout: Rollout, lease: Lease, *, now: datetime) -> bool:
    """Will make the move with everything that belongs to it; False where somebody else was first."""
    state = State(rollout.state)
    after = states.after(state, decision.move)
    fields: dict[str, Any] = {"state": after, "state_since": now, **_timers(decision.move, now)}
    fields |= _why_rolled_back(rollout) if _ends_as_planned(decision) else _reason(decision)
    if after in ENDED or after is State.ROLLING_BACK:
        fields |= {"paused_at": None, "paused_by": ""}
    if after in ENDED:
        fields |= {"ended_at": now, "lease_until": None}
    try:
        with transaction.atomic():
            if not _write(rollout, lease, fields):
                return False
            _settle(rollout, decision.settles, after, now=now)
            _follow(decision, rollout, after, now=now)
            entry = events.of_rollout(
                rollout,
                verb=decision.move,
                to_state=after,
                reason=decision.reason.code,
                sentence=decision.reason.sentence,
            )
            ledger.append(entry, by=MACHINE, now=now)
    except IntegrityError:
        # Another rollout became active in the environment first: the database keeps it to one.
        return False
    return True


def next_step(decision: NextStep, rollout: Rollout, lease: Lease, *, now: datetime) -> bool:
    """Will begin the plan's step; False where somebody else was first."""
    with transaction.atomic():
        fields = {"step_index": decision.index, "step_since": now, **_reason(decision)}
        if not _write(rollout, lease, fields):
            return False
        _settle(rollout, decision.settles, State(rollout.state), now=now)
        step = rollout.plan.steps[decision.index]
        told = f"Step {decision.index + 1} of {len(rollout.plan.steps)}: {step.weight} %."
        sentence = told if decision.reason.code is Code.AS_PLANNED else f"{told} {decision.reason.sentence}"
        entry = events.of_rollout(rollout, verb="step", reason=decision.reason.code, sentence=sentence)
        ledger.append(entry, by=MACHINE, now=now)
    return True


def drop(decision: Drop, rollout: Rollout, lease: Lease, *, now: datetime) -> bool:
    """Will settle an ask that no longer applies, and say why."""
    with transaction.atomic():
        if not _write(rollout, lease, _reason(decision)):
            return False
        rollout.requests.filter(verb=decision.ask, settled_at=None).update(settled_at=now, outcome=Request.Outcome.MOOT)
        entry = events.of_rollout(
            rollout, verb=f"drop_{decision.ask}", reason=decision.reason.code, sentence=decision.reason.sentence
        )
        ledger.append(entry, by=MACHINE, now=now)
    return True


def adopt(decision: Adopt, rollout: Rollout, lease: Lease, *, now: datetime) -> bool:
    """Will take the share somebody set by hand as what is asked, and pause for a person to look."""
    with transaction.atomic():
        fields = {"paused_at": now, "paused_by": MACHINE.name, **_reason(decision)}
        if not _write(rollout, lease, fields):
            return False
        Deployment.objects.filter(rollout=rollout).update(asked=decision.weight, agreed_at=now)
        entry = events.of_rollout(rollout, verb="adopt", reason=decision.reason.code, sentence=decision.reason.sentence)
        ledger.append(entry, by=MACHINE, now=now)
    return True


def explain(reason: Reason, rollout: Rollout, lease: Lease) -> None:
    """Will keep why nothing moves now, for people; only when it changed.

    A rollback goes on saying why it came to it: that is what people want to read, also when it is done.
    """
    if reason.code is Code.ROLLING_BACK:
        return
    if (rollout.reason_code, rollout.reason_sentence) != (reason.code, reason.sentence):
        _write(rollout, lease, {"reason_code": reason.code, "reason_sentence": reason.sentence})


def _write(rollout: Rollout, lease: Lease, fields: dict[str, Any]) -> bool:
    held = Rollout.objects.filter(pk=rollout.pk, lease_token=lease.token, state=rollout.state)
    return bool(held.update(**fields))


def _ends_as_planned(decision: Go) -> bool:
    return decision.move is Move.ROLLED_BACK and decision.reason.code is Code.AS_PLANNED


def _why_rolled_back(rollout: Rollout) -> dict[str, str]:
    """What people want to read in the end is why it came to a rollback, not what held it up on the way."""
    began = events_read.last(rollout_id=rollout.pk, to_state=State.ROLLING_BACK)
    return {"reason_code": began.reason, "reason_sentence": began.sentence} if began else {}


def _reason(decision: Go | NextStep | Drop | Adopt) -> dict[str, str]:
    return {"reason_code": decision.reason.code, "reason_sentence": decision.reason.sentence}


def _timers(move: Move, now: datetime) -> dict[str, Any]:
    if move is Move.PROMOTE:
        return {"step_index": 0, "step_since": now}
    return {"step_since": now} if move is Move.SHIFTED else {}


def _settle(rollout: Rollout, answered: Ask | None, after: State, *, now: datetime) -> None:
    unsettled = rollout.requests.filter(settled_at=None)
    if answered is not None:
        unsettled.filter(verb=answered).update(settled_at=now, outcome=Request.Outcome.DONE)
    if after in ENDED or after is State.ROLLING_BACK:
        unsettled.update(settled_at=now, outcome=Request.Outcome.MOOT)


def _follow(decision: Go, rollout: Rollout, after: State, *, now: datetime) -> None:
    if after is State.SUCCEEDED:
        _serve(rollout, now=now)
    elif decision.move is Move.ROLL_BACK and State(rollout.state) in WITH_TRAFFIC:
        _lock(rollout, decision.reason, now=now)


def _serve(rollout: Rollout, *, now: datetime) -> None:
    previous = rollout.replaces_id
    if rollout.kind == Rollout.Kind.ROLLBACK:
        # Back from 1.1.0 to 1.0.0, the one before is what 1.0.0 once replaced, not 1.1.0 again.
        first = Rollout.objects.filter(
            environment=rollout.environment_id,
            release=rollout.release_id,
            kind=Rollout.Kind.RELEASE,
            state=State.SUCCEEDED,
        ).first()
        previous = first.replaces_id if first else None
    Environment.objects.filter(pk=rollout.environment_id).update(
        serving=rollout.release_id, serving_since=now, previous=previous
    )


def _lock(rollout: Rollout, reason: Reason, *, now: datetime) -> None:
    if not rollout.environment.policy.locks_after_rollback:
        return
    Environment.objects.filter(pk=rollout.environment_id, locked_at=None).update(
        locked_at=now,
        locked_by=MACHINE.name,
        lock_reason=f"{rollout.release.version} was rolled back. {reason.sentence}",
    )
