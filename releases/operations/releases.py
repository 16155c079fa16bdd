"""Recording releases: once, whole, and never changed afterwards."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction

from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.accounts.permissions import Verb
from portal.audit import ledger
from releases.models import Commit, Environment, IdempotencyKey, Release, Service
from releases.operations import rollouts
from releases.operations.pipelines import authors, links
from releases.operations.refusal import Missing, Refused
from releases.repositories import base as repositories
from releases.rules import digests
from releases.rules.guards import not_allowed

LONGEST_VALUE = 4_000
MOST_VARIABLES = 200
MOST_COMMITS = 500


class RecordingError(ValueError):
    """What was sent can't be a release; the message says what is wrong."""


class Conflict(Exception):  # noqa: N818 - it is an answer, not a fault
    """The version, or the idempotency key, is taken by something else."""


@dataclass(frozen=True)
class Recording:
    """What a build says of its release. `commits` may be empty: then they are read from the service's repository."""

    service: str
    version: str
    commit: str = ""
    artifact: str = ""
    configuration: Mapping[str, str] = field(default_factory=dict)
    changelog: str = ""
    author: str = ""
    commits: Sequence[repositories.Commit] = ()

    @property
    def digest(self) -> str:
        return digests.of_release(commit=self.commit, artifact=self.artifact, configuration=self.configuration)


@dataclass(frozen=True)
class Recorded:
    """The release, and whether this call made it."""

    release: Release
    is_new: bool


def record(recording: Recording, *, by: Actor, now: datetime, key: str = "", opens: bool = True) -> Recorded:
    """Will record a release and, if it `opens` any, open a rollout wherever an environment's policy says so.

    The same content again, or the same `key` with the same content, gives the release that is there.
    Raises Refused when `by` may not, Missing for an unknown service, RecordingError for what can't be a release,
    Conflict when the version has another digest or the key was used for something else.
    """
    if not by.may(Verb.RECORD):
        raise Refused([not_allowed(Verb.RECORD, roles=by.roles)])
    service = Service.objects.filter(slug=recording.service).first()
    if service is None:
        known = ", ".join(Service.objects.values_list("slug", flat=True)[:20]) or "none yet"
        raise Missing(f"There is no service {recording.service!r}. The services are: {known}.")
    _check_shape(recording)
    known_release = _already(recording, service=service, by=by, key=key)
    if known_release is not None:
        with transaction.atomic():
            authors.learn(known_release, _author(recording, by), by=by, now=now)
            _keep_key(recording, known_release, by=by, now=now, key=key)
        return Recorded(known_release, is_new=False)
    commits = _commits(recording, service)
    with transaction.atomic():
        release, is_new = _store(recording, commits, service=service, by=by, now=now)
        authors.learn(release, _author(recording, by), by=by, now=now)
        _keep_key(recording, release, by=by, now=now, key=key)
        if is_new and opens:
            _open_rollouts(release, by=by, now=now)
    return Recorded(release, is_new)


def _check_shape(recording: Recording) -> None:
    if not digests.is_version(recording.version):
        raise RecordingError(
            f"{recording.version!r} is no version: letters, digits, dots, dashes, plus and underscores, 64 at most."
        )
    if recording.commit and not digests.is_commit(recording.commit):
        raise RecordingError(f"{recording.commit!r} is no commit: it has 40 characters of 0-9 and a-f.")
    if not recording.commit and not recording.artifact:
        raise RecordingError("A release needs a commit, or an artifact with its digest.")
    artifact_digest = recording.artifact.rpartition("@")[2]
    if recording.artifact and not digests.is_digest(artifact_digest):
        raise RecordingError(
            f"{recording.artifact!r} names no digest: it ends in @sha256: and 64 characters of 0-9 and a-f."
        )
    _check_configuration(recording.configuration)


def _check_configuration(configuration: Mapping[str, str]) -> None:
    if len(configuration) > MOST_VARIABLES:
        raise RecordingError(f"A release has at most {MOST_VARIABLES} settings; this one has {len(configuration)}.")
    for name, value in configuration.items():
        if not digests.is_variable(name):
            raise RecordingError(f"{name!r} is no environment variable: capitals, digits and underscores.")
        if len(value) > LONGEST_VALUE or "\0" in value:
            raise RecordingError(f"The value of {name} is a text of at most {LONGEST_VALUE} characters.")


def _already(recording: Recording, *, service: Service, by: Actor, key: str) -> Release | None:
    if key and by.user_id is not None:
        used = IdempotencyKey.objects.select_related("release").filter(owner_id=by.user_id, key=key).first()
        if used is not None:
            _same_key_or_conflict(used, recording)
            return used.release
    release = Release.objects.filter(service=service, version=recording.version).first()
    if release is None:
        return found_by_image(service, recording.artifact, recording.configuration)
    _same_or_conflict(release, recording)
    return release


def found_by_image(service: Service, artifact: str, configuration: Mapping[str, str]) -> Release | None:
    """Will find the release that was recorded of a deployment of `artifact`, before whoever built it told of it.

    Of its making nothing was known then, so whatever else is told of it is no contradiction.
    """
    found = Release.objects.filter(service=service, outside_deployments__has_recorded=True)
    return found.filter(artifact=artifact, configuration=dict(configuration)).first() if artifact else None


def _keep_key(recording: Recording, release: Release, *, by: Actor, now: datetime, key: str) -> None:
    if not key or by.user_id is None:
        return
    facts = {"request_digest": _fingerprint(recording), "release": release, "at": now}
    used, _ = IdempotencyKey.objects.get_or_create(owner_id=by.user_id, key=key, defaults=facts)
    # Another recording may have taken the key since it was looked for.
    _same_key_or_conflict(used, recording)


def _same_key_or_conflict(used: IdempotencyKey, recording: Recording) -> None:
    if used.request_digest != _fingerprint(recording):
        raise Conflict(f"The idempotency key {used.key!r} was used for another release. Use a new key.")


def _same_or_conflict(release: Release, recording: Recording) -> None:
    known = found_by_image(release.service, recording.artifact, recording.configuration)
    if release.digest != recording.digest and release != known:
        raise Conflict(
            f"{release.service.slug} {release.version} is recorded already with digest {release.digest}; "
            f"this one has {recording.digest}. A release never changes: give the new one another version."
        )


def _fingerprint(recording: Recording) -> str:
    content = {**asdict(recording), "configuration": dict(recording.configuration)}
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _commits(recording: Recording, service: Service) -> Sequence[repositories.Commit]:
    if recording.commits or not (service.repository and recording.commit):
        return recording.commits[:MOST_COMMITS]
    repository = links.repository_of(service)
    try:
        if not repository.has(recording.commit):
            raise RecordingError(
                f"Commit {recording.commit} is not in {service.slug}'s repository. Push it, then record the release."
            )
        before = Release.objects.filter(service=service).exclude(commit="").values_list("commit", flat=True).first()
        return repository.commits_between(before, recording.commit)[:MOST_COMMITS] if before else []
    except repositories.RepositoryError as error:
        raise RecordingError(f"The commits of {recording.version} could not be read: {error}.") from error


def _store(
    recording: Recording, commits: Sequence[repositories.Commit], *, service: Service, by: Actor, now: datetime
) -> tuple[Release, bool]:
    author = _author(recording, by)
    release, is_new = Release.objects.get_or_create(
        service=service,
        version=recording.version,
        defaults={
            "digest": recording.digest,
            "commit": recording.commit,
            "artifact": recording.artifact,
            "configuration": dict(recording.configuration),
            "changelog": recording.changelog,
            "author_name": (author.shown_name if author else recording.author) or by.name,
            "author": author,
            "recorded_at": now,
            "recorded_by": by.name,
        },
    )
    if not is_new:
        _same_or_conflict(release, recording)
        return release, False
    Commit.objects.bulk_create(
        Commit(release=release, position=position, sha=c.sha, author=c.author, subject=c.subject[:500], at=c.at)
        for position, c in enumerate(commits)
    )
    entry = ledger.Entry(
        "record", service=service.slug, release=release.version, sentence=f"Recorded with digest {release.digest}."
    )
    ledger.append(entry, by=by, now=now)
    return release, True


def _author(recording: Recording, by: Actor) -> User | None:
    """Who is barred from approving: the named author where they have an account, else whoever records."""
    if recording.author:
        return authors.named(recording.author)
    return User.objects.filter(pk=by.user_id).first() if by.user_id else None


def _open_rollouts(release: Release, *, by: Actor, now: datetime) -> None:
    for environment in Environment.objects.filter(service=release.service):
        if environment.policy.opens_by_itself:
            rollouts.open_by_itself(environment_id=environment.pk, release_id=release.pk, by=by, now=now)
