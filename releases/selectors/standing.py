"""Makes a rollout's Standing out of its rows: what rules decide on and buttons are drawn by."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from portal.accounts.actors import Actor
from releases.models import Approval, Deployment, Environment, Freeze, Measurement, Rollout
from releases.rules import freezes
from releases.rules.guards import Asker
from releases.rules.observation import Capabilities, Health, Observation
from releases.rules.reasons import Code, Reason, because
from releases.rules.standing import Ask, Asked, Standing
from releases.rules.states import ACTIVE, State
from releases.rules.verdict import Check, Judgement, Sample, Verdict

SHOWN_TIME = "%Y-%m-%d %H:%M UTC"


def of(rollout: Rollout, *, now: datetime, can: Capabilities | None = None, **newer: Any) -> Standing:
    """Will give the standing as the rows have it; `newer` replaces fields that were just looked at outside.

    What only one state is decided by is read in that state only: a tick does this for every active rollout.
    """
    deployment = Deployment.objects.filter(rollout=rollout).first()
    environment = rollout.environment
    known: dict[str, Any] = {
        "state": State(rollout.state),
        "state_since": rollout.state_since,
        "plan": rollout.plan,
        "policy": environment.policy,
        "environment": str(environment),
        "version": rollout.release.version,
        "is_rollback": rollout.kind == Rollout.Kind.ROLLBACK,
        "step_index": rollout.step_index,
        "step_since": rollout.step_since,
        "asks": asks(rollout),
        "paused_by": rollout.paused_by,
        "approvals_given": approvals_given(rollout, now=now),
        "can": can or Capabilities(),
        **_of_deployment(deployment),
    }
    if rollout.state == State.QUEUED:
        known |= {"others": other_active(rollout), "is_next": is_next(rollout)}
    if rollout.state == State.READY:
        known["blockers"] = (*blockers(environment, now=now), *obstacles(deployment))
        known["doubts"] = doubts(deployment)
    if "judgement" not in newer:
        known["judgement"] = stored_judgement(rollout)
    return Standing(**{**known, **newer})


def asker(actor: Actor, rollout: Rollout, *, now: datetime) -> Asker:
    """Will say who asks, as far as the guards care."""
    author_id = rollout.release.author_id
    decided = (
        actor.user_id is not None and standing_decisions(rollout, now=now).filter(decided_by=actor.user_id).exists()
    )
    is_author = author_id is not None and author_id == actor.user_id
    return Asker(actor.name, actor.roles, actor.may, is_author, decided)


def asks(rollout: Rollout) -> Mapping[Ask, Asked]:
    """Will give what was asked of the rollout and is not settled yet."""
    rows = rollout.requests.filter(settled_at=None)
    return {Ask(row.verb): Asked(row.asked_by, row.note) for row in rows}


def standing_decisions(rollout: Rollout, *, now: datetime) -> QuerySet[Approval]:
    """Will give the decisions that hold: not void, not expired, bound to this release and this plan."""
    return rollout.approvals.filter(
        void_at=None, expires_at__gt=now, release_digest=rollout.release.digest, plan_digest=rollout.plan_digest
    )


def approvals_given(rollout: Rollout, *, now: datetime) -> int:
    """Will count the people whose approval holds now: never the author, be they learned of a moment ago."""
    approvals = standing_decisions(rollout, now=now).filter(decision=Approval.Decision.APPROVED)
    return approvals.exclude(decided_by=F("rollout__release__author")).count()


def blockers(environment: Environment, *, now: datetime) -> tuple[Reason, ...]:
    """Will list the lock and the freezes that stop promotions to the environment now."""
    found = []
    if environment.locked_at is not None:
        since = environment.locked_at.strftime(SHOWN_TIME)
        facts = {"since": since, "by": environment.locked_by, "why": environment.lock_reason}
        found.append(because(Code.LOCKED, environment=environment, **facts))
    for freeze in Freeze.objects.filter(Q(environment=environment) | Q(environment=None), lifted_at=None):
        until = freezes.frozen_until(freeze.window, now=now)
        if until is not None:
            facts = {"until": until.strftime(SHOWN_TIME), "why": freeze.reason}
            found.append(because(Code.FROZEN, environment=environment, **facts))
    return tuple(found)


def obstacles(deployment: Deployment | None) -> tuple[Reason, ...]:
    """Will list what was found to stand in the way when the promotion was last worked out."""
    found = deployment.foresight if deployment else None
    return tuple(because(Code.PREFLIGHT, sentence=one.sentence) for one in found.obstacles) if found else ()


def doubts(deployment: Deployment | None) -> tuple[Reason, ...]:
    """Will list what did not pass when the promotion was last worked out, and leaves the promotion to a person."""
    found = deployment.foresight.findings if deployment and deployment.foresight else ()
    return tuple(because(Code.DOUBTFUL, sentence=one.sentence) for one in found if not one.is_good)


def other_active(rollout: Rollout) -> str:
    """Will name the version of another rollout that is active in the same environment, or give an empty text."""
    others = Rollout.objects.filter(environment_id=rollout.environment_id, ended_at=None, state__in=sorted(ACTIVE))
    return others.exclude(pk=rollout.pk).values_list("release__version", flat=True).first() or ""


def is_next(rollout: Rollout) -> bool:
    """Will tell whether no newer rollout waits in the same queue."""
    queue = Rollout.objects.filter(environment_id=rollout.environment_id, ended_at=None, state=State.QUEUED)
    return not queue.filter(pk__gt=rollout.pk).exists()


def stored_judgement(rollout: Rollout) -> Judgement | None:
    """Will give the newest checks of the step as they were stored; None where nothing was measured."""
    rows = Measurement.objects.filter(rollout=rollout, step_index=rollout.step_index)
    checks = tuple(map(_check, rows))
    if not checks:
        return None
    count = next((int(check.green or 0) for check in checks if check.measure == "requests"), 0)
    return Judgement(checks, Sample(count, 0, None), Sample(0, 0, None))


def _check(row: Measurement) -> Check:
    return Check(row.measure, row.blue, row.green, row.unit, Verdict(row.verdict), row.sentence)


def _of_deployment(deployment: Deployment | None) -> Mapping[str, Any]:
    if deployment is None:
        return {}
    observation = None
    if deployment.observed_at is not None:
        observation = Observation(
            green=Health(deployment.green),
            blue=Health(deployment.blue),
            asked=deployment.asked,
            seen=deployment.seen,
            outside_status=deployment.outside_status,
            preview_url=deployment.preview_url,
            message=deployment.message,
            log_tail=deployment.log_tail,
        )
    return {
        "asked": deployment.asked,
        "has_agreed": deployment.agreed_at is not None,
        "has_started": deployment.started_at is not None,
        "green_since": deployment.green_since,
        "observation": observation,
    }
