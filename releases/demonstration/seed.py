"""Brings the sample to where the tour begins: 1.0.0 serves, 1.1.0 is up and waits, 1.2.0-bad is recorded."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event

from portal.accounts import actors
from portal.accounts.models import User
from releases.demonstration.sample import Place, Sample
from releases.demonstration.source import Commits
from releases.models import Environment, Release, Rollout, Service
from releases.operations import advance, approvals, releases, rollouts
from releases.operations.refusal import Refused
from releases.operations.releases import Recording
from releases.rules import plan as plans
from releases.rules import policy as policies
from releases.rules.states import ENDED, State
from releases.targets import registry

SLUG = "covid-insights"
LIMIT_S = 900
BAD = {"PORTAL_FAULT_PERCENT": "40", "PORTAL_FAULT_DELAY_MS": "400"}
Clock = Callable[[], datetime]


class SeedError(Exception):
    """The sample could not be brought up; the message says what was last seen."""


@dataclass
class Way:
    """What one environment is to be brought to, one release after the other."""

    environment: Environment
    stops: Sequence[tuple[Release, State]]
    rollout: Rollout | None = None

    def __str__(self) -> str:
        return f"{self.stops[0][0].version} in {self.environment.name}"


def rows(repository: Path, sample: Sample) -> None:
    """Will make the service and its environments where they are missing."""
    service, _ = Service.objects.get_or_create(
        slug=SLUG,
        defaults={
            "name": "COVID insights",
            "description": "The public pages with the world's COVID-19 figures.",
            "repository": str(repository),
        },
    )
    for position, place in enumerate(sample.places):
        _row(service, place, position)


def _row(service: Service, place: Place, position: int) -> None:
    Environment.objects.get_or_create(
        service=service,
        name=place.name,
        defaults={
            "position": position,
            "target": place.target,
            "target_config": dict(place.config),
            "measure": place.measure,
            "plan_json": plans.to_json(place.plan),
            "policy_json": policies.to_json(place.policy),
            "address": place.address,
        },
    )


def releases_of(commits: Commits, sample: Sample, *, clock: Clock, tell: Callable[[str], None]) -> None:
    """Will record the three releases and bring two of them up, going on from wherever an earlier try stopped.

    Raises SeedError when one doesn't come up in time.
    """
    first, second, _ = _record_all(commits, sample, clock)
    ways = [_way(environment, first, second) for environment in Environment.objects.filter(service__slug=SLUG)]
    # Whoever asks AWS all the time is soon not answered any more.
    pause_s = 0.3 if all(way.environment.target in registry.AT_HAND for way in ways) else 3.0
    started = clock()
    while any(way.stops for way in ways):
        for way in filter(lambda one: one.stops, ways):
            if (clock() - started).total_seconds() > LIMIT_S:
                raise SeedError(f"{way} took longer than {LIMIT_S} s: {_last_word(way)}")
            _go_on(way, clock, tell)
        Event().wait(pause_s)


def _way(environment: Environment, first: Release, second: Release) -> Way:
    """From wherever an earlier try stopped."""
    stops = [] if environment.serving_id else [(first, State.SUCCEEDED)]
    is_touched = environment.rollouts.exclude(release=first).exists()
    return Way(environment, stops if is_touched else [*stops, (second, State.READY)])


def _go_on(way: Way, clock: Clock, tell: Callable[[str], None]) -> None:
    """Does as the people would: Dora opens, Ada approves and promotes; `advance` does the rest, from here."""
    release, wanted = way.stops[0]
    if way.rollout is None:
        tell(f"bringing {way} up")
        way.rollout = _opened(way.environment, release, wanted, clock)
    _push(way.rollout, wanted, clock)
    if way.rollout.state == wanted:
        way.stops, way.rollout = way.stops[1:], None
    elif way.rollout.has_ended:
        raise SeedError(f"{way} did not become {wanted}: {_last_word(way)}")


def _last_word(way: Way) -> str:
    return (way.rollout.reason_sentence or way.rollout.state) if way.rollout else "nothing was begun"


def _record_all(commits: Commits, sample: Sample, clock: Clock) -> list[Release]:
    changelog = "The front page compares the week with the one before and says who reported."
    told = [
        ("1.0.0", commits.first, {}, "The first release."),
        ("1.1.0", commits.second, {"PORTAL_LOG_LEVEL": "WARNING"}, changelog),
        ("1.2.0-bad", commits.third, BAD, "Cases per million. Made to fail, to be tried."),
    ]
    dora = _person("dora")
    return [
        releases.record(
            Recording(SLUG, version, commit, sample.images.get(version, ""), configuration, words, author="dora"),
            by=dora,
            now=clock(),
        ).release
        for version, commit, configuration, words in told
    ]


def _person(username: str) -> actors.Actor:
    return actors.from_user(User.objects.get(username=username))


def _opened(environment: Environment, release: Release, wanted: State, clock: Clock) -> Rollout:
    rollout = environment.rollouts.exclude(state__in=sorted(ENDED)).filter(release=release).first()
    if rollout is not None:
        return rollout
    opened = rollouts.open(environment_id=environment.pk, release_id=release.pk, by=_person("dora"), now=clock())
    return _at_once(opened) if wanted is State.SUCCEEDED else opened


def _push(rollout: Rollout, wanted: State, clock: Clock) -> None:
    if wanted is State.SUCCEEDED and rollout.state == State.READY:
        _approve_and_promote(rollout, clock)
    advance.settle(rollout.pk, clock=clock)
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
    # What stands in the way of promoting just now may be gone a moment later.
    with suppress(Refused):
        rollouts.promote(rollout_id=rollout.pk, by=ada, now=clock())
