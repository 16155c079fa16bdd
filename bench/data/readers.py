"""A hundred people on the charts at once, from a process of their own; meanwhile another snapshot comes to serve."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from django.conf import settings

from analytics import selectors
from analytics.operations import serving, shelf
from analytics.rules.snapshot import Snapshot
from bench.data import asks, files
from bench.data.asks import Asked
from bench.ground import site_copies, waiting
from bench.result import Result, Row, percentile
from bench.traffic import load
from bench.traffic.load import Lane, Load, Visit

PEOPLE, TOGETHER = 100, 5
# Each asks once in so many seconds: of ten, six for a chart's numbers, four for the page around it.
EVERY_S = 1.0
PAGES, OF = 4, 10
WATCHED_S, QUICK_WATCHED_S = 20.0, 3.0
LEAST = "/version"
NUMBERS_MARK, PAGE_MARK, LEAST_MARK = r'(?i)etag: "([0-9a-f]+)-', r"(?i)(<!doctype html)", r'"version": "([^"]+)"'


@dataclass(frozen=True)
class Seen:
    """What they were answered, and since when only the snapshot `serving` was right."""

    numbers: Sequence[Visit]
    pages: Sequence[Visit]
    least: Sequence[Visit]
    since: float
    serving: str


def measure(*, is_quick: bool = False) -> Result:
    """Will let them read one snapshot, then the other; before that they ask as often for next to nothing."""
    watched_s = QUICK_WATCHED_S if is_quick else WATCHED_S
    given = files.full(is_quick=is_quick)
    first, second = (one.bring_in(settings.STATE_DIR) for one in given)
    charts = _charts(first, second)
    _serve(first)
    with site_copies.running() as ports:
        with Load(_least(ports)) as quiet:
            waiting.pause(watched_s)
        with Load(_lanes(charts, ports)) as readers:
            waiting.pause(watched_s)
            _serve(second)
            since = monotonic()
            waiting.pause(watched_s)
    numbers, pages = readers.of(lambda lane: lane.mark == NUMBERS_MARK), readers.of(lambda lane: lane.mark == PAGE_MARK)
    seen = Seen(numbers, pages, quiet.visits, since, second.revision)
    return Result("readers", tuple(_rows(seen)), _notes(given, len(charts)))


def _serve(snapshot: Snapshot) -> None:
    serving.serve(settings.STATE_DIR, snapshot.dataset, revision=snapshot.revision)


def _charts(*made: Snapshot) -> list[Asked]:
    """As many as lanes, spread over measures and sets of places; the second snapshot has the fewer measures."""
    lakes = [selectors.lake(shelf.snapshot_path(settings.STATE_DIR, one.dataset, one.revision)) for one in made]
    every = asks.every(lakes[-1], asks.common(lakes))
    wanted = PEOPLE // TOGETHER
    return every[:: max(1, len(every) // wanted)][:wanted]


def _lanes(charts: Sequence[Asked], ports: Sequence[int]) -> list[Lane]:
    return [_lane(chart.path, ports[number % len(ports)], number // len(ports)) for number, chart in enumerate(charts)]


def _lane(path: str, port: int, number: int) -> Lane:
    per_second, is_page = TOGETHER / EVERY_S, number % OF < PAGES
    if is_page:
        path = path.replace("/series.json", "/compare/")
    mark = PAGE_MARK if is_page else NUMBERS_MARK
    return Lane(port, per_second, path, connections=TOGETHER, mark=mark, accepts="gzip")


def _least(ports: Sequence[int]) -> list[Lane]:
    share = PEOPLE // len(ports)
    return [Lane(port, share / EVERY_S, LEAST, connections=share, mark=LEAST_MARK) for port in ports]


def _rows(seen: Seen) -> list[Row]:
    every = [*seen.numbers, *seen.pages]
    late = [visit for visit in seen.numbers if visit.sent > seen.since]
    stale = sum(visit.by != seen.serving for visit in late if not visit.is_failed)
    return [
        Row("requests that failed", load.failed(every), "", len(every), 0, load.failed(seen.least), f"{LEAST} alone"),
        Row("numbers of the snapshot that no longer served", stale, "", len(late), 0),
        *_waits("a chart's numbers", seen.numbers, seen.least),
        *_waits("a chart's page", seen.pages, seen.least),
    ]


def _waits(name: str, visits: Sequence[Visit], least: Sequence[Visit]) -> list[Row]:
    took, beside = ([(visit.ended - visit.sent) * 1000 for visit in one] for one in (visits, least))
    shares = {"p50": 50, "p95": 95, "the slowest": 100}
    return [
        Row(
            f"{name}: {told}",
            percentile(took, share),
            "ms",
            len(took),
            None,
            percentile(beside, share),
            f"{LEAST} alone",
        )
        for told, share in shares.items()
    ]


def _notes(given: Sequence[files.Files], charts: int) -> tuple[str, ...]:
    return (
        files.note(given),
        f"{PEOPLE} people on kept connections to the two copies of one side, each asking every {EVERY_S:g} s.",
        f"{charts} charts; half-way the second snapshot takes the first one's place, so each of them is new again.",
    )
