"""Looks at a rollout's target and keeps what was seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from portal.accounts.actors import MACHINE
from portal.audit import ledger
from releases.models import Deployment, Rollout
from releases.operations import events
from releases.rules.observation import Observation
from releases.targets.base import Ref, Target, TargetError

# Seeing the same again is written this often only: a tick over many rollouts is mostly of that kind.
STALE = timedelta(seconds=10)


@dataclass(frozen=True)
class Look:
    """What the target said, or why it said nothing."""

    observation: Observation | None = None
    trouble: str = ""
    is_permanent: bool = False


def take(rollout: Rollout, deployment: Deployment | None, target: Target, *, now: datetime) -> Look:
    """Will ask the target about the rollout's deployment; a target that doesn't answer is trouble, not an error."""
    if deployment is None or not deployment.outside_id:
        return Look()
    try:
        observation = target.observe(Ref(deployment.outside_id))
    except TargetError as error:
        return Look(trouble=error.message, is_permanent=error.permanent)
    _keep(rollout, deployment, observation, now=now)
    return Look(observation)


def _keep(rollout: Rollout, deployment: Deployment, observation: Observation, *, now: datetime) -> None:
    told = _what_changed(deployment, observation)
    fields = {
        "seen": observation.seen,
        "green": observation.green.value,
        "blue": observation.blue.value,
        "outside_status": observation.outside_status,
        "preview_url": observation.preview_url,
        "message": observation.message,
        # What green wrote last is kept after it is gone: that is when people want to read it.
        "log_tail": observation.log_tail or deployment.log_tail,
        "observed_at": now,
    }
    if deployment.green != observation.green.value:
        fields["green_since"] = now
    if deployment.agreed_at is None and observation.seen == deployment.asked:
        fields["agreed_at"] = now
    is_fresh = deployment.observed_at is not None and now - deployment.observed_at < STALE
    if is_fresh and all(getattr(deployment, name) == value for name, value in fields.items() if name != "observed_at"):
        return
    with transaction.atomic():
        Deployment.objects.filter(pk=deployment.pk).update(**fields)
        if told:
            ledger.append(events.of_rollout(rollout, verb="observe", sentence=told), by=MACHINE, now=now)


def _what_changed(deployment: Deployment, observation: Observation) -> str:
    told = []
    if deployment.green != observation.green.value:
        told.append(f"Green is {observation.green}.")
    if deployment.seen != observation.seen:
        told.append(f"Green has {observation.seen} % of the traffic ({deployment.asked} % asked).")
    if deployment.observed_at is not None and deployment.blue != observation.blue.value:
        told.append(f"Blue is {observation.blue}.")
    return " ".join(told)
