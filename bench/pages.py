"""Pages and lists over years of rows, beside the same over few, and beside an empty page."""

from dataclasses import dataclass

from bench.ground import filling
from bench.ground.pages_inside import Reader, counted
from bench.result import Result, Row, percentile
from portal.audit import ledger
from portal.audit.models import Event
from releases.models import Release, Rollout

LIMIT_MS = 100.0
NOTHING = "an empty page"


@dataclass(frozen=True)
class Size:
    """How many rows, and how often each page is asked for."""

    releases: int
    events: int
    asked: int


SMALL, LARGE = Size(1_000, 10_000, 100), Size(100_000, 1_000_000, 100)
QUICK = (Size(100, 500, 5), Size(300, 2_000, 5))


@dataclass(frozen=True)
class Seen:
    """One page over one size."""

    times_ms: tuple[float, ...]
    cpu_ms: tuple[float, ...]
    queries: int

    @property
    def p50(self) -> float:
        return percentile(self.times_ms, 50)

    @property
    def p95(self) -> float:
        return percentile(self.times_ms, 95)


def measure(*, is_quick: bool = False) -> Result:
    """Will fill a database to the small and then to the large size, and ask for every page at each."""
    small, large = QUICK if is_quick else (SMALL, LARGE)
    filling.migrate()
    reader = Reader.sign_in(filling.person())
    found = []
    for size in (small, large):
        filling.fill(releases=size.releases, events=size.events)
        found.append(_ask(reader, size.asked))
    few, many = found
    peer = f"{small.releases:,} releases, {small.events:,} events"
    return Result("pages", tuple(_rows(few, many, peer)), _notes(large, many[NOTHING]))


def _addresses() -> dict[str, str]:
    middle = Event.objects.count() // 2
    old_release, old_rollout = Release.objects.count() // 2, Rollout.objects.count() // 2
    return {
        NOTHING: "/bench/empty/",
        "fleet": "/",
        "ledger": "/ledger/",
        "ledger, the middle": f"/ledger/?before={middle}",
        "ledger, one environment": "/ledger/?service=service-0003&environment=production",
        "ledger, two filters": "/ledger/?verb=promote&actor=Ada+Approver",
        "ledger, a word that is nowhere": "/ledger/?text=nowhere",
        "a service": "/services/service-0003/",
        "API releases": "/api/v1/releases/",
        "API releases of a service": "/api/v1/releases/?service=service-0003",
        "API releases, the middle": f"/api/v1/releases/?before={old_release}",
        "API rollouts": "/api/v1/rollouts/",
        "API rollouts of an environment": "/api/v1/rollouts/?service=service-0003&environment=production",
        "API rollouts, the middle": f"/api/v1/rollouts/?before={old_rollout}",
        "API rollouts, active": "/api/v1/rollouts/?active=true",
        "API environments": "/api/v1/environments/",
        "API events": "/api/v1/events/",
        "API events, the middle": f"/api/v1/events/?before={middle}",
        "API events of a rollout": "/api/v1/events/?rollout=7",
    }


def _ask(reader: Reader, count: int) -> dict[str, Seen]:
    """Asks for all pages in turn, so that whatever else runs on this machine disturbs them alike."""
    addresses = _addresses()
    queries = {}
    for name, address in addresses.items():
        reader.get(address)
        with counted() as asked:
            reader.get(address)
        queries[name] = asked.total()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in addresses}
    for _ in range(count):
        for name, address in addresses.items():
            times[name].append(reader.get(address))
    return {
        name: Seen(tuple(wall for wall, _ in taken), tuple(cpu for _, cpu in taken), queries[name])
        for name, taken in times.items()
    }


def _rows(few: dict[str, Seen], many: dict[str, Seen], peer: str) -> list[Row]:
    rows = [
        Row(
            f"{name}: p95 ({seen.queries} queries)",
            seen.p95,
            "ms",
            len(seen.times_ms),
            None if name == NOTHING else LIMIT_MS,
            few[name].p95,
            peer,
        )
        for name, seen in many.items()
    ]
    grown = sum(seen.queries != few[name].queries for name, seen in many.items())
    name, worst = max(((name, seen) for name, seen in many.items()), key=lambda pair: pair[1].p50)
    count, least = len(worst.times_ms), many[NOTHING]
    cpu, least_cpu = percentile(worst.cpu_ms, 95), percentile(least.cpu_ms, 95)
    return [
        *rows,
        Row("pages with another number of queries", grown, "", len(many), 0, None, peer),
        Row(f"the slowest page ({name}): p50", worst.p50, "ms", count, None, least.p50, NOTHING),
        Row(f"the slowest page ({name}): CPU p95", cpu, "ms", count, None, least_cpu, NOTHING),
    ]


def _notes(size: Size, least: Seen) -> tuple[str, ...]:
    fault = next(iter(ledger.verify()), None)
    rows = (
        f"{Release.objects.count():,} releases, {Rollout.objects.count():,} rollouts, {Event.objects.count():,} events"
    )
    places = f"{filling.SERVICES} services with {len(filling.NAMES)} environments each"
    chain = "is whole" if fault is None else f"is BROKEN: {fault.sentence}"
    return (
        f"{rows}, {places}; SQLite, one process, no network.",
        f"An empty page asks {least.queries} queries: session and person. It is the least that a page can cost.",
        f"The ledger's chain over {size.events:,} events {chain}.",
    )
