"""Runs of notebooks: asked for in a row, done by whoever takes it, kept with what was read and what came out."""

import hashlib
import json
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from kombu.exceptions import OperationalError

from analytics.api import datasets
from notebooks.models import Run, Schedule
from notebooks.operations import execution
from notebooks.operations.execution import Ended
from notebooks.operations.version import commit
from notebooks.rules import notebook
from notebooks.rules.notebook import Document, NotebookError
from portal import clock
from portal.accounts.actors import Actor
from portal.accounts.permissions import ALLOWED, Verb
from portal.audit import ledger

log = logging.getLogger(__name__)
TASK = "notebooks.tasks.run_notebook"
# Whoever does a run says so every second; silent for this long, they are gone.
SILENT_S = 30
MOST_TRIES = 2
MOST_WAITING = 20


@dataclass(frozen=True)
class Asked:
    """A notebook to be run, and what it is told. `name` is what it is called in lists."""

    name: str
    document: Document
    parameters: Mapping[str, Any]
    cause: str = Run.Cause.PERSON
    schedule: Schedule | None = None


def ask(asked: Asked, *, by: Actor, now: datetime) -> Run:
    """Will write the run's row and nudge the worker. Raises NotebookError for who may not, or has too many waiting."""
    person_id = refuse_role(by)
    waiting = Run.objects.filter(person_id=person_id, ended_at=None).count()
    if waiting >= MOST_WAITING:
        raise NotebookError(f"{waiting} of your runs haven't ended. Nothing was run. Wait for one, or cancel one.")
    source = json.dumps(notebook.stripped(asked.document), ensure_ascii=False, indent=1)
    run = Run(
        token=uuid.uuid4().hex,
        notebook=asked.name,
        title=notebook.title(asked.document) or asked.name,
        source=source,
        digest=hashlib.sha256(source.encode()).hexdigest(),
        parameters=dict(asked.parameters),
        person_id=person_id,
        asked_at=now,
        asked_by=by.name,
        cause=asked.cause,
        schedule=asked.schedule,
        state=Run.State.QUEUED,
        engine=settings.CONFIGURATION.query_engine,
        commit=commit(),
    )
    with transaction.atomic():
        run.save()
        ledger.append(ledger.Entry("run_notebook", sentence=f"{run.token}: {asked.name}"), by=by, now=now)
        transaction.on_commit(partial(_nudge, run.pk))
    return run


def execute(run_id: int, *, now: datetime) -> None:
    """Will do a run that waits, from its start to its end; one that somebody else took is left to them."""
    taken = Run.objects.filter(pk=run_id, state=Run.State.QUEUED)
    serving = {dataset: datasets.serving(dataset) for dataset in datasets.datasets()}
    if not taken.update(state=Run.State.RUNNING, started_at=now, looked_at=now, snapshots=serving):
        return
    run = Run.objects.select_related("person").get(pk=run_id)
    passing = clock.running_from(now)
    ended = execution.execute(run, is_wanted=lambda: _is_wanted(run, now=passing()), now=now)
    _end(run, ended, now=passing())


def cancel(run: Run, *, by: Actor, now: datetime) -> None:
    """Will ask for a run's end; what it had done is kept. Raises NotebookError for somebody else's run."""
    if by.user_id != run.person_id and not by.may(Verb.CONFIGURE):
        raise NotebookError(f"{run.asked_by} asked for this run, and it goes on. Ask them, or an operator.")
    with transaction.atomic():
        asked = Run.objects.filter(pk=run.pk, ended_at=None, cancel_asked_at=None)
        if asked.update(cancel_asked_at=now, cancel_asked_by=by.name):
            ledger.append(ledger.Entry("cancel_run", sentence=run.token), by=by, now=now)
    # One that waits ends at once; one that runs is ended by whoever does it.
    queued = Run.objects.filter(pk=run.pk, state=Run.State.QUEUED)
    queued.update(state=Run.State.CANCELLED, ended_at=now, message=f"{by.name} cancelled it before it began.")


def tend(*, now: datetime) -> list[int]:
    """Will see to runs whose worker died, and name those that wait, the oldest first."""
    silent = Run.objects.filter(state=Run.State.RUNNING, looked_at__lt=now - timedelta(seconds=SILENT_S))
    for run in silent:
        same = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, looked_at=run.looked_at)
        if run.tries + 1 < MOST_TRIES:
            same.update(state=Run.State.QUEUED, tries=run.tries + 1)
        else:
            message = "The process that ran it died twice. What it had done is kept. Look at its last cell."
            same.update(state=Run.State.FAILED, ended_at=now, message=message)
    return list(Run.objects.filter(state=Run.State.QUEUED).order_by("id").values_list("pk", flat=True))


def find(token: str) -> Run | None:
    """Will give the run of that token."""
    return Run.objects.select_related("person", "schedule").filter(token=token).first()


def newest() -> QuerySet[Run]:
    """Will give the runs, newest first, without their sources."""
    return Run.objects.select_related("schedule").defer("source")


def refuse_role(by: Actor) -> int:
    """Will give the person whose run it is. Raises NotebookError for who may not run notebooks."""
    if by.user_id is None or not by.may(Verb.RUN_NOTEBOOK):
        needed = ", ".join(sorted(ALLOWED[Verb.RUN_NOTEBOOK]))
        raise NotebookError(f"Running notebooks needs one of the roles {needed}. Nothing was run. Ask an operator.")
    return by.user_id


def _is_wanted(run: Run, *, now: datetime) -> bool:
    Run.objects.filter(pk=run.pk).update(looked_at=now)
    return not Run.objects.filter(pk=run.pk, cancel_asked_at__isnull=False).exists()


def _end(run: Run, ended: Ended, *, now: datetime) -> None:
    state = {True: Run.State.SUCCEEDED, False: Run.State.FAILED, None: Run.State.CANCELLED}[ended.is_good]
    Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).update(
        state=state, ended_at=max(now, run.asked_at), cell=ended.cell, message=ended.message
    )


def _nudge(run_id: int) -> None:
    # By name: tasks stands above operations.
    try:
        current_app.send_task(TASK, kwargs={"run_id": run_id}, retry=False)
    except OperationalError as error:
        log.warning("run %s was not nudged, the tick will find it: %s", run_id, error)
