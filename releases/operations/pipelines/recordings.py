"""Finds the release that a build made, or records it: the same release, whoever tells of it first."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from portal.accounts.actors import MACHINE, Actor, ActorKind
from portal.accounts.models import User
from portal.audit import ledger
from releases.models import Build, PipelineLink, Release, Service
from releases.operations import releases
from releases.operations.pipelines import authors, links
from releases.operations.releases import Conflict, Recording, RecordingError
from releases.pipelines.base import Pipeline
from releases.repositories import base as repositories
from releases.rules.pipelines import provenance, seen
from releases.rules.pipelines.provenance import Facts, ProvenanceError

log = logging.getLogger(__name__)


def match(build: Build) -> Release | None:
    """Will find the recorded release that the build made. Raises ProvenanceError as `_find`."""
    return _find(Facts(build.version, build.commit, build.image), build.pipeline.service)


def record(build: Build, told: seen.Build, pipeline: Pipeline, *, now: datetime) -> Release:
    """Will give the release of a build that went well, recorded now where nobody has told of it yet.

    The build's own call may have come first, or come later: said by both, it is one release.
    Raises ProvenanceError where it is not known well enough or recorded of something else; RecordingError and
    PipelineError where trying again may help.
    """
    facts, tags = _with_image(provenance.of_build(told), build.pipeline, pipeline)
    build.version, build.image = facts.version, facts.image
    build.save(update_fields=["version", "image"])
    service = build.pipeline.service
    named = replace(facts, version=provenance.version_of(facts, tags))
    found = _find(facts, service) or _find(named, service) or _deployed_already(named, build)
    if found is not None:
        _learn_author(found, named, build, now=now)
        return found
    lacking = provenance.missing(named, needs_image=bool(build.pipeline.images))
    if lacking:
        raise ProvenanceError(lacking)
    return _record(named, build, now=now)


def _find(facts: Facts, service: Service) -> Release | None:
    """Will find the release by its version, where that is known; else by its image, else by its commit.

    Raises ProvenanceError where the version is recorded of something else.
    """
    rows = Release.objects.filter(service=service)
    if facts.version:
        named = rows.filter(version=facts.version).first()
        differing = _contradiction(facts, named) if named else ""
        if differing:
            raise ProvenanceError(differing)
        # By another version it would be another release, whatever else is the same.
        return named
    same_image = rows.filter(artifact__endswith=f"@{facts.image}") if facts.image else rows.none()
    same_commit = rows.filter(commit=facts.commit) if facts.commit else rows.none()
    agreeing = [one for one in same_commit if not _contradiction(facts, one)]
    return same_image.first() or (agreeing[0] if len(agreeing) == 1 else None)


def _deployed_already(facts: Facts, build: Build) -> Release | None:
    artifact = facts.artifact(build.pipeline.images)
    return releases.found_by_image(build.pipeline.service, artifact, facts.configuration)


def _with_image(facts: Facts, link: PipelineLink, pipeline: Pipeline) -> tuple[Facts, tuple[str, ...]]:
    """Will look up in the image repository what the build did not say: its image's digest, or its tags."""
    if not link.images or (facts.image and facts.version):
        return facts, ()
    image = pipeline.image(tags=provenance.image_tags(facts), digest=facts.image)
    return (replace(facts, image=image.digest), image.tags) if image else (facts, ())


def _record(facts: Facts, build: Build, *, now: datetime) -> Release:
    service = build.pipeline.service
    commits = _commits(facts, service, after=Release.objects.filter(service=service))
    recording = Recording(
        service=service.slug,
        version=facts.version,
        commit=facts.commit,
        artifact=facts.artifact(build.pipeline.images),
        configuration=facts.configuration,
        author=facts.author or _author(facts, commits),
        commits=commits,
    )
    try:
        return releases.record(recording, by=_teller(build), now=now).release
    except Conflict as conflict:
        # The build's own call came a moment ago, and said something else of it.
        raise ProvenanceError(str(conflict)) from None


def _learn_author(release: Release, facts: Facts, build: Build, *, now: datetime) -> None:
    """Whoever told of the release first may not have known who wrote it."""
    if release.author_id is not None:
        return
    earlier = Release.objects.filter(service=release.service, pk__lt=release.pk)
    author = authors.named(facts.author or _author(facts, _commits(facts, release.service, after=earlier)))
    with transaction.atomic():
        authors.learn(release, author, by=_teller(build), now=now)


def _teller(build: Build) -> Actor:
    return Actor(f"CodeBuild {build.outside_id}"[:200], ActorKind.MACHINE)


def _commits(facts: Facts, service: Service, *, after: QuerySet[Release]) -> Sequence[repositories.Commit]:
    """Will read what the release adds to the newest of `after`. Raises RecordingError, to be tried again."""
    before = after.exclude(commit="").values_list("commit", flat=True).first()
    if not (service.repository and before and facts.commit):
        return ()
    try:
        repository = links.repository_of(service)
        return repository.commits_between(before, facts.commit)[: releases.MOST_COMMITS]
    except repositories.RepositoryError as error:
        raise RecordingError(f"The commits of {facts.version} could not be read: {error}.") from error


def _author(facts: Facts, commits: Sequence[repositories.Commit]) -> str:
    """Will name who wrote the commit: their account here, by their address, else as they signed it."""
    commit = next((one for one in commits if one.sha == facts.commit), None)
    if commit is None:
        return ""
    people = User.objects.filter(email__iexact=commit.email, is_active=True) if commit.email else User.objects.none()
    names = list(people.values_list("username", flat=True)[:2])
    return names[0] if len(names) == 1 else commit.author[:150]


def _contradiction(facts: Facts, release: Release) -> str:
    return provenance.contradiction(facts, version=release.version, commit=release.commit, artifact=release.artifact)


def tell(build: Build, sentence: str, *, now: datetime) -> None:
    """Will write into the ledger, in the caller's transaction, why a build that went well has no release of its own."""
    entry = ledger.Entry("leave_build", service=build.pipeline.service.slug, release=build.version, sentence=sentence)
    ledger.append(entry, by=MACHINE, now=now)
