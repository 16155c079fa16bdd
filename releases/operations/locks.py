"""Locks: no promotions until a person lifts them. Rollbacks pass."""

from datetime import datetime

from django.db import transaction

from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.audit import ledger
from releases.models import Environment
from releases.operations.refusal import Missing, Refused
from releases.rules.guards import not_allowed
from releases.rules.reasons import Code, because


def lock(*, environment_id: int, reason: str, by: Actor, now: datetime) -> Environment:
    """Will lock the environment; an existing lock keeps its first reason. Raises Refused, Missing."""
    if not reason.strip():
        raise Refused([because(Code.NOTE_MISSING)])
    with transaction.atomic():
        environment = load(environment_id, Verb.LOCK, by)
        Environment.objects.filter(pk=environment_id, locked_at=None).update(
            locked_at=now, locked_by=by.name, lock_reason=reason.strip()
        )
        ledger.append(entry(environment, verb=Verb.LOCK, sentence=reason.strip()), by=by, now=now)
    return environment


def lift(*, environment_id: int, note: str, by: Actor, now: datetime) -> Environment:
    """Will lift the lock; the note says why it is safe again. Raises Refused, Missing."""
    if not note.strip():
        raise Refused([because(Code.NOTE_MISSING)])
    with transaction.atomic():
        environment = load(environment_id, Verb.LIFT_LOCK, by)
        was_locked = Environment.objects.filter(pk=environment_id, locked_at__isnull=False).update(
            locked_at=None, locked_by="", lock_reason=""
        )
        if was_locked:
            ledger.append(entry(environment, verb=Verb.LIFT_LOCK, sentence=note.strip()), by=by, now=now)
    return environment


def load(environment_id: int, verb: Verb, by: Actor) -> Environment:
    """Will give the environment, locked for the transaction, once `by` was found to be allowed `verb`.

    Raises Refused, Missing.
    """
    if not by.may(verb):
        raise Refused([not_allowed(verb, roles=by.roles)])
    rows = Environment.objects.select_related("service").select_for_update(of=("self",))
    environment = rows.filter(pk=environment_id).first()
    if environment is None:
        raise Missing("There is no such environment. The fleet page lists what there is.")
    return environment


def entry(environment: Environment, *, verb: str, sentence: str, reason: str = "") -> ledger.Entry:
    """Will make the ledger's entry about an environment."""
    return ledger.Entry(
        verb=verb,
        service=environment.service.slug,
        environment=environment.name,
        reason=reason,
        sentence=sentence,
    )
