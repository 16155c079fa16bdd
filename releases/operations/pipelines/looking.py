"""Looks at a pipeline and keeps what it says: executions, builds and their releases, and then its gates."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from portal.accounts.actors import MACHINE
from portal.audit import ledger
from releases.models import Build, Execution, PipelineLink
from releases.operations.pipelines import gates, links, recordings
from releases.operations.releases import RecordingError
from releases.pipelines.base import CALL_LIMIT_S, Pipeline, PipelineError
from releases.rules.pipelines import addresses, provenance, seen, standings
from releases.rules.pipelines.provenance import ProvenanceError
from releases.rules.pipelines.seen import Look
from releases.rules.pipelines.standings import MOVING

# How long events may be lost before anybody notices.
MOVING_EVERY = timedelta(seconds=30)
RESTING_EVERY = timedelta(minutes=5)
AFTER_TROUBLE = timedelta(seconds=30)
# A release that can't be recorded for this long is left, with its sentence, for a person.
GIVEN_UP_AFTER = timedelta(days=1)
MARGIN = timedelta(seconds=5)
log = logging.getLogger(__name__)


def due(*, now: datetime) -> list[int]:
    """Will name the pipelines to look at: those told of, not looked at for a while, or with a gate to answer."""
    rows = PipelineLink.objects.filter(Q(look_until=None) | Q(look_until__lte=now))
    moving = Q(executions__standing__in=sorted(MOVING), looked_at__lte=now - MOVING_EVERY)
    rested = Q(looked_at=None) | Q(looked_at__lte=now - RESTING_EVERY)
    # After trouble `due_at` lies ahead, and neither a moving execution nor a gate comes before it.
    asked = rows.filter(Q(due_at__lte=now) | (Q(due_at=None) & (moving | rested)))
    answering = rows.filter(due_at=None, pk__in=gates.to_answer(now=now))
    return sorted({*asked.values_list("pk", flat=True), *answering.values_list("pk", flat=True)})


def look(link_id: int, *, now: datetime) -> bool:
    """Will look at the pipeline and do what follows; False where somebody else looks, or it is gone.

    What it does is done once, however often it is called: it starts from what the pipeline says and what is recorded.
    A pipeline that doesn't answer keeps its sentence and is asked again in a while.
    """
    until = now + timedelta(seconds=CALL_LIMIT_S) + MARGIN
    free = PipelineLink.objects.filter(Q(look_until=None) | Q(look_until__lte=now), pk=link_id)
    if not free.update(look_until=until):
        return False
    with _held(link_id, until):
        row = PipelineLink.objects.select_related("service").prefetch_related("gates__environment").get(pk=link_id)
        try:
            trouble = _look(row, links.pipeline_of(row), now=now)
        except PipelineError as error:
            trouble = f"{error.message}. What was seen before is shown."
        _note(row, trouble, now=now)
    return True


@contextmanager
def _held(link_id: int, until: datetime) -> Iterator[None]:
    try:
        yield
    finally:
        PipelineLink.objects.filter(pk=link_id, look_until=until).update(look_until=None)


def _note(row: PipelineLink, trouble: str, *, now: datetime) -> None:
    """Will keep that it was looked at. A hint that came meanwhile stays: `due_at` is another one then."""
    if trouble:
        log.warning("the pipeline of %s: %s", row.service.slug, trouble)
    PipelineLink.objects.filter(pk=row.pk).update(looked_at=now, trouble=trouble)
    again = now + AFTER_TROUBLE if trouble else None
    PipelineLink.objects.filter(pk=row.pk, due_at=row.due_at).update(due_at=again)


def _look(row: PipelineLink, pipeline: Pipeline, *, now: datetime) -> str:
    """Will keep what the pipeline says and act on it; gives what is to be tried again, or nothing."""
    look_ = pipeline.look()
    executions = _keep_executions(row, look_, now=now)
    settled = set(row.builds.filter(is_settled=True).values_list("outside_id", flat=True))
    trouble = [_keep_build(row, build, pipeline, now=now) for build in pipeline.builds(settled)]
    _link_executions(row, look_, executions)
    _link_late(row, now=now)
    gates.keep_up(row, look_, pipeline, now=now)
    return " ".join(filter(None, trouble))


def _keep_executions(row: PipelineLink, look_: Look, *, now: datetime) -> dict[str, Execution]:
    known = {one.outside_id: one for one in row.executions.filter(outside_id__in=[one.id for one in look_.executions])}
    # Oldest first, so that rows and ledger tell it in its order.
    for one in reversed(look_.executions):
        known[one.id] = _keep_execution(row, one, known.get(one.id), look_, now=now)
    return known


def _keep_execution(
    row: PipelineLink, told: seen.Execution, was: Execution | None, look_: Look, *, now: datetime
) -> Execution:
    standing = standings.of(told, look_)
    facts = {
        "commit": told.commit[:100],
        "subject": told.subject[:500],
        "standing": standing.kind.value,
        "stage": standing.stage[:100],
        "action": standing.action[:100],
        "since": standing.since,
        "by": standing.by[:200],
        "note": standing.note,
        "link": addresses.safe(standing.link)[:2048],
        "tries": standing.tries,
        "started_at": told.started_at,
        "updated_at": told.updated_at,
    }
    if was is not None and all(getattr(was, name) == value for name, value in facts.items()):
        return was
    with transaction.atomic():
        kept, _ = Execution.objects.update_or_create(pipeline=row, outside_id=told.id, defaults=facts)
        is_news = was is None or was.standing != standing.kind
        if is_news and (told.started_at or now) >= row.followed_since:
            entry = ledger.Entry(
                "see_pipeline", service=row.service.slug, sentence=f"{row} {told.id[:8]}: {standing.sentence}"
            )
            ledger.append(entry, by=MACHINE, now=now)
    return kept


def _keep_build(row: PipelineLink, told: seen.Build, pipeline: Pipeline, *, now: datetime) -> str:
    """Will keep a build and, where it went well, record its release; gives what is to be tried again, or nothing."""
    facts: dict[str, Any] = {
        "status": told.status,
        "number": told.number,
        "commit": told.commit[:100],
        "log_url": addresses.safe(told.log_url)[:2048],
        "note": told.note,
        "tests_total": told.tests.total if told.tests else None,
        "tests_passed": told.tests.passed if told.tests else None,
        "started_at": told.started_at,
        "ended_at": told.ended_at,
    }
    build, _ = Build.objects.update_or_create(pipeline=row, outside_id=told.id, defaults=facts)
    if not told.has_ended:
        return ""
    return _settle(build, told, pipeline, now=now)


def _settle(build: Build, told: seen.Build, pipeline: Pipeline, *, now: datetime) -> str:
    ended_at = told.ended_at or now
    is_followed = ended_at >= build.pipeline.followed_since
    try:
        if told.has_succeeded and is_followed:
            build.release = recordings.record(build, told, pipeline, now=now)
        elif told.has_succeeded:
            _keep_names(build, told)
            build.release = recordings.match(build)
    except ProvenanceError as error:
        _leave(build, str(error), now=now)
    except RecordingError as error:
        if now < ended_at + GIVEN_UP_AFTER:
            Build.objects.filter(pk=build.pk).update(note=str(error))
            return str(error)
        _leave(build, str(error), now=now)
    build.is_settled = True
    build.save(update_fields=["release", "is_settled"])
    return ""


def _keep_names(build: Build, told: seen.Build) -> None:
    facts = provenance.of_build(told)
    build.version, build.image = facts.version, facts.image
    build.save(update_fields=["version", "image"])


def _leave(build: Build, sentence: str, *, now: datetime) -> None:
    with transaction.atomic():
        Build.objects.filter(pk=build.pk).update(note=sentence)
        recordings.tell(build, sentence, now=now)


def _link_executions(row: PipelineLink, look_: Look, executions: dict[str, Execution]) -> None:
    """Will say of each build which execution it belongs to: CodePipeline may name it after CodeBuild has ended it."""
    belongs = {one.work: executions.get(one.execution_id) for one in look_.actions if one.is_build and one.work}
    for build in row.builds.filter(execution=None, outside_id__in=belongs):
        Build.objects.filter(pk=build.pk).update(execution=belongs[build.outside_id])


def _link_late(row: PipelineLink, *, now: datetime) -> None:
    """Will find the releases that were recorded after their build was seen: AWS is not asked again."""
    late = row.builds.filter(is_settled=True, release=None, status="SUCCEEDED", ended_at__gte=now - GIVEN_UP_AFTER)
    for build in late.select_related("pipeline__service"):
        try:
            release = recordings.match(build)
        except ProvenanceError:
            continue
        if release is not None:
            Build.objects.filter(pk=build.pk).update(release=release, note="")
