"""From the click on Roll back to the last answer by green, through the whole portal; with Redis, and without it.

Beside it: how long green takes to come up, which is what a way back without a warm blue begins with.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from time import monotonic

from django.conf import settings

import portal.celery  # noqa: F401 - nudges go to the portal's own queue
from bench.ground import waiting
from bench.ground.portal import Click, Person, Portal
from bench.ground.trouble import Trouble
from bench.result import Result, Row, percentile
from bench.traffic import load
from bench.traffic.load import Lane, Load, Visit
from portal import clock
from portal.accounts import actors
from portal.accounts.models import User
from releases.demonstration import seed
from releases.models import Deployment, Environment, Release, Rollout
from releases.operations import advance, environments, rollouts
from releases.rules import plan, policy
from releases.rules.plan import Plan, Step
from releases.rules.states import State

TIMES, QUICK_TIMES = 20, 2
WEIGHT = 50
# Nothing but a person ends the first step while it is measured.
PLAN = Plan((Step(WEIGHT, 3_600, is_analysed=False), Step(100, 0, is_analysed=False)))
GREEN = "1.1.0"
WATCHED_S = 0.6
UP_LIMIT_S = 60.0


@dataclass(frozen=True)
class Turn:
    """One promotion and its rollback."""

    up_s: float
    promote: Click
    seen: float
    roll_back: Click
    has_redis: bool


def measure(*, is_quick: bool = False) -> Result:
    """Will start the portal, and promote and roll back again and again, first with Redis and then without."""
    times = QUICK_TIMES if is_quick else TIMES
    configuration = settings.CONFIGURATION
    with Portal() as portal_:
        environment, release = _prepare()
        ada = Person.sign_in("ada", port=configuration.port)
        turns: list[Turn] = []
        with Load(_lanes(configuration.insights_port)) as visitors:
            for _ in range(times):
                turns.append(_turn(environment, release, ada, has_redis=True))
            portal_.stop("redis")
            for _ in range(times):
                turns.append(_turn(environment, release, ada, has_redis=False))
            end = monotonic()
    return Result("rollback", tuple(_rows(turns, visitors, end)), _notes(turns, visitors))


def _lanes(port: int) -> list[Lane]:
    version = r'"version": "([^"]+)"'
    return [
        Lane(port, 60, "/version", connections=20, mark=version),
        Lane(port, 20, "/version", connections=10, mark=version, is_kept=False),
        Lane(port, 10, "/", connections=10, mark=r"Release <strong>([^<]+)</strong>"),
    ]


def _prepare() -> tuple[Environment, Release]:
    """Gives the sample's environment a plan that waits, and lets it be promoted again after a rollback."""
    environment = Environment.objects.select_related("service").get(service__slug=seed.SLUG)
    wanted = {**policy.to_json(environment.policy), "locks_after_rollback": False}
    environments.configure(
        environment_id=environment.pk, by=_actor("otto"), now=clock.now(), plan=plan.to_json(PLAN), policy=wanted
    )
    return environment, Release.objects.get(service=environment.service, version=GREEN)


def _actor(username: str) -> actors.Actor:
    return actors.from_user(User.objects.get(username=username))


def _turn(environment: Environment, release: Release, ada: Person, *, has_redis: bool) -> Turn:
    began = monotonic()
    rollout = environment.rollouts.filter(release=release, ended_at=None).first()
    if rollout is None:
        rollout = rollouts.open(
            environment_id=environment.pk, release_id=release.pk, by=_actor("dora"), now=clock.now()
        )
    rollout_id = rollout.pk
    # Looks more often than the tick does, as the sample does when it is brought up: this is not what is measured.
    _drive(rollout_id, lambda: _state(rollout_id) == State.READY, what="green is up")
    up_s = monotonic() - began
    ada.press(rollout_id, "approve")
    promote = ada.press(rollout_id, "promote")
    if not has_redis:
        # No queue, so no worker and no tick: only the rollback must do without.
        advance.settle(rollout_id, clock=clock.now)
    waiting.until(lambda: _seen(rollout_id) == WEIGHT, what="green has its share", every_s=0.002)
    seen = monotonic()
    waiting.pause(WATCHED_S)
    roll_back = ada.press(rollout_id, "roll_back")
    waiting.pause(WATCHED_S)
    _drive(rollout_id, lambda: _state(rollout_id) == State.ROLLED_BACK, what="it is rolled back")
    return Turn(up_s, promote, seen, roll_back, has_redis)


def _drive(rollout_id: int, is_there: Callable[[], bool], *, what: str) -> None:
    def look() -> bool:
        advance.settle(rollout_id, clock=clock.now)
        return is_there()

    waiting.until(lambda: is_there() or look(), what=what, limit_s=UP_LIMIT_S, every_s=0.2)


def _state(rollout_id: int) -> str:
    return Rollout.objects.values_list("state", flat=True).get(pk=rollout_id)


def _seen(rollout_id: int) -> int:
    return Deployment.objects.values_list("seen", flat=True).get(rollout=rollout_id)


def _rows(turns: Sequence[Turn], visitors: Load, end: float) -> list[Row]:
    rows = []
    up_ms = [turn.up_s * 1000 for turn in turns[1:]]  # the first found green up
    ends = [*(later.promote.sent for _, later in pairwise(turns)), end]
    for has_redis, name, limit in ((True, "", 300.0), (False, ", Redis stopped", 1_000.0)):
        mine = [(turn, until) for turn, until in zip(turns, ends, strict=True) if turn.has_redis is has_redis]
        last = [_last_green_ms(turn, until, visitors.visits) for turn, until in mine]
        clicks = [turn.roll_back.took_ms for turn, _ in mine]
        peer = "green comes up anew"
        rows += [
            Row(
                f"click to green's last answer{name}: p50",
                percentile(last, 50),
                "ms",
                len(last),
                None,
                percentile(up_ms, 50),
                peer,
            ),
            Row(
                f"click to green's last answer{name}: p95",
                percentile(last, 95),
                "ms",
                len(last),
                limit,
                percentile(up_ms, 95),
                peer,
            ),
            Row(f"the click's own answer{name}: p50", percentile(clicks, 50), "ms", len(clicks)),
            Row(f"the click's own answer{name}: p95", percentile(clicks, 95), "ms", len(clicks)),
        ]
    return [*rows, *_rows_of_promotion(turns, visitors.visits), _failures(visitors)]


def _last_green_ms(turn: Turn, until: float, visits: Sequence[Visit]) -> float:
    """Gives the time from the click to the end of the last answer by green."""
    green = [visit for visit in visits if visit.by == GREEN and turn.seen <= visit.sent < until]
    if sum(visit.ended < turn.roll_back.sent for visit in green) < 5:
        raise Trouble("Green had no traffic when it was rolled back")
    return max(0.0, max(visit.ended for visit in green) - turn.roll_back.sent) * 1000


def _rows_of_promotion(turns: Sequence[Turn], visits: Sequence[Visit]) -> list[Row]:
    nudged = [turn for turn in turns if turn.has_redis]
    seen = [(turn.seen - turn.promote.sent) * 1000 for turn in nudged]
    first = [_first_green_ms(turn, visits) for turn in nudged]
    return [
        Row("Promote to the first step's weight seen: p50", percentile(seen, 50), "ms", len(seen)),
        Row("Promote to the first step's weight seen: p95", percentile(seen, 95), "ms", len(seen)),
        Row("Promote to green's first answer: p50", percentile(first, 50), "ms", len(first)),
        Row("Promote to green's first answer: p95", percentile(first, 95), "ms", len(first)),
    ]


def _first_green_ms(turn: Turn, visits: Sequence[Visit]) -> float:
    began = turn.promote.sent
    return min(visit.ended - began for visit in visits if visit.by == GREEN and visit.ended >= began) * 1000


def _failures(visitors: Load) -> Row:
    return Row("visitors' requests that failed", load.failed(visitors.visits), "", len(visitors.visits), 0)


def _notes(turns: Sequence[Turn], visitors: Load) -> tuple[str, ...]:
    per_second = sum(lane.per_second for lane in visitors.lanes)
    load_ = f"{per_second:.0f} requests a second and the sample's own visitors"
    again = f"{load.retried(visitors.visits)} GETs were sent again on a closed idle connection"
    return (f"{len(turns)} rollbacks of a green with {WEIGHT} % under {load_}; {again}.",)
