"""How pipelines are shown; the shapes are described in pipeline_shapes.py."""

from typing import Any

from django.db.models import QuerySet

from releases.models import Build, Execution, GateDecision, PipelineLink
from releases.selectors import pipelines

Shown = dict[str, Any]


def links() -> QuerySet[PipelineLink]:
    """Will give the rows that `link` shows."""
    return PipelineLink.objects.select_related("service")


def link(row: PipelineLink) -> Shown:
    """Will show a pipeline with its newest executions; whose rights are used to ask it is not for here."""
    return {
        "id": row.pk,
        "service": row.service.slug,
        "kind": row.kind,
        "region": row.region,
        "name": row.name,
        "project": row.project,
        "looked_at": row.looked_at,
        "trouble": row.trouble,
        "executions": [execution(one) for one in pipelines.newest(row)],
    }


def provenance(release_id: int) -> Shown:
    """Will show how a release was made, and what was decided at gates about it."""
    found = pipelines.of_release(release_id)
    return {
        "release": release_id,
        "builds": [build(one) for one in found.builds],
        "decisions": [decision(one) for one in found.decisions],
    }


def execution(row: Execution) -> Shown:
    """Will show one run of a pipeline."""
    return {
        "id": row.outside_id,
        "standing": row.standing,
        "sentence": row.sentence,
        "stage": row.stage,
        "action": row.action,
        "tries": row.tries,
        "commit": row.commit,
        "since": row.since,
        "link": row.link,
    }


def build(row: Build) -> Shown:
    """Will show one build."""
    has_tests = row.tests_total is not None
    return {
        "id": row.outside_id,
        "status": row.status,
        "number": row.number,
        "release": row.release.version if row.release else None,
        "commit": row.commit,
        "image": row.image,
        "tests": {"total": row.tests_total, "passed": row.tests_passed} if has_tests else None,
        "log": row.log_url,
        "note": row.note,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "execution": execution(row.execution) if row.execution else None,
    }


def decision(row: GateDecision) -> Shown:
    """Will show what was decided at a gate, by whom, and whether it counts."""
    return {
        "environment": row.gate.environment.name,
        "rollout": row.rollout_id,
        "decision": row.decision,
        "origin": row.origin,
        "decided": {"at": row.seen_at, "by": row.decided_by},
        "outcome": row.outcome or None,
        "sentence": row.sentence,
    }
