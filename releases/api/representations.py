"""How rows are shown: each thing in one way, with a number of queries that does not grow.

The shapes are described, for the schema, in shapes.py; a test holds the two together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.audit.models import Event
from releases.api import callers
from releases.models import Approval, Environment, Freeze, Release, Rollout
from releases.operations.refusal import Missing
from releases.rules import freezes
from releases.rules import plan as plans
from releases.rules import policy as policies
from releases.rules.guards import STATES_FOR
from releases.rules.reasons import Code, Reason, because
from releases.rules.states import WITH_TRAFFIC
from releases.selectors import rollouts as rollout_reads
from releases.selectors import standing as standings

ENVIRONMENT_VERBS = (Verb.OPEN, Verb.ROLL_BACK, Verb.LOCK, Verb.LIFT_LOCK, Verb.CONFIGURE)

Shown = dict[str, Any]


def releases() -> QuerySet[Release]:
    """Will give the rows that `release` shows, without what only the detail shows."""
    return Release.objects.select_related("service").defer("configuration", "changelog")


def release(row: Release) -> Shown:
    """Will show a release in a list."""
    return {
        "id": row.pk,
        "service": row.service.slug,
        "version": row.version,
        "digest": row.digest,
        "commit": row.commit,
        "artifact": row.artifact,
        "author": row.author_name,
        "recorded": {"at": row.recorded_at, "by": row.recorded_by},
    }


def release_in_full(release_id: int) -> Shown:
    """Will show one release with its configuration, changelog, commits and rollouts. Raises Missing."""
    row = Release.objects.select_related("service").filter(pk=release_id).first()
    if row is None:
        raise Missing(f"There is no release {release_id}. GET /api/v1/releases/ lists what there is.")
    commits = [
        {"sha": commit.sha, "author": commit.author, "subject": commit.subject, "at": commit.at}
        for commit in row.commits.all()
    ]
    its_rollouts = rollouts().filter(release=row).order_by("-pk")[:100]
    return {
        **release(row),
        "configuration": row.configuration,
        "changelog": row.changelog,
        "commits": commits,
        "rollouts": [rollout(one) for one in its_rollouts],
    }


def rollouts() -> QuerySet[Rollout]:
    """Will give the rows that `rollout` shows."""
    return Rollout.objects.select_related("environment__service", "release", "replaces", "deployment")


def rollout(row: Rollout) -> Shown:
    """Will show a rollout in a list."""
    deployment = getattr(row, "deployment", None)
    return {
        "id": row.pk,
        "service": row.environment.service.slug,
        "environment": row.environment.name,
        "release": row.release.version,
        "replaces": row.replaces.version if row.replaces else None,
        "kind": row.kind,
        "state": row.state,
        "state_since": row.state_since,
        "reason": _reason(row.reason),
        "paused": {"at": row.paused_at, "by": row.paused_by} if row.paused_at else None,
        "step": {"index": row.step_index, "since": row.step_since},
        "weights": {"asked": deployment.asked if deployment else 0, "seen": deployment.seen if deployment else 0},
        "opened": {"at": row.opened_at, "by": row.opened_by},
        "ended_at": row.ended_at,
        "links": {
            "page": reverse("releases:rollout", args=[row.pk]),
            "preview": (deployment.preview_url if deployment else "") or None,
        },
    }


def rollout_in_full(rollout_id: int, *, to: Actor, now: datetime) -> Shown:
    """Will show one rollout with its plan, approvals, and for each verb what stands against it. Raises Missing."""
    row = rollouts().filter(pk=rollout_id).first()
    if row is None:
        raise Missing(f"There is no rollout {rollout_id}. GET /api/v1/rollouts/ lists what there is.")
    standing = standings.of(row, now=now)
    asker = standings.asker(to, row, now=now)
    return {
        **rollout(row),
        "plan": plan(row.plan),
        "plan_digest": row.plan_digest,
        "foresight": _foresight(row),
        "release_digest": row.release.digest,
        "approvals": [_approval(one, now) for one in row.approvals.select_related("decided_by")],
        "approvals_needed": standing.policy.approvals_needed,
        "checks": [
            {"measure": check.measure, "verdict": check.verdict, "sentence": check.sentence}
            for check in (standing.judgement.checks if standing.judgement else ())
        ],
        "may": {verb.value: _reasons(callers.against_verb(verb, to, standing, asker)) for verb in STATES_FOR},
    }


def environment_row(service: str, name: str) -> Environment:
    """Will find the environment by its names. Raises Missing with the names that there are."""
    rows = Environment.objects.select_related("service", "serving", "previous")
    row = rows.filter(service__slug=service, name=name).first()
    if row is None:
        there = [f"{slug}/{one}" for slug, one in Environment.objects.values_list("service__slug", "name")[:20]]
        raise Missing(f"There is no environment {service}/{name}. There is: {', '.join(there) or 'none yet'}.")
    return row


def environment(row: Environment) -> Shown:
    """Will show an environment in a list."""
    return {
        "service": row.service.slug,
        "environment": row.name,
        "address": row.address,
        "target": row.target,
        "serving": {"release": row.serving.version, "digest": row.serving.digest, "since": row.serving_since}
        if row.serving
        else None,
        "previous": row.previous.version if row.previous else None,
        "lock": {"at": row.locked_at, "by": row.locked_by, "reason": row.lock_reason} if row.locked_at else None,
    }


def environment_in_full(row: Environment, *, to: Actor, now: datetime) -> Shown:
    """Will show one environment: what serves, what is on its way, what holds it, its plan and policy."""
    under_way = list(rollouts().filter(environment=row, ended_at=None).order_by("pk"))
    return {
        **environment(row),
        "under_way": [rollout(one) for one in under_way],
        "freezes": _freezes(row, now),
        "plan": plan(row.plan),
        "policy": policies.to_json(row.policy),
        "may": {verb.value: _reasons(_against(verb, row, under_way, to)) for verb in ENVIRONMENT_VERBS},
    }


def plan(value: plans.Plan) -> Shown:
    """Will show a plan as it can be sent back."""
    return plans.to_json(value)


def event(row: Event) -> Shown:
    """Will show one line of the ledger."""
    return {
        "sequence": row.sequence,
        "at": row.at,
        "actor": row.actor,
        "actor_kind": row.actor_kind,
        "verb": row.verb,
        "service": row.service,
        "environment": row.environment,
        "release": row.release,
        "rollout": row.rollout_id,
        "from_state": row.from_state,
        "to_state": row.to_state,
        "reason": row.reason,
        "sentence": row.sentence,
        "seal": row.seal,
    }


def _reason(reason: Reason) -> Shown:
    return {"code": reason.code.value, "sentence": reason.sentence}


def _reasons(found: Sequence[Reason]) -> list[Shown]:
    return [_reason(reason) for reason in found]


def _foresight(row: Rollout) -> Shown:
    found = rollout_reads.foreseen(row)
    return {
        "calls": [asdict(call) for call in found["calls"]],
        "findings": [asdict(finding) for finding in found["findings"]],
        "foreseen_at": found["foreseen_at"],
    }


def _approval(row: Approval, now: datetime) -> Shown:
    return {
        "decision": row.decision,
        "by": row.decided_by.shown_name,
        "at": row.decided_at,
        "note": row.comment,
        "expires_at": row.expires_at,
        "holds": row.void_at is None and now < row.expires_at,
        "void_reason": row.void_reason,
    }


def _freezes(row: Environment, now: datetime) -> list[Mapping[str, Any]]:
    rows = Freeze.objects.filter(Q(environment=row) | Q(environment=None), lifted_at=None)
    return [
        {
            "reason": freeze.reason,
            "starts": freeze.starts,
            "ends": freeze.ends,
            "time_zone": freeze.time_zone,
            "is_weekly": freeze.is_weekly,
            "is_everywhere": freeze.environment_id is None,
            "frozen_until": freezes.frozen_until(freeze.window, now=now),
            "set": {"at": freeze.set_at, "by": freeze.set_by},
        }
        for freeze in rows
    ]


def _against(verb: Verb, row: Environment, under_way: Sequence[Rollout], to: Actor) -> list[Reason]:
    right = callers.against_right(to, verb)
    if right is not None:
        return [right]
    has_traffic = any(one.state in WITH_TRAFFIC or one.kind == Rollout.Kind.ROLLBACK for one in under_way)
    if verb is Verb.ROLL_BACK and not has_traffic and (row.previous is None or row.serving is None):
        return [because(Code.NOTHING_BEFORE, environment=row)]
    return []
