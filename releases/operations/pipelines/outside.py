"""Finds what was deployed without the portal: by an event's hint, or by asking where the event was lost.

Its release is the same one whoever tells of it first: the pipeline is asked before one is recorded of an image alone.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from portal.accounts.actors import MACHINE, Actor, ActorKind
from portal.audit import ledger
from releases.models import Deployment, Environment, OutsideDeployment, PipelineLink, Release, Watch
from releases.operations import locks, releases
from releases.operations.releases import Conflict, Recording, RecordingError
from releases.rules.pipelines.outside import Begun, Image
from releases.targets import registry
from releases.targets.base import History, TargetError

# How long an event may be lost before anybody notices.
RESTING_EVERY, MOVING_EVERY = timedelta(minutes=5), timedelta(seconds=30)
AFTER_TROUBLE = timedelta(seconds=30)
# So far back a list is asked for again: what was created a moment ago may not be listed yet.
OVERLAP = timedelta(minutes=10)
# So long a pipeline has to tell what it built, before a release is recorded of the image alone.
PIPELINE_HAS = timedelta(minutes=10)
# Longer than the few calls of one look take.
LEASE = timedelta(minutes=3)
log = logging.getLogger(__name__)


def due(*, now: datetime) -> list[int]:
    """Will name the environments to look at: those told of, and those that nobody looked at for a while."""
    rows = Environment.objects.filter(target__in=registry.HISTORIES)
    free = rows.filter(Q(watch=None) | Q(watch__look_until=None) | Q(watch__look_until__lte=now))
    rested = Q(watch=None) | Q(watch__looked_at=None) | Q(watch__looked_at__lte=now - RESTING_EVERY)
    moving = Q(outside_deployments__is_settled=False, watch__looked_at__lte=now - MOVING_EVERY)
    # After trouble `due_at` lies ahead, and nothing comes before it.
    asked = Q(watch__due_at__lte=now) | (Q(watch__due_at=None) & (rested | moving))
    return list(free.filter(asked).order_by("pk").values_list("pk", flat=True).distinct())


def look(environment_id: int, *, now: datetime) -> bool:
    """Will look at what was deployed to the environment and do what follows; False where somebody else looks.

    A target that doesn't answer keeps its sentence, and is asked again in a while.
    """
    watch, _ = Watch.objects.get_or_create(
        environment_id=environment_id, defaults={"followed_since": now - OVERLAP, "due_at": now}
    )
    free = Watch.objects.filter(Q(look_until=None) | Q(look_until__lte=now), pk=watch.pk)
    if not free.update(look_until=now + LEASE):
        return False
    with _held(watch, now + LEASE):
        watch = Watch.objects.select_related("environment__service").get(pk=watch.pk)
        try:
            _look(watch, now=now)
        except TargetError as error:
            trouble = str(error)
            log.warning("what is deployed to %s is looked for later: %s", watch.environment.slug, trouble)
            again = Watch.objects.filter(pk=watch.pk, due_at=watch.due_at)
            again.update(trouble=trouble, due_at=now + AFTER_TROUBLE)
        else:
            Watch.objects.filter(pk=watch.pk).update(looked_at=now, trouble="")
            # A hint that came meanwhile stays: `due_at` is another one then.
            Watch.objects.filter(pk=watch.pk, due_at=watch.due_at).update(due_at=None)
    return True


@contextmanager
def _held(watch: Watch, until: datetime) -> Iterator[None]:
    try:
        yield
    finally:
        Watch.objects.filter(pk=watch.pk, look_until=until).update(look_until=None)


def _look(watch: Watch, *, now: datetime) -> None:
    environment = watch.environment
    history = registry.history_for(environment.target, environment.slug, environment.target_config)
    since = max(watch.followed_since, (watch.looked_at or watch.followed_since) - OVERLAP)
    settled = set(environment.outside_deployments.filter(is_settled=True).values_list("outside_id", flat=True))
    unended = environment.outside_deployments.filter(is_settled=False).values_list("outside_id", flat=True)
    found = history.begun(since=since, unended=list(unended))
    for begun in _of_others(found):
        if begun.id not in settled:
            _keep(environment, begun, history, now=now)


def _of_others(found: Iterable[Begun]) -> list[Begun]:
    """A marker is ours where its intent was written here; a way back is no release."""
    others = [one for one in found if not one.is_way_back]
    tokens = [one.token for one in others if one.token]
    ours = set(Deployment.objects.filter(token__in=tokens).values_list("token", flat=True))
    return [one for one in others if one.token not in ours]


def _keep(environment: Environment, begun: Begun, history: History, *, now: datetime) -> None:
    facts = {
        "status": begun.status,
        "definition": begun.definition.rpartition("/")[2],
        "ended_at": begun.ended_at,
        "has_succeeded": begun.has_succeeded,
    }
    with transaction.atomic():
        row, is_new = OutsideDeployment.objects.update_or_create(
            environment=environment,
            outside_id=begun.id,
            defaults=facts,
            create_defaults={**facts, "begun_at": begun.begun_at, "seen_at": now},
        )
        if is_new:
            _tell(row, now=now)
    if row.release is None and not row.note:
        _find_release(row, begun, history, now=now)
    is_known = row.release is not None or bool(row.note)
    if is_known and begun.ended_at is not None:
        _settle(row, now=now)


def _find_release(row: OutsideDeployment, begun: Begun, history: History, *, now: datetime) -> None:
    """Will find the release by the image that runs, or record it; nothing yet while the pipeline may still tell."""
    service = row.environment.service
    image = history.image(begun)
    if image.unknown:
        # What it makes may show what its AppSpec did not say, once it is up.
        row.note = image.unknown if begun.ended_at is not None else ""
    else:
        row.image = image.digest
        row.release = Release.objects.filter(service=service, artifact__endswith=f"@{image.digest}").first()
        if row.release is None and _has_told(row, now=now):
            _record(row, image, now=now)
    row.save(update_fields=["note", "image", "release", "has_recorded"])


def _has_told(row: OutsideDeployment, *, now: datetime) -> bool:
    """Whether the service's pipeline had its turn to say what it built; otherwise it is looked at now."""
    link = PipelineLink.objects.filter(service=row.environment.service_id).first()
    if link is None or now >= row.seen_at + PIPELINE_HAS:
        return True
    if link.looked_at is not None and link.looked_at >= row.seen_at and not link.trouble:
        return True
    PipelineLink.objects.filter(Q(due_at=None) | Q(due_at__gt=now), pk=link.pk, trouble="").update(due_at=now)
    return False


def _record(row: OutsideDeployment, image: Image, *, now: datetime) -> None:
    """Nobody is asked for a rollout of it: it was deployed already."""
    by = Actor(f"CodeDeploy {row.outside_id}"[:200], ActorKind.MACHINE)
    service = row.environment.service
    free = (name for name in image.names if not service.releases.filter(version=name).exists())
    recording = Recording(
        service=service.slug,
        version=next(free, image.names[-1]),
        commit=image.commit,
        artifact=image.artifact,
        changelog=f"Found in the deployment {row.outside_id}, which nobody began in the portal.",
    )
    try:
        _record_as(row, recording, by=by, now=now)
    except RecordingError:
        # A commit that can't be read is not claimed.
        _record_as(row, replace(recording, commit=""), by=by, now=now)
    except Conflict as conflict:
        # Whoever built it told of it just now: the next look finds that.
        log.info("the release of %s is looked for again: %s", row.outside_id, conflict)


def _record_as(row: OutsideDeployment, recording: Recording, *, by: Actor, now: datetime) -> None:
    with transaction.atomic():
        release = releases.record(recording, by=by, now=now, opens=False).release
        OutsideDeployment.objects.filter(pk=row.pk).update(release=release, has_recorded=True)
    row.release, row.has_recorded = release, True


def _settle(row: OutsideDeployment, *, now: datetime) -> None:
    """Will write that it has ended, and what serves since then."""
    with transaction.atomic():
        settled = OutsideDeployment.objects.filter(pk=row.pk, is_settled=False).update(is_settled=True)
        if not settled:
            return
        if row.has_succeeded and row.release is not None:
            here = Environment.objects.filter(pk=row.environment_id)
            older = here.filter(Q(serving=None) | Q(serving_since__lt=row.ended_at)).exclude(serving=row.release)
            older.update(previous=F("serving"), serving=row.release, serving_since=row.ended_at)
        _tell(row, now=now)


def _tell(row: OutsideDeployment, *, now: datetime) -> None:
    entry = locks.entry(row.environment, verb="see_deployment", sentence=row.sentence, reason="drift")
    ledger.append(entry, by=MACHINE, now=now)
