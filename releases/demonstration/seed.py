"""Brings the sample to where the tour begins: 1.0.0 serves, 1.1.0 is up and waits, 1.2.0-bad is recorded."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event

from portal.accounts import actors
from portal.accounts.models import User
from releases.demonstration.source import Commits
from releases.models import Environment, Release, Rollout, Service
from releases.operations import advance, approvals, releases, rollouts
from releases.operations.releases import Recording
from releases.rules import plan as plans
from releases.rules import policy as policies
from releases.rules.plan import Plan, Step
from releases.rules.policy import Policy
from releases.rules.states import ENDED, State

SLUG = "covid-insights"
LIMIT_S = 180
PLAN = Plan((Step(10, 15), Step(50, 15), Step(100, 0, is_analysed=False)), bake_s=20)
POLICY = Policy(opens_by_itself=False, min_requests=20, deploy_limit_s=120)
BAD = {"PORTAL_FAULT_PERCENT": "40", "PORTAL_FAULT_DELAY_MS": "400"}
Clock = Callable[[], datetime]


class SeedError(Exception):
    """The sample could not be brought up; the message says what was last seen."""


def rows(repository: Path, *, target_config: dict[str, object], address: str) -> Environment:
    """Will make the service and its environment where they are missing."""
    service, _ = Service.objects.get_or_create(
        slug=SLUG,
        defaults={
            "name": "COVID insights",
            "description": "The public pages with the world's COVID-19 figures.",
            "repository": str(repository),
        },
    )
    environment, _ = Environment.objects.get_or_create(
        service=service,
        name="production",
        defaults={
            "target": "onprem",
            "target_config": target_config,
            "measure": "haproxy",
            "plan_json": plans.to_json(PLAN),
            "policy_json": policies.to_json(POLICY),
            "address": address,
        },
    )
    return environment


def releases_of(commits: Commits, *, clock: Clock, tell: Callable[[str], None]) -> None:
    """Will record the three releases and bring two of them up, going on from wherever an earlier try stopped.

    Raises SeedError when one doesn't come up in time.
    """
    environment = Environment.objects.get(service__slug=SLUG, name="production")
    first = _record("1.0.0", commits.first, {}, "The first release.", clock)
    if environment.serving_id is None:
        tell("bringing 1.0.0 up on blue")
        _bring_to(environment, first, State.SUCCEEDED, clock)
    changelog = "The front page compares the week with the one before and says who reported."
    second = _record("1.1.0", commits.second, {"PORTAL_LOG_LEVEL": "WARNING"}, changelog, clock)
    bad = _record("1.2.0-bad", commits.third, BAD, "Cases per million. Made to fail, to be tried.", clock)
    if not Rollout.objects.filter(release__in=[second, bad]).exists():
        tell("bringing 1.1.0 up on green")
        _bring_to(environment, second, State.READY, clock)


def _person(username: str) -> actors.Actor:
    return actors.from_user(User.objects.get(username=username))


def _record(version: str, commit: str, configuration: dict[str, str], changelog: str, clock: Clock) -> Release:
    recording = Recording(SLUG, version, commit, configuration=configuration, changelog=changelog, author="dora")
    return releases.record(recording, by=_person("dora"), now=clock()).release


def _bring_to(environment: Environment, release: Release, wanted: State, clock: Clock) -> None:
    """Does as the people would: Dora opens, Ada approves and promotes; `advance` does the rest, from here."""
    rollout = environment.rollouts.exclude(state__in=sorted(ENDED)).filter(release=release).first()
    if rollout is None:
        opened = rollouts.open(environment_id=environment.pk, release_id=release.pk, by=_person("dora"), now=clock())
        rollout = _at_once(opened) if wanted is State.SUCCEEDED else opened
    started = clock()
    while rollout.state != wanted:
        if rollout.has_ended or (clock() - started).total_seconds() > LIMIT_S:
            raise SeedError(f"{release.version} did not become {wanted}: {rollout.reason_sentence or rollout.state}")
        if wanted is State.SUCCEEDED and rollout.state == State.READY:
            _approve_and_promote(rollout, clock)
        advance.settle(rollout.pk, clock=clock)
        Event().wait(0.3)
        rollout.refresh_from_db()


def _at_once(rollout: Rollout) -> Rollout:
    # Nothing serves before the first release: there is nobody to shift step by step.
    plan = plans.all_at_once()
    Rollout.objects.filter(pk=rollout.pk).update(plan_json=plans.to_json(plan), plan_digest=plan.digest)
    rollout.refresh_from_db()
    return rollout


def _approve_and_promote(rollout: Rollout, clock: Clock) -> None:
    ada = _person("ada")
    if not rollout.approvals.filter(void_at=None).exists():
        approvals.approve(rollout_id=rollout.pk, by=ada, now=clock(), comment="The first release.")
        rollouts.promote(rollout_id=rollout.pk, by=ada, now=clock())
