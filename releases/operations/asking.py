"""How every verb on a rollout goes: look, let the guards speak, write the ask and its event, nudge."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.audit import ledger
from releases.models import Request, Rollout
from releases.operations import events, nudges
from releases.operations.refusal import Missing, Refused
from releases.rules import guards
from releases.rules.standing import Ask
from releases.rules.states import State
from releases.selectors import standing


@dataclass(frozen=True)
class Asking:
    """Somebody's verb on one rollout, at one time."""

    rollout_id: int
    verb: Verb
    by: Actor
    now: datetime
    note: str = ""


def load(rollout_id: int) -> Rollout:
    """Will give the rollout, locked for the transaction that changes it.

    Raises Missing where there is none.
    """
    rows = Rollout.objects.select_related("environment__service", "release")
    rollout = rows.select_for_update(of=("self",)).filter(pk=rollout_id).first()
    if rollout is None:
        raise Missing(f"There is no rollout {rollout_id}. The fleet page lists what there is.")
    return rollout


def ask(asking: Asking, ask_: Ask) -> Rollout:
    """Will write the ask of `asking` as a row, for `advance` to do.

    What is asked or being done already is not asked again. Raises Refused, with every reason, where the guards are
    against it, and Missing for an unknown rollout.
    """

    def write(rollout: Rollout) -> bool:
        if ask_ is Ask.ROLL_BACK and rollout.state == State.ROLLING_BACK:
            return False
        return put(rollout, ask_, asking)

    return change(asking, write)


def put(rollout: Rollout, ask_: Ask, asking: Asking) -> bool:
    """Will write the ask's row; False where the same is asked already."""
    _, is_new = Request.objects.get_or_create(
        rollout=rollout,
        verb=ask_.value,
        settled_at=None,
        defaults={
            "asked_at": asking.now,
            "asked_by": asking.by.name,
            "asked_by_kind": asking.by.kind.value,
            "note": asking.note,
        },
    )
    return is_new


def change(asking: Asking, write: Callable[[Rollout], bool]) -> Rollout:
    """Will do `write` and, if it changed something, append its event, in one transaction; then nudge.

    Raises Refused with the guards' reasons, Missing for an unknown rollout.
    """
    with transaction.atomic():
        rollout = load(asking.rollout_id)
        against = guards.reasons_against(
            asking.verb,
            standing.of(rollout, now=asking.now),
            standing.asker(asking.by, rollout, now=asking.now),
            note=asking.note,
        )
        if against:
            raise Refused(against)
        if write(rollout):
            entry = events.of_rollout(rollout, verb=asking.verb, sentence=asking.note)
            ledger.append(entry, by=asking.by, now=asking.now)
        nudges.after_commit(rollout.pk, is_rollback=asking.verb is Verb.ROLL_BACK, now=asking.now)
    return rollout
