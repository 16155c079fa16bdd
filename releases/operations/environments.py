"""Verbs on an environment: back to what served before, and its plan and policy."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.audit import ledger
from releases.measures import registry as measures
from releases.models import Deployment, Environment, Rollout, Service
from releases.operations import locks, rollouts
from releases.operations.refusal import Refused
from releases.rules import plan as plans
from releases.rules import policy as policies
from releases.rules.guards import not_allowed
from releases.rules.observation import Capabilities
from releases.rules.reasons import Code, because
from releases.rules.states import WITH_TRAFFIC, State
from releases.targets import registry
from releases.targets.base import TargetError


def roll_back(*, environment_id: int, by: Actor, now: datetime, note: str = "") -> Rollout:
    """Will give the environment back to what served before, by the fastest way there is now.

    A rollout with traffic is rolled back; else the previous release is rolled out at once, without plan or approval.
    Raises Refused when `by` may not or nothing served before, Missing.
    """
    with transaction.atomic():
        environment = locks.load(environment_id, Verb.ROLL_BACK, by)
        moving = environment.rollouts.filter(ended_at=None, state__in=sorted(WITH_TRAFFIC)).first()
        # A rollback on its way is what is being asked for; a second press must not turn it round.
        if moving is None:
            moving = environment.rollouts.filter(ended_at=None, kind=Rollout.Kind.ROLLBACK).first()
        if moving is None:
            return _go_back(environment, by=by, now=now, note=note)
    if moving.kind == Rollout.Kind.ROLLBACK or moving.state == State.ROLLING_BACK:
        return moving
    return rollouts.roll_back(rollout_id=moving.pk, by=by, now=now, note=note)


def _go_back(environment: Environment, *, by: Actor, now: datetime, note: str) -> Rollout:
    if environment.previous is None or environment.serving is None:
        raise Refused([because(Code.NOTHING_BEFORE, environment=environment)])
    left = environment.serving.version
    rollout = rollouts.create(
        environment,
        environment.previous,
        by=by,
        now=now,
        plan=rollouts.ROLLBACK_PLAN,
        kind=Rollout.Kind.ROLLBACK,
    )
    if environment.policy.locks_after_rollback:
        why = f"{left} was rolled back. {because(Code.ASKED_BY_PERSON, by=by.name, note=f': {note}' if note else '')}"
        Environment.objects.filter(pk=environment.pk, locked_at=None).update(
            locked_at=now, locked_by=by.name, lock_reason=why
        )
    entry = locks.entry(environment, verb=Verb.ROLL_BACK, sentence=note or f"From {left} to {rollout.release.version}.")
    ledger.append(entry, by=by, now=now)
    return rollout


@dataclass(frozen=True)
class Placement:
    """Where an environment is: the target's kind and its configuration, what measures it, and its public address."""

    target: str
    config: Mapping[str, Any]
    measure: str
    address: str = ""


def establish(
    *, service: str, name: str, placement: Placement, by: Actor, now: datetime, plan: Any = None, policy: Any = None
) -> Environment:
    """Will make the environment, and the service, where they are missing, or put an idle one on another target.

    Nothing outside is called. Raises PlanError for a plan or target that can't be used, PolicyError, and Refused when
    `by` may not or a rollout has not ended.
    """
    if not by.may(Verb.CONFIGURE):
        raise Refused([not_allowed(Verb.CONFIGURE, roles=by.roles)])
    can = _can(placement.target, f"{service}-{name}", placement.config)
    with transaction.atomic():
        owner, _ = Service.objects.get_or_create(
            slug=service, defaults={"name": service.replace("-", " ").capitalize()}
        )
        environment = Environment.objects.select_for_update(of=("self",)).filter(service=owner, name=name).first()
        if environment is None:
            environment = Environment(service=owner, name=name, plan_json=plans.to_json(plans.all_at_once(bake_s=300)))
        _refuse_while_moving(environment)
        environment.target, environment.target_config = placement.target, dict(placement.config)
        environment.measure, environment.address = placement.measure, placement.address
        environment.plan_json = plans.to_json(plans.from_json(plan) if plan is not None else environment.plan)
        environment.policy_json = policies.to_json(policies.from_json(policy or environment.policy_json))
        plans.refuse_weights(environment.plan, can.weights)
        _refuse_unmeasured(environment)
        environment.save()
        sentence = f"On {placement.target}, measured by {placement.measure}. Plan: {environment.plan.sentence}."
        ledger.append(locks.entry(environment, verb=Verb.CONFIGURE, sentence=sentence), by=by, now=now)
    return environment


def _refuse_while_moving(environment: Environment) -> None:
    moving = environment.rollouts.filter(ended_at=None).select_related("release").first() if environment.pk else None
    if moving is not None:
        raise Refused([because(Code.OTHER_ACTIVE, version=moving.release.version)])


def configure(*, environment_id: int, by: Actor, now: datetime, plan: Any = None, policy: Any = None) -> Environment:
    """Will change the plan or the policy. A rollout that has no traffic yet follows, and its approvals become void.

    Raises PlanError or PolicyError for what can't be followed, Refused, Missing.
    """
    with transaction.atomic():
        environment = locks.load(environment_id, Verb.CONFIGURE, by)
        changed = []
        if plan is not None:
            new_plan = plans.from_json(plan)
            can = _can(environment.target, environment.slug, environment.target_config)
            plans.refuse_weights(new_plan, can.weights)
            _refuse_unmeasured(Environment(measure=environment.measure, plan_json=plans.to_json(new_plan)))
            changed.append(f"Plan: {environment.plan.sentence} became {new_plan.sentence}.")
            environment.plan_json = plans.to_json(new_plan)
            _replan(environment, new_plan, now=now)
        if policy is not None:
            new_policy = policies.from_json(policy)
            changed.append(_difference(environment.policy, new_policy))
            environment.policy_json = policies.to_json(new_policy)
        environment.save(update_fields=["plan_json", "policy_json"])
        ledger.append(locks.entry(environment, verb=Verb.CONFIGURE, sentence=" ".join(changed)), by=by, now=now)
    return environment


def _refuse_unmeasured(environment: Environment) -> None:
    is_analysed = any(step.is_analysed for step in environment.plan.steps)
    if is_analysed and environment.measure == measures.NONE:
        raise plans.PlanError("Nothing is measured here, so no step can be analysed; set is_analysed to false.")


def _can(target: str, slug: str, config: Mapping[str, Any]) -> Capabilities:
    try:
        return registry.target_for(target, slug, config).can
    except TargetError as error:
        raise plans.PlanError(f"{error.message}.") from None


def _replan(environment: Environment, plan: plans.Plan, *, now: datetime) -> None:
    waiting = environment.rollouts.filter(ended_at=None, kind=Rollout.Kind.RELEASE).exclude(
        state__in=sorted(WITH_TRAFFIC)
    )
    for rollout in waiting.exclude(plan_json=plans.to_json(plan)):
        # What it will call is worked out again at the next look, and then bound to.
        Deployment.objects.filter(rollout=rollout).update(foreseen_at=None)
        Rollout.objects.filter(pk=rollout.pk).update(plan_json=plans.to_json(plan), plan_digest=plan.digest)
        rollout.approvals.filter(void_at=None).update(void_at=now, void_reason="the plan was changed")


def _difference(old: policies.Policy, new: policies.Policy) -> str:
    before, after = asdict(old), asdict(new)
    told = [f"{name} {before[name]} → {after[name]}" for name in after if before[name] != after[name]]
    return f"Policy: {', '.join(told) or 'unchanged'}."
