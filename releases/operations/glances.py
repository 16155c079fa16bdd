"""Which rollouts the tick looks at: on far targets one call asks about many, and what is unchanged rests."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from releases.models import Deployment, Rollout
from releases.operations.advance import rests
from releases.rules.states import State
from releases.targets import registry
from releases.targets.base import TargetError

log = logging.getLogger(__name__)
# In these nothing happens by itself that a target's status would not tell.
SPARED = frozenset({State.DEPLOYING, State.READY})
# A whole look, with tasks, alarms and permissions, is due after this even where the status stayed as it was.
LONGEST = timedelta(minutes=10)
# What of one account is asked about, and looked at, in one tick: more would only be refused by the pace of calls, and
# those that waited longest would wait on. Four calls for many where nothing changed; where everything did, one call and
# five whole looks of three.
AT_ONCE, LOOKS = 100, 5
A_CALL = 25


def due(*, now: datetime) -> Iterable[int]:
    """Will give the ids of the rollouts that need a look now, oldest first.

    Those that rest, and whose target says by one call for many that nothing has changed, rest on.
    """
    active = Rollout.objects.filter(Q(look_at=None) | Q(look_at__lte=now), ended_at=None).order_by("id")
    rested = active.filter(look_at__isnull=False, state__in=sorted(SPARED))
    spared = _spare(_glanceable(rested, now=now), now=now)
    return [rollout_id for rollout_id in active.values_list("id", flat=True) if rollout_id not in spared]


def _glanceable(rested: Iterable[Rollout], *, now: datetime) -> Iterable[Deployment]:
    rows = Deployment.objects.select_related("rollout__environment__service").filter(
        rollout__in=rested, observed_at__gt=now - LONGEST, rollout__environment__target__in=registry.GLANCES
    )
    return rows.exclude(outside_id="").order_by("rollout__look_at", "rollout_id")


def _spare(deployments: Iterable[Deployment], *, now: datetime) -> set[int]:
    places = defaultdict(list)
    for deployment in deployments:
        environment = deployment.rollout.environment
        config = environment.target_config
        places[environment.target, config.get("region", ""), config.get("role_arn", "")].append(deployment)
    return {rollout_id for some in places.values() for rollout_id in _left_alone(some, now=now)}


def _left_alone(deployments: Sequence[Deployment], *, now: datetime) -> set[int]:
    """What of one place needs no look in this tick: what is unchanged, and what has to wait its turn."""
    changed: list[int] = []
    for start in range(0, min(len(deployments), AT_ONCE), A_CALL):
        asked = deployments[start : start + A_CALL]
        same = _unchanged(asked, now=now)
        changed += [one.rollout_id for one in asked if one.rollout_id not in same]
        if len(changed) >= LOOKS:
            break
    return {one.rollout_id for one in deployments} - set(changed[:LOOKS])


def _unchanged(deployments: Sequence[Deployment], *, now: datetime) -> set[int]:
    """Where the target does not answer, nothing is known to have changed: they are asked about at the next tick."""
    environment = deployments[0].rollout.environment
    place = environment.target, environment.slug, environment.target_config
    try:
        statuses = registry.glance(*place, [one.outside_id for one in deployments])
        can = registry.target_for(*place).can
    except TargetError as error:
        log.warning("%s rollouts on %s are looked at later: %s", len(deployments), environment.target, error)
        return {one.rollout_id for one in deployments}
    same = [one for one in deployments if one.outside_status.startswith(statuses.get(one.outside_id, "?"))]
    for state in SPARED:
        ids = [one.rollout_id for one in same if one.rollout.state == state]
        look_at = now + timedelta(seconds=rests.rest_s(state, can))
        Rollout.objects.filter(pk__in=ids, state=state, look_at__lte=now).update(look_at=look_at)
    return {one.rollout_id for one in same}
