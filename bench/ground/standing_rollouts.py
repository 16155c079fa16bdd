"""Rollouts that stand in one state on the memory target, each in an environment of its own."""

from collections.abc import Sequence

from bench.ground import filling
from portal import clock
from releases.measures import memory as measures
from releases.measures.base import Slot
from releases.models import Deployment, Environment, Release, Rollout
from releases.operations.advance import calls
from releases.rules import digests, plan
from releases.rules.observation import Health
from releases.rules.plan import Plan, Step
from releases.rules.reasons import Code
from releases.rules.states import State
from releases.targets import memory as targets
from releases.targets.base import Ref

# An hour a step: no tick of a benchmark ends it.
PLAN = Plan((Step(10, 36_000), Step(100, 0, is_analysed=False)))


def make(count: int, state: State) -> list[int]:
    """Will give the ids of `count` rollouts in `state`, whose green is up on the memory target."""
    places = filling.environments(count)
    now = clock.now()
    releases = Release.objects.bulk_create(_release(place, number) for number, place in enumerate(places))
    rollouts = Rollout.objects.bulk_create(
        Rollout(
            environment=place,
            release=release,
            state=state,
            state_since=now,
            step_since=now,
            reason_code=Code.AS_PLANNED,
            plan_json=plan.to_json(PLAN),
            plan_digest=PLAN.digest,
            opened_at=now,
            opened_by="bench",
        )
        for place, release in zip(places, releases, strict=True)
    )
    Deployment.objects.bulk_create(_deployment(rollout) for rollout in rollouts)
    for rollout in rollouts:
        targets.named(rollout.environment.slug).start(calls.artifact_of(rollout), _token(rollout))
    return [rollout.pk for rollout in rollouts]


def move(ids: Sequence[int], state: State) -> None:
    """Will put the rollouts into a state with traffic: the plan's first weight is asked, seen and measured."""
    weight = PLAN.steps[0].weight
    now = clock.now()
    Rollout.objects.filter(pk__in=ids).update(state=state, state_since=now, step_since=now)
    Deployment.objects.filter(rollout__in=ids).update(asked=weight, seen=weight, agreed_at=now)
    for rollout in Rollout.objects.filter(pk__in=ids).select_related("environment__service"):
        slug = rollout.environment.slug
        targets.named(slug).shift(Ref(_token(rollout)), weight)
        measure = measures.named(slug)
        measure.add(Slot.BLUE, requests=90_000, response_ms=20.0)
        measure.add(Slot.GREEN, requests=10_000, response_ms=20.0)


def _token(rollout: Rollout) -> str:
    return f"bench-{rollout.pk}"


def _release(place: Environment, number: int) -> Release:
    commit = f"{number + 1:040x}"
    return Release(
        service=place.service,
        version=f"{place.name}-{number}",
        digest=digests.of_release(commit=commit, artifact="", configuration={}),
        commit=commit,
        author_name="bench",
        recorded_at=clock.now(),
        recorded_by="bench",
    )


def _deployment(rollout: Rollout) -> Deployment:
    return Deployment(
        rollout=rollout,
        token=_token(rollout),
        outside_id=_token(rollout),
        intended_at=rollout.opened_at,
        started_at=rollout.opened_at,
        agreed_at=rollout.opened_at,
        observed_at=rollout.opened_at,
        green=Health.HEALTHY,
        blue=Health.HEALTHY,
    )
