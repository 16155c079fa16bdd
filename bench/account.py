"""What AWS is asked: by a whole rollout, by an idle environment in an hour, and by a thousand rollouts at once; and how
fast a rollback leaves for it.

The account is the simulated one; what is counted are calls, and what is timed is our side until the call leaves.
"""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from bench.ground import filling
from bench.ground.aws_stage import Account, Crew
from bench.result import Result, Row, percentile
from portal.aws import pace
from releases.models import Deployment, Rollout
from releases.operations import advance, glances, reconcile, rollouts
from releases.rules.observation import Health
from releases.rules.states import State

TIMES, QUICK_TIMES = 20, 2
MANY, QUICK_MANY = 1_000, 30
# Eight minutes: all of a thousand have had their turn.
WATCHED_S, TICK_S = 480, 2
LEAVING_LIMIT_MS = 500.0


@dataclass
class Departures:
    """When each StopDeployment left this process."""

    at: list[float] = field(default_factory=list)

    def watch(self, client: Any) -> None:
        """Will note every one that `client` sends."""
        client.meta.events.register("before-send.codedeploy.StopDeployment", self._note)

    def _note(self, **_: Any) -> None:
        self.at.append(monotonic())


def measure(*, is_quick: bool = False) -> Result:
    """Will promote and roll back on the simulated account, and tick over many rollouts there."""
    filling.migrate()
    with Account() as account:
        crew = Crew(account)
        rows = [*_whole(crew), *_idle(crew), *_rollback(crew, QUICK_TIMES if is_quick else TIMES)]
        rows += _many(crew, QUICK_MANY if is_quick else MANY)
    return Result("account", tuple(rows), _notes())


def _whole(crew: Crew) -> list[Row]:
    counts = crew.counted(lambda: crew.drive(crew.open("1.1.0"), State.SUCCEEDED))
    writes = ("RegisterTaskDefinition", "CreateDeployment", "ContinueDeployment")
    written = sum(one.is_effective for one in crew.journal.calls if one.operation in writes)
    rows = [
        Row("calls of a whole promotion", sum(counts.values()), "calls", 1),
        Row("of these, calls that change something", written, "calls", 1, limit=4),
    ]
    return [*rows, *_by_api("a whole promotion", counts)]


def _idle(crew: Crew) -> list[Row]:
    def hour() -> None:
        for turn in range(0, 3_600, reconcile.EVERY_S):
            now = crew.now() + timedelta(seconds=turn)
            for environment_id in reconcile.due(now=now):
                reconcile.reconcile(environment_id, now=now)

    counts = crew.counted(hour)
    return [Row("calls of an idle environment in an hour", sum(counts.values()), "calls", 1), *_by_api("idle", counts)]


def _by_api(what: str, counts: Counter[str]) -> list[Row]:
    return [Row(f"{what}: {name}", number, "calls", 1) for name, number in counts.most_common(6)]


def _rollback(crew: Crew, times: int) -> list[Row]:
    departures, took, bare = Departures(), [], []
    departures.watch(crew.client("codedeploy"))
    for turn in range(times):
        rollout = crew.drive(crew.open("1.1.0" if turn % 2 else "1.0.0"), State.BAKING)
        began = monotonic()
        # As the click does: guards, row, event, commit, and then the call, in this very process.
        rollouts.roll_back(rollout_id=rollout.pk, by=crew.approver, now=crew.now())
        took.append((departures.at[-1] - began) * 1_000)
        crew.drive(rollout, State.ROLLED_BACK)
        began = monotonic()
        crew.stop_bare(rollout.deployment.outside_id)
        bare.append((departures.at[-1] - began) * 1_000)
    name = "click on Roll back to StopDeployment leaving"
    peer = "the bare call"
    p95, p95_bare = percentile(took, 95), percentile(bare, 95)
    return [
        Row(f"{name}, p95", p95, "ms", times, limit=LEAVING_LIMIT_MS, beside=p95_bare, peer=peer),
        Row(f"{name}, median", percentile(took, 50), "ms", times, beside=percentile(bare, 50), peer=peer),
    ]


def _many(crew: Crew, count: int) -> list[Row]:
    """One deployment that waits stands for all: what is asked about each is the same as if it were its own."""
    first = crew.drive(crew.open("1.1.0"), State.READY)
    ids = crew.copies_of(first, count)
    began = crew.now()
    seconds = _Seconds()
    crew.account.pace_by(seconds)
    for service in ("codedeploy", "ecs", "elbv2", "ecr", "iam", "cloudwatch"):
        crew.client(service).meta.events.register_last("before-send", seconds.note)
    seen = _watch(ids, began, seconds)
    counts = seconds.busiest()
    rows = [
        Row(f"{count} rollouts that wait: {name}, busiest second", number, "calls/s", WATCHED_S, limit=_limit(name))
        for name, number in counts.most_common(4)
    ]
    waits = [(at - began).total_seconds() for at in seen.values()]
    for name, percent in (("median", 50), ("p95", 95), ("the last", 100)):
        noticed = f"{count} that became ready at once: noticed after, {name}"
        rows.append(Row(noticed, percentile(waits, percent), "s", len(waits)))
    rows.append(Row("not noticed within the time watched", count - len(waits), "rollouts", count))
    return rows


class _Seconds:
    """A clock of ticks for the pace, and the calls that each second of it had."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: dict[int, Counter[str]] = {}

    def __call__(self) -> float:
        return self.now

    def note(self, event_name: str, **_: Any) -> None:
        service, operation = event_name.split(".")[1:]
        self.calls.setdefault(int(self.now), Counter())[f"{service}.{operation}"] += 1

    def busiest(self) -> Counter[str]:
        names = {name for counts in self.calls.values() for name in counts}
        return Counter({name: max(counts[name] for counts in self.calls.values()) for name in names})


def _limit(name: str) -> float | None:
    rate = pace.RATES.get(name) or pace.RATES.get(name.partition(".")[0])
    return rate.burst if rate else None


def _watch(ids: Sequence[int], began: datetime, seconds: _Seconds) -> dict[int, datetime]:
    """Ticks over the rollouts; each is marked as waiting for its deployment until it is looked at."""
    Deployment.objects.filter(rollout__in=ids).update(observed_at=began, outside_status="d-0 Created")
    Rollout.objects.filter(pk__in=ids).update(look_at=began, state=State.DEPLOYING)
    seen: dict[int, datetime] = {}
    for tick in range(0, WATCHED_S, TICK_S):
        seconds.now = float(tick)
        now = began + timedelta(seconds=tick)
        for rollout_id in glances.due(now=now):
            advance.settle(rollout_id, clock=_standing(now))
        ready = Deployment.objects.filter(rollout__in=ids, green=Health.HEALTHY, observed_at__gt=began)
        for rollout_id in ready.values_list("rollout_id", flat=True):
            seen.setdefault(rollout_id, now)
    return seen


def _standing(now: datetime) -> Callable[[], datetime]:
    return lambda: now


def _notes() -> tuple[str, ...]:
    return (
        f"The simulated account, on {os.cpu_count()} cores. Calls are counted by its journal or as they leave.",
        "A second's limit is AWS's published one where there is one, else our own caution (portal/aws/pace.py).",
    )
