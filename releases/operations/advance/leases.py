"""Who may move a rollout now: one holder at a time, for a while, fenced by a number that only grows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from releases.models import Rollout

# Longer than the slowest look at a target and the database's own wait, so a living holder never loses it.
MARGIN_S = 5.0


@dataclass(frozen=True)
class Lease:
    """The right to move one rollout. Every write names `token`; an older one changes nothing."""

    rollout_id: int
    token: int


def take(rollout_id: int, *, now: datetime, for_s: float, takes_over: bool = False) -> Lease | None:
    """Will take the lease if nobody holds it, or give None.

    With `takes_over` it is taken in any case. Whoever held it can write no more, and a call that was on its way is
    seen at the next look, for asked and seen then disagree. Until it is released the rollout doesn't rest: what a
    process had seen and not yet acted on when it was killed looks unchanged to a glance.
    """
    free = Q() if takes_over else Q(lease_until=None) | Q(lease_until__lte=now)
    until = now + timedelta(seconds=for_s + MARGIN_S)
    unheld = Rollout.objects.filter(free, pk=rollout_id, ended_at=None)
    taken = unheld.update(lease_until=until, lease_token=F("lease_token") + 1, look_at=None)
    if not taken:
        return None
    return Lease(rollout_id, Rollout.objects.values_list("lease_token", flat=True).get(pk=rollout_id))


def extend(lease: Lease, *, now: datetime, for_s: float) -> bool:
    """Will hold the lease for longer; False when it was lost."""
    until = now + timedelta(seconds=for_s + MARGIN_S)
    return bool(_held(lease).update(lease_until=until))


def release(lease: Lease, *, look_at: datetime | None = None) -> None:
    """Will give the lease back, with when the tick looks again; nothing happens where it was lost."""
    _held(lease).update(lease_until=None, look_at=look_at)


def _held(lease: Lease) -> QuerySet[Rollout]:
    return Rollout.objects.filter(pk=lease.rollout_id, lease_token=lease.token)
