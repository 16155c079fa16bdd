"""A database as years would leave it: releases, their ended rollouts, and a ledger whose chain is whole."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction

from portal.accounts.models import Grant, User
from portal.accounts.permissions import Role
from portal.audit import ledger
from portal.audit.models import Event, Head
from releases.models import Deployment, Environment, Release, Rollout, Service
from releases.rules import digests, plan, policy
from releases.rules.observation import Health
from releases.rules.reasons import Code
from releases.rules.states import State

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
SERVICES = 20
NAMES = ("staging", "production")
WAITING = 10  # rollouts that have not ended, however many have
BATCH = 2_000
PLAN = plan.canary(weight=10, wait_s=3_600)
SENTENCES = ("Green is healthy.", "Step 1 of 2: 10 %.", "Green has 10 % of the traffic (10 % asked).", "Promoted.")
VERBS = ("open", "observe", "step", "promote", "shifted", "finished")
PEOPLE = ("Ada Approver", "Dora Developer", "Otto Operator", "Verdigris")


def migrate() -> None:
    """Will make the tables and collect the static files that pages name."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def person() -> User:
    """Will give somebody who may see and approve."""
    user, is_new = User.objects.get_or_create(username="reader", defaults={"first_name": "Rea", "last_name": "Reader"})
    if is_new:
        Grant.objects.create(user=user, role=Role.APPROVER)
    return user


def environments(count: int = SERVICES * len(NAMES), *, target: str = "memory") -> list[Environment]:
    """Will give `count` environments, making those that are missing; two to a service."""
    services = [
        Service.objects.get_or_create(slug=f"service-{number:04d}", defaults={"name": f"Service {number:04d}"})[0]
        for number in range(-(-count // len(NAMES)))
    ]
    known = {(place.service_id, place.name): place for place in Environment.objects.select_related("service")}
    wanted = [(service, position) for service in services for position in range(len(NAMES))][:count]
    missing = [
        Environment(
            service=service,
            name=NAMES[position],
            position=position,
            target=target,
            measure="memory",
            plan_json=plan.to_json(PLAN),
            policy_json=policy.to_json(policy.Policy(opens_by_itself=False)),
            address="http://localhost:1/",
        )
        for service, position in wanted
        if (service.pk, NAMES[position]) not in known
    ]
    Environment.objects.bulk_create(missing, batch_size=BATCH)
    return list(Environment.objects.select_related("service").order_by("service__slug", "position")[:count])


def fill(*, releases: int, events: int) -> None:
    """Will bring the database to that many releases, with a rollout each, and to that many events."""
    places = environments()
    already = Release.objects.count()
    for first in range(already, releases, BATCH):
        _add_releases(places, range(first, min(first + BATCH, releases)))
    _keep_waiting(places)
    _add_events(events, releases=releases)


def _add_releases(places: list[Environment], numbers: range) -> None:
    made = [_release(places[number % len(places)].service_id, number) for number in numbers]
    with transaction.atomic():
        kept = Release.objects.bulk_create(made)
        rollouts = Rollout.objects.bulk_create(
            _rollout(places[number % len(places)], release, number)
            for number, release in zip(numbers, kept, strict=True)
        )
        Deployment.objects.bulk_create(_deployment(rollout, 100) for rollout in rollouts)
        for place, release in zip((places[number % len(places)] for number in numbers), kept, strict=True):
            place.previous, place.serving, place.serving_since = place.serving, release, release.recorded_at
        Environment.objects.bulk_update(places, ["previous", "serving", "serving_since"])


def _release(service_id: int, number: int) -> Release:
    commit = f"{number + 1:040x}"
    return Release(
        service_id=service_id,
        version=f"{number // 1_000}.{number % 1_000}.0",
        digest=digests.of_release(commit=commit, artifact="", configuration={}),
        commit=commit,
        changelog="What changed, in a sentence or two, as somebody wrote it. " * 4,
        author_name="Dora Developer",
        recorded_at=BEGAN + timedelta(minutes=10 * number),
        recorded_by="build",
    )


def _rollout(place: Environment, release: Release, number: int, state: State = State.SUCCEEDED) -> Rollout:
    at = BEGAN + timedelta(minutes=10 * number)
    return Rollout(
        environment=place,
        release=release,
        replaces=place.serving,
        state=state,
        state_since=at,
        reason_code=Code.AS_PLANNED,
        plan_json=plan.to_json(PLAN),
        plan_digest=PLAN.digest,
        opened_at=at,
        opened_by="Dora Developer",
        ended_at=at if state is State.SUCCEEDED else None,
    )


def _deployment(rollout: Rollout, weight: int) -> Deployment:
    return Deployment(
        rollout=rollout,
        token=f"bench-{rollout.pk}",
        outside_id=f"bench-{rollout.pk}",
        intended_at=rollout.opened_at,
        started_at=rollout.opened_at,
        asked=weight,
        seen=weight,
        agreed_at=rollout.opened_at,
        observed_at=rollout.opened_at,
        green=Health.HEALTHY,
        blue=Health.HEALTHY,
    )


def _keep_waiting(places: list[Environment]) -> None:
    """A few rollouts wait for approval, the same number in every size."""
    if Rollout.objects.filter(ended_at=None).exists():
        return
    for place in places[:WAITING]:
        release = _release(place.service_id, 10**7 + place.pk)
        release.save()
        rollout = _rollout(place, release, 0, State.READY)
        rollout.save()
        _deployment(rollout, 0).save()


def _add_events(count: int, *, releases: int) -> None:
    head = Head.objects.get(pk=1)
    chain = _chain(head.sequence, head.seal, count, releases)
    names = [field.attname for field in Event._meta.concrete_fields]  # noqa: SLF001 - Django documents it
    columns = ", ".join(map(connection.ops.quote_name, names))
    places = ", ".join(["%s"] * len(names))
    # bulk_create takes three times as long, and a million rows are made for every run.
    statement = f"INSERT INTO {Event._meta.db_table} ({columns}) VALUES ({places})"  # noqa: S608, SLF001 - constants
    while batch := list(islice(chain, BATCH)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(statement, [_values(event, names) for event in batch])
            Head.objects.filter(pk=1).update(sequence=batch[-1].sequence, seal=batch[-1].seal)


def _values(event: Event, names: list[str]) -> list[Any]:
    at = connection.ops.adapt_datetimefield_value(event.at)
    return [at if name == "at" else getattr(event, name) for name in names]


def _chain(sequence: int, seal: str, count: int, releases: int) -> Iterator[Event]:
    for number in range(sequence + 1, count + 1):
        about = number % releases
        place = about % (SERVICES * len(NAMES))
        facts: dict[str, Any] = {
            "actor": PEOPLE[number % len(PEOPLE)],
            "actor_kind": "person",
            "verb": VERBS[number % len(VERBS)],
            "service": f"service-{place // len(NAMES):04d}",
            "environment": NAMES[place % len(NAMES)],
            "release": f"{about // 1_000}.{about % 1_000}.0",
            "rollout_id": about + 1,
            "sentence": SENTENCES[number % len(SENTENCES)],
        }
        event = Event(sequence=number, at=BEGAN + timedelta(minutes=number), previous_seal=seal, **facts)
        seal = event.seal = ledger.seal_of(event)
        yield event
