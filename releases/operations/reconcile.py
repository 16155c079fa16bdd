"""Finds traffic that was changed by hand, or lost in a restart, while no rollout runs; puts it right or adopts it."""

import logging
from datetime import datetime

from django.db import transaction

from portal.accounts.actors import MACHINE
from portal.audit import ledger
from releases.models import Environment
from releases.operations import locks
from releases.rules.observation import Health
from releases.rules.policy import OnDrift
from releases.rules.states import ACTIVE
from releases.targets import registry
from releases.targets.base import TargetError

# The task comes every five ticks of two seconds; a far environment has its turn once a minute.
EVERY_S = 10
FAR_TURNS = 6
log = logging.getLogger(__name__)


def due(*, now: datetime) -> list[int]:
    """Will give the ids of the environments to look at now: those at hand each time, a sixth of those on far targets.

    Each of the latter has its own turn, so that many don't ask at once.
    """
    rows = Environment.objects.values_list("id", "target")
    turn = int(now.timestamp()) // EVERY_S
    return [pk for pk, target in rows if target in registry.AT_HAND or (turn + pk) % FAR_TURNS == 0]


def reconcile(environment_id: int, *, now: datetime) -> bool:
    """Will compare what the target was told with what it does, and heal it; True when something was healed.

    Where a rollout is active, `advance` does this itself. A target that doesn't answer is left for the next tick.
    """
    environment = Environment.objects.select_related("service").get(pk=environment_id)
    if environment.rollouts.filter(ended_at=None, state__in=sorted(ACTIVE)).exists():
        return False
    is_adopted = environment.policy.on_drift is OnDrift.ADOPT
    try:
        target = registry.target_for(environment.target, environment.slug, environment.target_config)
        observation = target.observe(None)
        is_drifted = observation.seen != observation.asked
        if is_drifted and is_adopted:
            target.adopt()
        elif is_drifted or observation.blue is Health.UNHEALTHY:
            # Copies that were taken out by hand, or gave up, are brought back too.
            target.restore()
    except TargetError as error:
        log.warning("environment %s could not be reconciled: %s", environment.slug, error)
        return False
    if not is_drifted:
        return False
    found = f"{observation.seen} % of the traffic was on the idle slot instead of {observation.asked} %"
    # The target may know what was changed: a listener, a record, a rule.
    found = f"{found} ({observation.message})" if observation.message else found
    sentence = f"{found}. It was {'adopted' if is_adopted else 'put back'}."
    with transaction.atomic():
        ledger.append(locks.entry(environment, verb="drift", sentence=sentence, reason="drift"), by=MACHINE, now=now)
    return True
