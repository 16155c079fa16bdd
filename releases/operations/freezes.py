"""Freezes: set and lifted by people."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.audit import ledger
from releases.models import Environment, Freeze
from releases.operations.refusal import Missing, Refused
from releases.rules.freezes import WEEK, wall_clock
from releases.rules.guards import not_allowed


class FreezeError(ValueError):
    """The window makes no sense; the message says why."""


def set_(
    *,
    environment_id: int | None,
    reason: str,
    starts: str,
    ends: str,
    time_zone: str,
    by: Actor,
    now: datetime,
    is_weekly: bool = False,
) -> Freeze:
    """Will set a freeze; `starts` and `ends` are wall-clock times in `time_zone`, such as 2026-12-24T18:00.

    Raises FreezeError for a window that makes no sense, Refused, Missing for an unknown environment.
    """
    if not by.may(Verb.FREEZE):
        raise Refused([not_allowed(Verb.FREEZE, roles=by.roles)])
    _check(reason, starts, ends, time_zone, is_weekly=is_weekly)
    environment = _environment(environment_id)
    with transaction.atomic():
        freeze = Freeze.objects.create(
            environment=environment,
            reason=reason.strip(),
            starts=starts,
            ends=ends,
            time_zone=time_zone,
            is_weekly=is_weekly,
            set_at=now,
            set_by=by.name,
        )
        told = f"{starts} to {ends} {time_zone}{', every week' if is_weekly else ''}: {freeze.reason}"
        ledger.append(_entry(freeze, "freeze", told), by=by, now=now)
    return freeze


def lift(*, freeze_id: int, by: Actor, now: datetime) -> Freeze:
    """Will lift a freeze before its end. Raises Refused, Missing."""
    if not by.may(Verb.FREEZE):
        raise Refused([not_allowed(Verb.FREEZE, roles=by.roles)])
    with transaction.atomic():
        freeze = Freeze.objects.select_related("environment__service").filter(pk=freeze_id).first()
        if freeze is None:
            raise Missing("There is no such freeze.")
        if Freeze.objects.filter(pk=freeze_id, lifted_at=None).update(lifted_at=now, lifted_by=by.name):
            ledger.append(_entry(freeze, "lift_freeze", freeze.reason), by=by, now=now)
    return freeze


def _check(reason: str, starts: str, ends: str, time_zone: str, *, is_weekly: bool) -> None:
    if not reason.strip():
        raise FreezeError("Say why; people who are stopped by the freeze will read it.")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise FreezeError(f"{time_zone!r} is no time zone; write one like Europe/Berlin.") from None
    try:
        start, end = wall_clock(starts), wall_clock(ends)
    except ValueError:
        raise FreezeError("Write times like 2026-12-24T18:00.") from None
    if end <= start:
        raise FreezeError("A freeze ends after it starts.")
    if is_weekly and end - start >= WEEK:
        raise FreezeError("A weekly freeze is shorter than a week.")


def _environment(environment_id: int | None) -> Environment | None:
    if environment_id is None:
        return None
    environment = Environment.objects.select_related("service").filter(pk=environment_id).first()
    if environment is None:
        raise Missing("There is no such environment. The fleet page lists what there is.")
    return environment


def _entry(freeze: Freeze, verb: str, sentence: str) -> ledger.Entry:
    if freeze.environment is None:
        return ledger.Entry(verb, sentence=sentence)
    service, name = freeze.environment.service.slug, freeze.environment.name
    return ledger.Entry(verb, service=service, environment=name, sentence=sentence)
