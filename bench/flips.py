"""Blue↔green under a steady load: what fails, and how long the old colour still answers."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import monotonic

from bench.ground import waiting
from bench.result import Result, Row, percentile
from bench.traffic import balancers, load
from bench.traffic.balancers import Balancer, Command, HAProxy, Nginx
from bench.traffic.copies import COLOURS, Copies
from bench.traffic.load import Lane, Load
from releases.targets.onprem.config import Side

PER_SECOND = 300.0  # on kept connections, and half as many again on fresh ones


@dataclass(frozen=True)
class Pace:
    """How many flips, and the seconds from one to the next."""

    flips: int
    gap_s: float


# nginx needs about a tenth of a second for a reload; faster ones would meet each other.
FULL = {"HAProxy": Pace(1_000, 0.05), "nginx": Pace(30, 0.7)}
QUICK = {"HAProxy": Pace(20, 0.05), "nginx": Pace(2, 0.7)}


@dataclass(frozen=True)
class Seen:
    """What the visitors of one balancer's flips saw. `last_old_ms`: from the command to the last old answer's end."""

    flips: int
    visits: int
    failed: int
    failed_fresh: int
    retried: int
    old_after_answer: int
    last_old_ms: Sequence[float]
    command_ms: Sequence[float]
    whole_ms: Sequence[float]
    first_new_ms: Sequence[float]
    timer_late_ms: Sequence[float]


def measure(*, is_quick: bool = False) -> Result:
    """Will flip by HAProxy and then, where it is, by nginx, under the same load."""
    paces = QUICK if is_quick else FULL
    with tempfile.TemporaryDirectory(prefix="vd-flips-") as name:
        folder = Path(name)
        ports = balancers.ports_for(2)
        with Copies(folder, ports):
            with HAProxy(folder, ports) as haproxy:
                ours = _flip(haproxy, paces["HAProxy"])
            peer = None
            if balancers.find_nginx():
                with Nginx(folder, ports) as nginx:
                    peer = _flip(nginx, paces["nginx"])
    return Result("flips", tuple(_rows(ours, peer)), _notes(ours, peer))


def _flip(balancer: Balancer, pace: Pace) -> Seen:
    lanes = [Lane(balancer.port, PER_SECOND), Lane(balancer.port, PER_SECOND / 2, is_kept=False)]
    commands: list[Command] = []
    whole_ms, timer_late_ms = [], []
    with Load(lanes) as visitors:
        # Warm: connections are open, both sides have answered.
        for side in (Side.B, Side.A):
            waiting.pause(0.5)
            balancer.flip(side)
        waiting.pause(0.5)
        due = monotonic()
        for number in range(pace.flips):
            began = monotonic()
            commands.append(balancer.flip(Side.B if number % 2 == 0 else Side.A))
            whole_ms.append((monotonic() - began) * 1000)
            due += pace.gap_s
            is_early = monotonic() < due
            waiting.pause(max(0.0, due - monotonic()))
            timer_late_ms += [(monotonic() - due) * 1000] if is_early else []
        end = monotonic()
    return _judge(visitors, commands, whole_ms, timer_late_ms, end)


def _judge(
    visitors: Load,
    commands: Sequence[Command],
    whole_ms: Sequence[float],
    timer_late_ms: Sequence[float],
    end: float,
) -> Seen:
    began = commands[0].told
    during = [visit for visit in visitors.visits if began <= visit.sent <= end]
    fresh = [visit for visit in visitors.of(lambda lane: not lane.is_kept) if began <= visit.sent <= end]
    ordered = sorted(during, key=lambda visit: visit.ended)
    nobody_after = Command(commands[-1].side.other, end, end)
    last_old, first_new, late = [], [], 0
    place = 0
    for command, following in pairwise([*commands, nobody_after]):
        # Only what ended before the next command: what came later may rightly have the colour before.
        window = []
        while place < len(ordered) and ordered[place].ended < following.told:
            if ordered[place].ended >= command.told:
                window.append(ordered[place])
            place += 1
        old = [visit for visit in window if visit.by == COLOURS[command.side.other]]
        new = [visit for visit in window if visit.by == COLOURS[command.side]]
        late += sum(visit.sent >= command.answered for visit in old)
        last_old.append(max((visit.ended - command.told for visit in old), default=0.0) * 1000)
        first_new += [min(visit.ended - command.told for visit in new) * 1000] if new else []
    return Seen(
        flips=len(commands),
        visits=len(during),
        failed=load.failed(during),
        failed_fresh=load.failed(fresh),
        retried=load.retried(during),
        old_after_answer=late,
        last_old_ms=last_old,
        command_ms=[(command.answered - command.told) * 1000 for command in commands],
        whole_ms=whole_ms,
        first_new_ms=first_new,
        timer_late_ms=timer_late_ms,
    )


def _rows(ours: Seen, peer: Seen | None) -> list[Row]:
    name = f"nginx, {peer.flips} reloads" if peer else "nginx: not on this machine"

    def row(what: str, figure: float, unit: str, other: float | None, *, limit: float | None = None) -> Row:
        count = ours.flips if unit == "ms" else ours.visits
        return Row(what, figure, unit, count, limit, other, name)

    def times(what: str, kind: str, share: float, *, limit: float | None = None) -> Row:
        figure = percentile(getattr(ours, kind), share)
        return row(
            f"{what} p{share:g}", figure, "ms", percentile(getattr(peer, kind), share) if peer else None, limit=limit
        )

    return [
        row("failed requests", ours.failed, "", peer.failed if peer else None, limit=0),
        row(
            "sent after the answer, old colour",
            ours.old_after_answer,
            "",
            peer.old_after_answer if peer else None,
            limit=0,
        ),
        times("last old answer after the command", "last_old_ms", 50),
        times("last old answer after the command", "last_old_ms", 99, limit=10),
        times("first new answer after the command", "first_new_ms", 50),
        times("the command alone", "command_ms", 50),
        times("the command alone", "command_ms", 99),
        times("the whole switch: disk, command, read back", "whole_ms", 50),
        times("the whole switch: disk, command, read back", "whole_ms", 99),
        # No proxy can be more punctual than the machine: a busy one shows here.
        times("a timer of this process woke too late", "timer_late_ms", 50),
        times("a timer of this process woke too late", "timer_late_ms", 99),
        row("GETs retried on a closed idle connection", ours.retried, "", peer.retried if peer else None),
    ]


def _notes(ours: Seen, peer: Seen | None) -> tuple[str, ...]:
    with_old = sum(value > 0 for value in ours.last_old_ms)
    old = f"after {with_old} commands the old colour still ended an answer (median {_median_of_some(ours):.2f} ms)"
    notes = [f"{ours.flips:,} flips, {ours.visits:,} requests; {old}."]
    if peer:
        said = "it acknowledges nothing, so its answer is only that the signal was sent"
        notes.append(f"nginx, {peer.flips} reloads, {peer.visits:,} requests: {said}.")
    return tuple(notes)


def _median_of_some(seen: Seen) -> float:
    some = [value for value in seen.last_old_ms if value > 0]
    return median(some) if some else 0.0
