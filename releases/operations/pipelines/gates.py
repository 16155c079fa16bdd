"""One decision about a release, never two: the portal's approval answers the gate, or the gate's comes to the portal.

The row comes first. It is unique for each asking of a gate, so whoever decided is written down once: by the portal
before it answers, or by whoever was faster as soon as that is seen.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from portal.accounts.actors import MACHINE
from portal.audit import ledger
from releases.models import Approval, Build, GateDecision, GateLink, PipelineLink, Rollout
from releases.operations import events
from releases.operations.pipelines import consoles
from releases.pipelines.base import Pipeline, TakenError
from releases.rules.pipelines import gates as rules
from releases.rules.pipelines.gates import Decision
from releases.rules.pipelines.people import name_of
from releases.rules.pipelines.seen import Gate, Look
from releases.rules.states import State
from releases.selectors import standing as standings

Origin, Outcome = GateDecision.Origin, GateDecision.Outcome
WAITING = "waiting"
MOST_NAMES = 3


def to_answer(*, now: datetime) -> set[int]:
    """Will name the pipelines whose gate waits for what the portal's people have decided by now."""
    found = set()
    for gate in (
        GateLink.objects.filter(pipeline__executions__standing=WAITING).select_related("environment").distinct()
    ):
        waiting = gate.pipeline.executions.filter(standing=WAITING, stage=gate.stage, action=gate.action)
        for execution_id in waiting.values_list("outside_id", flat=True):
            rollout = rollout_of(gate, execution_id)
            if rollout is not None and _wanted(rollout, now=now) is not None:
                found.add(gate.pipeline_id)
    return found


def rollout_of(gate: GateLink, execution_id: str) -> Rollout | None:
    """Will give the rollout that the gate's decision is about: of the release which that execution built."""
    builds = Build.objects.filter(pipeline=gate.pipeline_id, execution__outside_id=execution_id, release__isnull=False)
    release_id = builds.order_by("-id").values_list("release_id", flat=True).first()
    rollouts = Rollout.objects.select_related("environment__service", "release").filter(
        environment=gate.environment_id, release=release_id, kind=Rollout.Kind.RELEASE
    )
    return rollouts.order_by("-id").first() if release_id else None


def keep_up(link: PipelineLink, look: Look, pipeline: Pipeline, *, now: datetime) -> None:
    """Will pass decisions on, both ways. Raises PipelineError as the pipeline does; what was done stays done."""
    for gate in link.gates.all():
        asked = [one for one in look.gates if (one.stage, one.action) == (gate.stage, gate.action)]
        # Oldest first: an earlier decision is taken in before a later asking is answered.
        for one in reversed(asked):
            if one.is_waiting:
                _answer(gate, one, pipeline, now=now)
            else:
                _take_in(gate, one, followed_since=link.followed_since, now=now)
        _apply_the_rest(gate, asked, now=now)


def _wanted(rollout: Rollout, *, now: datetime) -> Decision | None:
    rejected = rollout.state == State.REJECTED or _decisions(rollout, Decision.REJECTED, now=now)
    given = standings.approvals_given(rollout, now=now)
    if rollout.has_ended and not rejected:
        return None
    needed = rollout.environment.policy.approvals_needed
    return rules.wanted(approvals_given=given, needed=needed, is_rejected=bool(rejected))


def _decisions(rollout: Rollout, decision: Decision, *, now: datetime) -> list[Approval]:
    rows = standings.standing_decisions(rollout, now=now).filter(decision=decision.value)
    return list(rows.select_related("decided_by").order_by("-decided_at"))


def _answer(gate: GateLink, asked: Gate, pipeline: Pipeline, *, now: datetime) -> None:
    rollout = rollout_of(gate, asked.execution_id)
    wanted = _wanted(rollout, now=now) if rollout else None
    if rollout is None or wanted is None:
        return
    row = _intend(gate, asked, rollout, wanted, now=now)
    if row.settled_at is not None:
        # The asking has been decided; what says that it waits is older than that.
        return
    try:
        pipeline.answer(asked, wanted, row.summary)
    except TakenError:
        _look_again(gate, row, asked, pipeline, now=now)
    else:
        _settle(row, Outcome.DONE, f"CodePipeline was told: {wanted}, by {row.decided_by}.", now=now)


def _intend(gate: GateLink, asked: Gate, rollout: Rollout, wanted: Decision, *, now: datetime) -> GateDecision:
    """Will write down what is about to be answered. What was meant before and not done gives way to what is meant now.

    The answer itself is safe to repeat: its token answers once.
    """
    decisions = _decisions(rollout, wanted, now=now)
    names = ", ".join(one.decided_by.shown_name for one in decisions[:MOST_NAMES]) or "Verdigris"
    note = next((one.comment for one in decisions if one.comment), "")
    address = consoles.address(reverse("releases:rollout", args=[rollout.pk]))
    facts = {
        "execution_id": asked.execution_id,
        "rollout": rollout,
        "decision": wanted.value,
        "origin": Origin.HERE,
        "decided_by": names[:200],
        "summary": rules.summary(wanted, by=names, note=note, address=address),
        "seen_at": now,
    }
    with transaction.atomic():
        row, is_new = GateDecision.objects.select_for_update().get_or_create(
            gate=gate, outside_id=asked.id, defaults=facts
        )
        if not is_new and row.settled_at is None and row.decision != wanted:
            for name, value in facts.items():
                setattr(row, name, value)
            row.save()
        if is_new:
            sentence = f"{gate.action} in {gate.stage} is being answered: {wanted}, by {names}."
            ledger.append(events.of_rollout(rollout, verb="answer_gate", sentence=sentence), by=MACHINE, now=now)
    return row


def _look_again(gate: GateLink, row: GateDecision, asked: Gate, pipeline: Pipeline, *, now: datetime) -> None:
    fresh = next((one for one in pipeline.look().gates if one.id == asked.id), None)
    if fresh is None:
        _settle(row, Outcome.MOOT, f"{gate.action} no longer asks about this execution.", now=now)
    elif not fresh.is_waiting:
        _take_in(gate, fresh, followed_since=row.seen_at, now=now)


def _take_in(gate: GateLink, asked: Gate, *, followed_since: datetime, now: datetime) -> None:
    """Will write down what was decided at the gate, unless it is what the portal itself said there."""
    decision = rules.decided(asked)
    row = GateDecision.objects.filter(gate=gate, outside_id=asked.id).first()
    if row is None:
        if decision is None or (asked.since or now) < followed_since:
            return
        row = _write_down(gate, asked, decision, now=now)
    elif row.settled_at is not None:
        return
    elif row.origin == Origin.HERE:
        row = _was_it_us(row, asked, decision, now=now)
    if row.settled_at is None:
        _apply(gate, row, now=now)


def _write_down(gate: GateLink, asked: Gate, decision: Decision, *, now: datetime) -> GateDecision:
    facts = {
        "execution_id": asked.execution_id,
        "rollout": rollout_of(gate, asked.execution_id),
        "decision": decision.value,
        "origin": Origin.CONSOLE,
        "decided_by": name_of(asked.by),
        "summary": asked.summary[: rules.LONGEST_SUMMARY],
        "seen_at": now,
    }
    row, _ = GateDecision.objects.get_or_create(gate=gate, outside_id=asked.id, defaults=facts)
    return row


def _was_it_us(row: GateDecision, asked: Gate, decision: Decision | None, *, now: datetime) -> GateDecision:
    """Will tell our own answer, whose confirmation was lost, from that of somebody who was first."""
    if decision is None:
        sentence = "The gate was closed before the answer arrived; the approval does not carry over to another one."
        return _settle(row, Outcome.MOOT, sentence, now=now)
    if row.decision == decision and (rules.is_ours(asked, row.summary) or consoles.is_portal(name_of(asked.by))):
        return _settle(row, Outcome.DONE, f"CodePipeline was told: {decision}, by {row.decided_by}.", now=now)
    first = name_of(asked.by)
    if row.decision == decision:
        return _settle(row, Outcome.TAKEN, f"{first} was first at the gate and said the same: {decision}.", now=now)
    row.decision, row.origin, row.decided_by = decision.value, Origin.CONSOLE, first
    row.summary = asked.summary[: rules.LONGEST_SUMMARY]
    row.save(update_fields=["decision", "origin", "decided_by", "summary"])
    return row


def _apply(gate: GateLink, row: GateDecision, *, now: datetime) -> None:
    if row.rollout is None:
        row.rollout = rollout_of(gate, row.execution_id)
        row.save(update_fields=["rollout"])
    if row.rollout is None:
        return
    outcome, sentence = consoles.carry_over(row, row.rollout, now=now)
    if outcome is not None:
        _settle(row, outcome, sentence, now=now)


def _apply_the_rest(gate: GateLink, asked: Iterable[Gate], *, now: datetime) -> None:
    """Will try again what could not be carried over yet, and end what never will be."""
    newest = next(iter(asked), None)
    for row in gate.decisions.filter(settled_at=None, origin=Origin.CONSOLE).select_related("rollout"):
        _apply(gate, row, now=now)
        is_past = newest is not None and newest.id != row.outside_id
        if row.settled_at is None and row.rollout is None and is_past:
            sentence = "No rollout of its release was open; the decision does not carry over to another one."
            _settle(row, Outcome.MOOT, sentence, now=now)


def _settle(row: GateDecision, outcome: GateDecision.Outcome, sentence: str, *, now: datetime) -> GateDecision:
    with transaction.atomic():
        unsettled = GateDecision.objects.filter(pk=row.pk, settled_at=None)
        if unsettled.update(settled_at=now, outcome=outcome, sentence=sentence) and row.rollout is not None:
            entry = events.of_rollout(row.rollout, verb="settle_gate", sentence=sentence)
            ledger.append(entry, by=MACHINE, now=now)
    row.settled_at, row.outcome, row.sentence = now, outcome, sentence
    return row
