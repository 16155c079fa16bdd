"""Which service is built where, and who is told that something may have changed there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from analytics.api import sources
from portal import aws
from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.audit import ledger
from releases.models import Environment, GateLink, PipelineLink, Rollout, Service, Watch
from releases.operations import nudges
from releases.operations.refusal import Missing, Refused
from releases.pipelines import registry
from releases.pipelines.base import Config, Mailbox, Pipeline
from releases.repositories import registry as repository_registry
from releases.repositories.base import Repository
from releases.rules.guards import not_allowed
from releases.rules.pipelines.notices import Hint, Subject

LINKED = ("kind", "region", "role_arn", "external_id", "name", "project", "images", "queue_url", "topic_arn")


class LinkError(ValueError):
    """The pipeline can't be linked like this; the message says why."""


@dataclass(frozen=True)
class Linking:
    """Where a service is built, as a person writes it; `gates` are stage and action by the environment's name."""

    service: str
    region: str
    kind: str = "codepipeline"
    role_arn: str = ""
    external_id: str = ""
    name: str = ""
    project: str = ""
    images: str = ""
    queue_url: str = ""
    topic_arn: str = ""
    gates: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def link(linking: Linking, *, by: Actor, now: datetime) -> PipelineLink:
    """Will link the service to its pipeline, in place of what it was linked to.

    Raises Refused when `by` may not, Missing for an unknown service or environment, LinkError.
    """
    if not by.may(Verb.CONFIGURE):
        raise Refused([not_allowed(Verb.CONFIGURE, roles=by.roles)])
    _check(linking)
    service = _service(linking.service)
    facts = {name: getattr(linking, name) for name in LINKED}
    with transaction.atomic():
        row, _ = PipelineLink.objects.update_or_create(
            service=service,
            defaults={**facts, "due_at": now, "trouble": ""},
            create_defaults=_first(facts, service, now),
        )
        _put_gates(row, linking.gates)
        entry = ledger.Entry("link_pipeline", service=service.slug, sentence=f"Built by {row} in {row.region}.")
        ledger.append(entry, by=by, now=now)
    return row


def unlink(service: str, *, by: Actor, now: datetime) -> None:
    """Will forget the pipeline, with what was seen of it; its releases stay. Raises Refused, Missing."""
    if not by.may(Verb.CONFIGURE):
        raise Refused([not_allowed(Verb.CONFIGURE, roles=by.roles)])
    with transaction.atomic():
        row = of_service(service)
        ledger.append(
            ledger.Entry("unlink_pipeline", service=service, sentence=f"No longer built by {row}."), by=by, now=now
        )
        row.delete()


def of_service(slug: str) -> PipelineLink:
    """Will find the service's pipeline. Raises Missing."""
    row = PipelineLink.objects.select_related("service").filter(service=_service(slug)).first()
    if row is None:
        raise Missing(f"{slug} is linked to no pipeline. `pipeline link {slug} …` links it.")
    return row


def pipeline_of(row: PipelineLink) -> Pipeline:
    """Will give the pipeline itself. Raises PipelineError for a kind that is none."""
    return registry.pipeline_for(row.kind, config_of(row))


def mailbox_of(row: PipelineLink) -> Mailbox:
    """Will give the mailbox that its notices come by. Raises PipelineError for a kind that is none."""
    # Several services share a queue: what belongs to one of them only does not belong to the mailbox.
    shared = replace(config_of(row), name="", project="", images="", gates=())
    return registry.mailbox_for(row.kind, shared, row.queue_url)


def config_of(row: PipelineLink) -> Config:
    """Will give what its adapter needs."""
    return Config(
        region=row.region,
        role_arn=row.role_arn,
        external_id=row.external_id,
        name=row.name,
        project=row.project,
        images=row.images,
        gates=tuple((gate.stage, gate.action) for gate in row.gates.all()),
    )


def repository_of(service: Service) -> Repository:
    """Will give the service's source, read with the rights of its pipeline's role."""
    row = PipelineLink.objects.filter(service=service).first()
    access = aws.Access(row.region, row.role_arn, row.external_id) if row else None
    return repository_registry.repository_for(service.repository, access)


def mark(hint: Hint, *, now: datetime) -> bool:
    """Will make due what the hint is about, in the caller's transaction; False where nobody here knows it."""
    match hint.subject:
        case Subject.DEPLOYMENT_GROUP:
            return _nudge(hint, now=now, application=hint.within, group=hint.name)
        case Subject.ECS_SERVICE:
            return _nudge(hint, now=now, cluster=hint.within, service=hint.name)
        case Subject.PIPELINE:
            return _make_due(hint, Q(name=hint.name), now=now)
        case Subject.PROJECT:
            return _make_due(hint, Q(project=hint.name), now=now)
        case Subject.DATA_SET:
            return sources.hint(hint.name, now=now)
        case Subject.IMAGES:
            return _make_due(hint, Q(images__endswith=f"/{hint.name}"), now=now)


def _make_due(hint: Hint, about: Q, *, now: datetime) -> bool:
    rows = PipelineLink.objects.filter(about, region=hint.region)
    # One that is due already stays so: earlier is as good.
    return bool(rows.filter(Q(due_at=None) | Q(due_at__gt=now)).update(due_at=now)) or rows.exists()


def _nudge(hint: Hint, *, now: datetime, **names: str) -> bool:
    """Will make the rollouts due that run on what the hint names: their target says what happened."""
    known = {f"target_config__{key}": value for key, value in {**names, "region": hint.region}.items()}
    environments = Environment.objects.filter(**known)
    Watch.objects.filter(environment__in=environments).update(due_at=now)
    moving = list(Rollout.objects.filter(environment__in=environments, ended_at=None).values_list("pk", flat=True))
    for rollout_id in moving:
        nudges.after_commit(rollout_id, is_rollback=False, now=now)
    return bool(moving) or environments.exists()


def _service(slug: str) -> Service:
    service = Service.objects.filter(slug=slug).first()
    if service is None:
        known = ", ".join(Service.objects.values_list("slug", flat=True)[:20]) or "none yet"
        raise Missing(f"There is no service {slug!r}. The services are: {known}.")
    return service


def _first(facts: Mapping[str, Any], service: Service, now: datetime) -> dict[str, Any]:
    return {**facts, "service": service, "followed_since": now, "due_at": now}


def _check(linking: Linking) -> None:
    if linking.kind not in registry.ADAPTERS:
        raise LinkError(f"There is no kind of pipeline {linking.kind!r}; there are {', '.join(registry.ADAPTERS)}.")
    if not linking.region:
        raise LinkError("Say the region, such as eu-west-1.")
    if not (linking.name or linking.project):
        raise LinkError("Say the name of the pipeline, of the build project, or of both.")
    if linking.gates and not linking.name:
        raise LinkError("A gate is part of a pipeline: say the pipeline's name.")
    if linking.images and ("/" not in linking.images or "@" in linking.images):
        raise LinkError(
            "The image repository is written as Docker does: <registry>/<repository>, without tag or digest."
        )


def _put_gates(row: PipelineLink, wanted: Mapping[str, tuple[str, str]]) -> None:
    environments = {one.name: one for one in Environment.objects.filter(service=row.service)}
    unknown = sorted(set(wanted) - set(environments))
    if unknown:
        there = ", ".join(environments) or "none yet"
        raise Missing(f"{row.service.slug} has no environment {', '.join(unknown)}. There is: {there}.")
    for gate in row.gates.select_related("environment"):
        if wanted.get(gate.environment.name) != (gate.stage, gate.action):
            gate.delete()
    for name, (stage, action) in wanted.items():
        GateLink.objects.get_or_create(pipeline=row, environment=environments[name], stage=stage, action=action)
