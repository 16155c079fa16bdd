"""Works out what promoting a green that is up would call, and checks what would stop it: what an approval binds to."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from portal.accounts.actors import MACHINE
from portal.audit import ledger
from releases.models import Deployment, Rollout
from releases.operations import events
from releases.operations.advance.leases import Lease
from releases.rules import foresight
from releases.rules.foresight import Finding, Foresight
from releases.rules.observation import Health, Observation
from releases.rules.states import State
from releases.targets.base import Ref, Target, TargetError

FORESEEN_STATES = frozenset({State.DEPLOYING, State.READY})
# Permissions, protections and targets change while people think about it.
EVERY = timedelta(seconds=15)


def take(
    rollout: Rollout,
    deployment: Deployment | None,
    observation: Observation | None,
    target: Target,
    lease: Lease,
    *,
    now: datetime,
) -> None:
    """Will keep what the target foresees, and give the rollout the digest of plan and calls.

    A target that can't say leaves the calls as they were, with a finding that says so.
    """
    is_wanted = rollout.kind == Rollout.Kind.RELEASE and rollout.state in FORESEEN_STATES
    is_up = observation is not None and observation.green is Health.HEALTHY
    if deployment is None or not is_wanted or not is_up:
        return
    if deployment.foreseen_at is not None and now - deployment.foreseen_at < EVERY:
        return
    found = _ask(rollout, deployment, target)
    deployment.foresight_json = foresight.to_json(found)
    deployment.foreseen_at = now
    digest = foresight.digest(rollout.plan.digest, found.calls)
    with transaction.atomic():
        Deployment.objects.filter(pk=deployment.pk).update(
            foresight_json=deployment.foresight_json, foreseen_at=deployment.foreseen_at
        )
        if digest != rollout.plan_digest and _bind(rollout, digest, lease, now=now):
            entry = events.of_rollout(rollout, verb="foresee", sentence=_told(found))
            ledger.append(entry, by=MACHINE, now=now)


def _ask(rollout: Rollout, deployment: Deployment, target: Target) -> Foresight:
    weights = [step.weight for step in rollout.plan.steps]
    try:
        return target.foresee(Ref(deployment.outside_id), weights)
    except TargetError as error:
        unchecked = Finding("unchecked", f"It could not be checked: {error.message}", is_good=False, is_blocking=False)
        return replace(deployment.foresight or Foresight(), findings=(unchecked,))


def _bind(rollout: Rollout, digest: str, lease: Lease, *, now: datetime) -> bool:
    """What was approved before is no longer what would be called: those approvals don't count any more."""
    held = Rollout.objects.filter(pk=rollout.pk, lease_token=lease.token, state=rollout.state)
    if not held.update(plan_digest=digest):
        return False
    rollout.approvals.filter(void_at=None).update(void_at=now, void_reason="what promoting will call has changed")
    rollout.plan_digest = digest
    return True


def _told(found: Foresight) -> str:
    return f"Promoting will make {len(found.calls)} outside calls; approvals are bound to them and to the plan."
