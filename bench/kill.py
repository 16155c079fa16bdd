"""kill -9 of a copy that serves, under load: which GETs fail, and whether a POST is ever delivered twice."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from bench.ground import waiting
from bench.result import Result, Row, percentile
from bench.traffic import balancers, load
from bench.traffic.balancers import HAProxy, Nginx
from bench.traffic.copies import Copies
from bench.traffic.load import Lane, Load, Visit
from releases.targets.onprem.config import Side

# Long enough that a kill finds several requests in the copy's hands.
DELAY_S = 0.02
KILLS = 40
PEER_KILLS = 10
QUICK_KILLS = 2
DOWN_S = 0.3


@dataclass(frozen=True)
class Seen:
    """What visitors of one balancer saw."""

    kills: int
    gets: Sequence[Visit]
    posts: Sequence[Visit]
    delivered_twice: int
    lost_unsaid: int

    @property
    def worst_ms(self) -> float:
        return max((visit.ended - visit.sent) * 1000 for visit in self.gets)


def measure(*, is_quick: bool = False) -> Result:
    """Will kill the copies of the serving side in turn, behind HAProxy and then behind nginx."""
    with tempfile.TemporaryDirectory(prefix="vd-kill-") as name:
        folder = Path(name)
        ports = balancers.ports_for(2)
        with Copies(folder, ports, delay_s=DELAY_S) as copies:
            with HAProxy(folder, ports) as haproxy:
                ours = _kill(haproxy, copies, QUICK_KILLS if is_quick else KILLS)
            peer = None
            if balancers.find_nginx():
                with Nginx(folder, ports) as nginx:
                    peer = _kill(nginx, copies, QUICK_KILLS if is_quick else PEER_KILLS)
    return Result("kill", tuple(_rows(ours, peer)), _notes(ours, peer))


def _kill(balancer: HAProxy | Nginx, copies: Copies, kills: int) -> Seen:
    before = copies.posts_delivered()
    # Another word for each balancer, so that a POST's path is never used twice.
    path = f"/{balancer.name}/{{id}}"
    lanes = [
        Lane(balancer.port, 150, is_kept=is_kept, method=method, path=path)
        for is_kept in (True, False)
        for method in ("GET", "POST")
    ]
    serving = copies.ports_of(Side.A)
    with Load(lanes) as visitors:
        waiting.pause(1.0)
        began = monotonic()
        for number in range(kills):
            copies.kill(serving[number % len(serving)])
            waiting.pause(DOWN_S)
            copies.mend()
            if isinstance(balancer, HAProxy):
                waiting.until(balancer.is_whole, what="HAProxy sees every copy again")
            else:
                # nginx trusts a copy again after its fail_timeout of 1 s, counted in whole seconds, and tells nobody.
                waiting.pause(2.1)
        end = monotonic()
    during = [visit for visit in visitors.visits if began <= visit.sent <= end]
    delivered = copies.posts_delivered() - before
    gets = [visit for visit in during if lanes[visit.lane].method == "GET"]
    posts = [visit for visit in during if lanes[visit.lane].method == "POST"]
    answered = sum(not visit.is_failed for visit in visitors.of(lambda lane: lane.method == "POST"))
    twice = sum(count > 1 for count in delivered.values())
    return Seen(kills, gets, posts, twice, max(0, answered - len(delivered)))


def _rows(ours: Seen, peer: Seen | None) -> list[Row]:
    name = f"nginx, {peer.kills} kills" if peer else "nginx: not on this machine"

    def row(what: str, unit: str, figures: Sequence[float], samples: int, *, limit: float | None = None) -> Row:
        return Row(what, figures[0], unit, samples, limit, figures[1] if len(figures) > 1 else None, name)

    both = [ours, *([peer] if peer else [])]
    gets, posts = len(ours.gets), len(ours.posts)
    return [
        row("failed GETs", "", [load.failed(seen.gets) for seen in both], gets, limit=0),
        row("POSTs delivered twice", "", [seen.delivered_twice for seen in both], posts, limit=0),
        row("POSTs answered and not delivered", "", [seen.lost_unsaid for seen in both], posts, limit=0),
        row("POSTs told that they failed, a kill", "", [load.failed(seen.posts) / seen.kills for seen in both], posts),
        row("GETs retried on a closed idle connection", "", [load.retried(seen.gets) for seen in both], gets),
        row("slowest GET", "ms", [seen.worst_ms for seen in both], gets),
        row("GET p99", "ms", [_p99(seen.gets) for seen in both], gets),
    ]


def _p99(visits: Sequence[Visit]) -> float:
    return percentile([(visit.ended - visit.sent) * 1000 for visit in visits], 99)


def _notes(ours: Seen, peer: Seen | None) -> tuple[str, ...]:
    told = f"{ours.kills} kills of one of the two copies that serve; each answer takes a copy {DELAY_S * 1000:.0f} ms"
    beside = f"; nginx: {peer.kills} kills, {len(peer.gets):,} GETs, {len(peer.posts):,} POSTs" if peer else ""
    return (f"{told}{beside}.", "A POST in the hands of a killed copy fails, and is said to have failed: never twice.")
