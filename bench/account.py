"""What AWS is asked by a whole rollout and by an idle environment in an hour; and how fast a rollback leaves for it.

The account is the simulated one; what is counted are calls, and what is timed is our side until the call leaves.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

from bench.ground import filling
from bench.ground.aws_stage import Account, Crew
from bench.result import Result, Row, percentile
from releases.operations import reconcile, rollouts
from releases.rules.states import State

TIMES, QUICK_TIMES = 20, 2
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


def _notes() -> tuple[str, ...]:
    return (f"The simulated account, on {os.cpu_count()} cores. Calls are counted by its journal or as they leave.",)
