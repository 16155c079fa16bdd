"""A person's verbs on rollouts. They write rows; releases.operations.advance does what they ask."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F

from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.audit import ledger
from releases.models import Environment, Release, Rollout
from releases.operations import asking, events, nudges
from releases.operations.asking import Asking
from releases.operations.refusal import Missing, Refused
from releases.rules.guards import not_allowed
from releases.rules.plan import Plan, all_at_once, to_json
from releases.rules.reasons import Code, because
from releases.rules.standing import Ask
from releases.rules.states import WITH_TRAFFIC, State


def open(*, environment_id: int, release_id: int, by: Actor, now: datetime) -> Rollout:  # noqa: A001 - rollouts.open
    """Will open a rollout of the release to the environment; older ones without traffic are superseded.

    Raises Refused when `by` may not or the release serves already, Missing for an unknown environment or release.
    """
    if not by.may(Verb.OPEN):
        raise Refused([not_allowed(Verb.OPEN, roles=by.roles)])
    return open_by_itself(environment_id=environment_id, release_id=release_id, by=by, now=now)


def open_by_itself(*, environment_id: int, release_id: int, by: Actor, now: datetime) -> Rollout:
    """Will do what `open` does where the environment's policy, not a person, opens the rollout."""
    with transaction.atomic():
        environment, release = _load(environment_id, release_id)
        if environment.serving_id == release.pk:
            raise Refused([because(Code.ALREADY_SERVES, version=release.version, environment=environment)])
        return create(environment, release, by=by, now=now, plan=environment.plan, kind=Rollout.Kind.RELEASE)


def create(
    environment: Environment, release: Release, *, by: Actor, now: datetime, plan: Plan, kind: Rollout.Kind
) -> Rollout:
    """Will write the rollout's row, ask older ones without traffic to make room, and nudge; in one transaction."""
    without_traffic = environment.rollouts.filter(ended_at=None).exclude(state__in=sorted(WITH_TRAFFIC))
    older = list(without_traffic)
    rollout = Rollout.objects.create(
        environment=environment,
        release=release,
        replaces=environment.serving,
        kind=kind,
        state=State.QUEUED,
        state_since=now,
        reason_code=Code.QUEUED_BEHIND if older else Code.AS_PLANNED,
        reason_sentence=because(Code.QUEUED_BEHIND).sentence if older else "",
        plan_json=to_json(plan),
        plan_digest=plan.digest,
        opened_at=now,
        opened_by=by.name,
    )
    for other in older:
        _supersede(other, release, by=by, now=now)
    ledger.append(events.of_rollout(rollout, verb="open", sentence=f"Plan: {plan.sentence}."), by=by, now=now)
    for moved in (*older, rollout):
        nudges.after_commit(moved.pk, is_rollback=kind == Rollout.Kind.ROLLBACK, now=now)
    return rollout


def _supersede(other: Rollout, release: Release, *, by: Actor, now: datetime) -> None:
    note = f"{release.version} takes its place"
    asking.put(other, Ask.SUPERSEDE, Asking(other.pk, Verb.OPEN, by, now, note))


def _load(environment_id: int, release_id: int) -> tuple[Environment, Release]:
    rows = Environment.objects.select_related("service").select_for_update(of=("self",))
    environment = rows.filter(pk=environment_id).first()
    if environment is None:
        raise Missing("There is no such environment. The fleet page lists what there is.")
    release = Release.objects.filter(pk=release_id, service_id=environment.service_id).first()
    if release is None:
        raise Missing(f"{environment.service} has no such release. Its page lists what was recorded.")
    return environment, release


def promote(*, rollout_id: int, by: Actor, now: datetime, note: str = "") -> Rollout:
    """Will ask that green takes production traffic by the plan. Raises Refused, Missing."""
    return asking.ask(Asking(rollout_id, Verb.PROMOTE, by, now, note), Ask.PROMOTE)


def skip(*, rollout_id: int, by: Actor, now: datetime, note: str = "") -> Rollout:
    """Will ask to skip the rest of the steps, or of the bake. Raises Refused, Missing."""
    return asking.ask(Asking(rollout_id, Verb.SKIP, by, now, note), Ask.SKIP)


def cancel(*, rollout_id: int, by: Actor, now: datetime, note: str = "") -> Rollout:
    """Will ask to cancel a rollout that has not started. Raises Refused, Missing."""
    return asking.ask(Asking(rollout_id, Verb.CANCEL, by, now, note), Ask.CANCEL)


def roll_back(*, rollout_id: int, by: Actor, now: datetime, note: str = "") -> Rollout:
    """Will give all traffic back to blue and drive it itself, without queue or broker.

    No freeze, lock or approval is asked. Raises Refused when `by` may not or the rollout has ended, Missing.
    """
    return asking.ask(Asking(rollout_id, Verb.ROLL_BACK, by, now, note), Ask.ROLL_BACK)


def retry(*, rollout_id: int, by: Actor, now: datetime, note: str = "") -> Rollout:
    """Will ask to try a failed rollback again. Raises Refused, Missing."""
    return asking.ask(Asking(rollout_id, Verb.RETRY, by, now, note), Ask.RETRY)


def resolve(*, rollout_id: int, by: Actor, now: datetime, note: str) -> Rollout:
    """Will end a failed rollback that a person put right by hand; the note says how. Raises Refused, Missing."""
    return asking.ask(Asking(rollout_id, Verb.RESOLVE, by, now, note), Ask.RESOLVE)


def pause(*, rollout_id: int, by: Actor, now: datetime, note: str = "") -> Rollout:
    """Will stop the timers where they are; a failing green is still rolled back. Raises Refused, Missing."""

    def write(rollout: Rollout) -> bool:
        return bool(Rollout.objects.filter(pk=rollout.pk, paused_at=None).update(paused_at=now, paused_by=by.name))

    return asking.change(Asking(rollout_id, Verb.PAUSE, by, now, note), write)


def resume(*, rollout_id: int, by: Actor, now: datetime, note: str = "") -> Rollout:
    """Will let the timers go on from where they stopped. Raises Refused, Missing."""
    return asking.change(Asking(rollout_id, Verb.RESUME, by, now, note), partial(_resume, now=now))


def _resume(rollout: Rollout, *, now: datetime) -> bool:
    if rollout.paused_at is None:
        return False
    stood = now - rollout.paused_at
    paused = Rollout.objects.filter(pk=rollout.pk, paused_at=rollout.paused_at)
    return bool(paused.update(paused_at=None, paused_by="", step_since=F("step_since") + stood))


ROLLBACK_PLAN = all_at_once()
