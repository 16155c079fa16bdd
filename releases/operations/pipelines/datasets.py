"""Revisions of data become releases: every snapshot on the shelf of a dataset that is a service is recorded once."""

import logging
from datetime import datetime

from django.db import transaction

from analytics.api import datasets
from analytics.api.datasets import Revision
from portal.accounts.actors import MACHINE
from portal.audit import ledger
from releases.models import Environment, Release, Service
from releases.operations import locks, releases
from releases.operations.releases import Recording

log = logging.getLogger(__name__)


def record_new(*, now: datetime) -> list[Release]:
    """Will record, oldest first, what was brought in since it was last asked, and open rollouts by policy.

    A snapshot in quarantine is not recorded. What serves before any environment released it becomes what serves there.
    """
    recorded = []
    for service in Service.objects.filter(kind=Service.Kind.DATASET):
        for revision in reversed(datasets.revisions(service.slug)):
            if revision.snapshot is None or revision.quarantine is not None:
                continue
            if Release.objects.filter(service=service, artifact=_artifact(revision)).exists():
                continue
            try:
                recorded.append(_record(service, revision, now=now))
            except releases.Conflict as error:
                log.warning("snapshot %s of %s is not recorded: %s", revision.revision, service.slug, error)
    return recorded


def _record(service: Service, revision: Revision, *, now: datetime) -> Release:
    with transaction.atomic():
        if revision.is_serving:
            _adopt(service, revision, now=now)
        return releases.record(_recording(service, revision), by=MACHINE, now=now).release


def _adopt(service: Service, revision: Revision, *, now: datetime) -> None:
    """The first snapshot was put there before anybody released it."""
    # What serves in an account's lake is not what serves here.
    unserved = Environment.objects.filter(service=service, serving=None).exclude(target_config__has_key="bucket")
    if not unserved.exists():
        return
    release = releases.record(_recording(service, revision), by=MACHINE, now=now, opens=False).release
    for environment in unserved:
        Environment.objects.filter(pk=environment.pk).update(serving=release, serving_since=now)
        told = f"{release.version} served before anybody released it; it is what serves."
        ledger.append(locks.entry(environment, verb="adopt", sentence=told), by=MACHINE, now=now)


def _recording(service: Service, revision: Revision) -> Recording:
    snapshot = revision.snapshot
    assert snapshot is not None  # noqa: S101 - what isn't written down is not recorded
    until = f"{snapshot.last_date}-" if snapshot.last_date else ""
    told = f"{snapshot.credit}. {snapshot.rows:,} rows from {snapshot.origin}."
    return Recording(service.slug, f"{until}{revision.revision}", artifact=_artifact(revision), changelog=told)


def _artifact(revision: Revision) -> str:
    return f"{revision.dataset}/{revision.revision}@sha256:{revision.digest}"
