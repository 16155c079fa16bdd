"""One tick over a thousand active rollouts: the processor's seconds and the queries, beside bare UPDATEs."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.db import transaction

from bench.ground import filling, standing_rollouts
from bench.ground.pages_inside import counted
from bench.result import Result, Row
from portal import clock
from releases.models import Rollout, SlotReading
from releases.operations import advance
from releases.rules.states import State

ROLLOUTS, TICKS = 1_000, 3
QUICK_ROLLOUTS, QUICK_TICKS = 20, 2
# What a step of many hours has gathered (releases.operations.advance.measurements.MOST_READINGS).
READINGS = 300


@dataclass(frozen=True)
class Tick:
    """One pass over all rollouts."""

    cpu_s: float
    wall_s: float
    queries: Counter[str]


def measure(*, is_quick: bool = False) -> Result:
    """Will tick over rollouts that wait in READY, that shift, and that have shifted for long."""
    count, ticks = (QUICK_ROLLOUTS, QUICK_TICKS) if is_quick else (ROLLOUTS, TICKS)
    filling.migrate()
    rows: list[Row] = []
    ids = standing_rollouts.make(count, State.READY)
    bare = _measure(ids, ticks, _update)
    rows += _rows("waiting for approval", _measure(ids, ticks, _advance), bare, count=count, bare_count=count)
    standing_rollouts.move(ids, State.SHIFTING)
    rows += _rows("shifting, measured", _measure(ids, ticks, _advance), bare, count=count, bare_count=count)
    few = ids[: max(2, count // 5)]
    _remember(few)
    rows += _rows(
        f"shifting, {READINGS} readings each", _measure(few, ticks, _advance), bare, count=len(few), bare_count=count
    )
    moved = Rollout.objects.filter(pk__in=ids).exclude(state=State.SHIFTING).count()
    return Result("tick", tuple(rows), _notes(ticks, moved))


def _measure(ids: Sequence[int], ticks: int, act: Callable[[int], None]) -> list[Tick]:
    for rollout_id in ids[: len(ids) // 5]:
        act(rollout_id)
    return [_tick(ids, act) for _ in range(ticks)]


def _tick(ids: Sequence[int], act: Callable[[int], None]) -> Tick:
    with counted() as queries:
        wall, cpu = time.perf_counter(), time.process_time()
        for rollout_id in ids:
            act(rollout_id)
        return Tick(time.process_time() - cpu, time.perf_counter() - wall, queries)


def _advance(rollout_id: int) -> None:
    # What the task of one rollout does.
    advance.settle(rollout_id, clock=clock.now)


def _update(rollout_id: int) -> None:
    with transaction.atomic():
        Rollout.objects.filter(pk=rollout_id).update(look_at=clock.now())


def _remember(ids: Sequence[int]) -> None:
    """Gives each rollout the readings of a long step, and a step that has lasted as long."""
    now = clock.now()
    Rollout.objects.filter(pk__in=ids).update(step_since=now - timedelta(minutes=50))
    for rollout_id in ids:
        SlotReading.objects.filter(rollout=rollout_id).delete()
        SlotReading.objects.bulk_create(
            SlotReading(
                rollout_id=rollout_id,
                step_index=0,
                slot=slot,
                at=now - timedelta(seconds=10 * (READINGS - number)),
                requests=number * share,
                errors=0,
                response_ms=20.0,
            )
            for number in range(READINGS)
            for slot, share in (("blue", 90), ("green", 10))
        )


def _rows(name: str, ticks: Sequence[Tick], bare: Sequence[Tick], *, count: int, bare_count: int) -> list[Row]:
    scale = 1_000 / count
    cpu = median(tick.cpu_s for tick in ticks) * scale
    wall = median(tick.wall_s for tick in ticks) * scale
    queries = ticks[-1].queries
    begun = queries.pop("BEGIN", 0) / count
    writes = sum(queries[word] for word in ("UPDATE", "INSERT", "DELETE")) / count
    base = 1_000 / bare_count
    peer = "bare UPDATEs, each a transaction"
    return [
        Row(f"{name}: CPU for 1,000", cpu, "s", len(ticks), None, median(one.cpu_s for one in bare) * base, peer),
        Row(f"{name}: wall for 1,000", wall, "s", len(ticks), None, median(one.wall_s for one in bare) * base, peer),
        Row(f"{name}: queries a rollout", queries.total() / count, "", len(ticks), None, 1, peer),
        Row(f"{name}: of them writes", writes, "", len(ticks), None, 1, peer),
        Row(f"{name}: transactions begun a rollout", begun, "", len(ticks), None, 1, peer),
    ]


def _notes(ticks: int, moved: int) -> tuple[str, ...]:
    return (
        f"Medians of {ticks} ticks, SQLite, one process. A write outside of one is a transaction, too.",
        f"{moved} of the rollouts moved meanwhile; a tick in which nothing moves is what was to be measured.",
    )
