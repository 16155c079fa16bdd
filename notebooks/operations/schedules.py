"""What runs notebooks by itself: the clock, and a dataset's promotion."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from analytics.api import datasets
from notebooks.models import Run, Schedule
from notebooks.operations import collection, runs
from notebooks.operations.runs import Asked
from notebooks.rules.notebook import NotebookError
from portal.accounts import actors
from portal.accounts.actors import MACHINE, Actor
from portal.accounts.models import User
from portal.accounts.permissions import Verb
from portal.audit import ledger

log = logging.getLogger(__name__)
SHORTEST_H, LONGEST_H = 1, 24 * 31


def every(hours: int, *, name: str, parameters: Mapping[str, Any], by: Actor, now: datetime) -> Schedule:
    """Will run a notebook every so many hours, the first time after them. Raises NotebookError."""
    if not SHORTEST_H <= hours <= LONGEST_H:
        raise NotebookError(f"A schedule is every {SHORTEST_H} to {LONGEST_H} hours. Nothing was set. Choose another.")
    row = Schedule(every_h=hours, next_at=now + timedelta(hours=hours))
    return _make(row, name=name, parameters=parameters, by=by, now=now)


def with_each(dataset: str, *, name: str, parameters: Mapping[str, Any], by: Actor, now: datetime) -> Schedule:
    """Will run a notebook whenever another snapshot of the dataset comes to serve. Raises NotebookError."""
    known = datasets.datasets()
    if dataset not in known:
        raise NotebookError(f"There is no dataset {dataset!r}. Nothing was set. There are {', '.join(known)}.")
    row = Schedule(dataset=dataset, seen=datasets.serving(dataset))
    return _make(row, name=name, parameters=parameters, by=by, now=now)


def stop(schedule: Schedule, *, by: Actor, now: datetime) -> None:
    """Will end a schedule; what it has started goes on. Raises NotebookError for somebody else's."""
    if by.user_id != schedule.person_id and not by.may(Verb.CONFIGURE):
        raise NotebookError(f"{schedule.made_by} made this schedule, and it stays. Ask them, or an operator.")
    with transaction.atomic():
        if Schedule.objects.filter(pk=schedule.pk, ended_at=None).update(ended_at=now, ended_by=by.name):
            ledger.append(ledger.Entry("end_schedule", sentence=str(schedule)), by=by, now=now)


def start_due(*, now: datetime) -> list[Run]:
    """Will ask for what is due: by the clock, and for datasets where another snapshot serves than was last seen.

    Said by several at once, each is asked for once.
    """
    timed = Schedule.objects.filter(ended_at=None, next_at__lte=now)
    found = [_start(one, Run.Cause.SCHEDULE, now=now) for one in timed if _is_mine(one, now=now)]
    waiting = Schedule.objects.filter(ended_at=None).exclude(dataset="")
    found += [_start(one, Run.Cause.PROMOTION, now=now) for one in waiting if _is_promoted(one)]
    return [run for run in found if run is not None]


def _make(row: Schedule, *, name: str, parameters: Mapping[str, Any], by: Actor, now: datetime) -> Schedule:
    row.person_id = runs.refuse_role(by)
    collection.read(name, person=User.objects.get(pk=row.person_id))
    row.notebook, row.parameters, row.made_at, row.made_by = name, dict(parameters), now, by.name
    with transaction.atomic():
        row.save()
        ledger.append(ledger.Entry("schedule_notebook", sentence=str(row)), by=by, now=now)
    return row


def _is_mine(schedule: Schedule, *, now: datetime) -> bool:
    """Takes the turn; whoever comes second finds that it isn't due any more. Turns that were missed don't pile up."""
    every_h = timedelta(hours=schedule.every_h or LONGEST_H)
    missed = (now - (schedule.next_at or now)) // every_h
    after = (schedule.next_at or now) + (missed + 1) * every_h
    same = Schedule.objects.filter(pk=schedule.pk, next_at=schedule.next_at, ended_at=None)
    return bool(same.update(next_at=after))


def _is_promoted(schedule: Schedule) -> bool:
    serves = datasets.serving(schedule.dataset)
    if not serves or serves == schedule.seen:
        return False
    same = Schedule.objects.filter(pk=schedule.pk, seen=schedule.seen, ended_at=None)
    return bool(same.update(seen=serves))


def _start(schedule: Schedule, cause: str, *, now: datetime) -> Run | None:
    by = actors.from_user(schedule.person)
    try:
        document = collection.read(schedule.notebook, person=schedule.person)
        asked = Asked(schedule.notebook, document, schedule.parameters, cause=cause, schedule=schedule)
        return runs.ask(asked, by=by, now=now)
    except NotebookError as error:
        log.warning("schedule %s was ended: %s", schedule.pk, error)
        stop(schedule, by=MACHINE, now=now)
        return None
