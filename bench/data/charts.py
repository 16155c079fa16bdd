"""A chart's numbers from the request to the bytes, beside the query alone and pandas; and that none is ever stale."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from django.conf import settings

from analytics import selectors
from analytics.operations import serving, shelf
from analytics.rules.snapshot import Snapshot
from bench.data import asks, files, reuse, staleness, weight
from bench.data.asks import Asked
from bench.data.staleness import Browser
from bench.ground import filling, site_copies
from bench.ground.site_copies import Reader
from bench.ground.trouble import Trouble
from bench.peers import superset
from bench.peers.plain import Pandas, Raw
from bench.peers.superset import Superset
from bench.result import Result, Row, percentile

LIMIT_OF_RAW = 1.5
KEPT_LIMIT_MS = 5.0
QUICK_SETS = (asks.OPENS_WITH,)
LEAST = "/version"
# Superset takes long enough for a chart that not all are asked there: every fourth, of all sizes.
EVERY = 4


@dataclass(frozen=True)
class Seen:
    """Milliseconds of every chart: `cold` for the first time, `kept` for the second."""

    cold: Sequence[float]
    kept: Sequence[float]
    raw: Sequence[float]
    pandas: Sequence[float]
    least: Sequence[float]
    superset_cold: Sequence[float] = ()
    superset_kept: Sequence[float] = ()


def measure(*, is_quick: bool = False) -> Result:
    """Will bring the files in, ask a copy of the site for every chart of each, and put one in the other's place."""
    filling.migrate()
    given = files.full(is_quick=is_quick)
    made = [one.bring_in(settings.STATE_DIR) for one in given]
    lakes = [selectors.lake(_path(snapshot)) for snapshot in made]
    places = asks.common(lakes)
    rows: list[Row] = []
    with site_copies.running() as [port, _], superset.running() as other:
        for one, snapshot, lake in zip(given, made, lakes, strict=True):
            serving.serve(settings.STATE_DIR, snapshot.dataset, revision=snapshot.revision)
            charts = asks.every(lake, places, QUICK_SETS if is_quick else asks.SETS)
            seen, bodies = _ask(Reader(port), _path(snapshot), charts, other)
            rows += [*_rows(one.name, seen), *weight.rows(one.name, bodies)]
        rows.append(staleness.row(Browser(Reader(port)), made, places))
    rows += reuse.rows(made)
    return Result("charts", tuple(rows), _notes(given))


def _path(snapshot: Snapshot) -> Path:
    return shelf.snapshot_path(settings.STATE_DIR, snapshot.dataset, snapshot.revision)


def _ask(reader: Reader, path: Path, charts: Sequence[Asked], other: Superset | None) -> tuple[Seen, list[bytes]]:
    """Each in turn with its peers, so that whatever else runs on this machine disturbs them alike."""
    raw, frame = Raw(path), Pandas(path)
    # The site opens the file and reads its places once; so do the peers.
    _get(reader, f"{charts[0].path}&to=2020-02-01")
    raw.ask(charts[0].ask)
    theirs = superset.Beside(other, path, charts[0].ask) if other else None
    taken: list[tuple[float, ...]] = []
    bodies = []
    for number, chart in enumerate(charts):
        cold, body = _get(reader, chart.path)
        bodies.append(body)
        times = (cold, _get(reader, chart.path)[0], raw.ask(chart.ask), frame.ask(chart.ask), _get(reader, LEAST)[0])
        taken.append(times)
        if theirs and number % EVERY == 0:
            theirs.ask(chart.ask)
    return Seen(*zip(*taken, strict=True), *(theirs.times if theirs else ())), bodies


def _get(reader: Reader, path: str) -> tuple[float, bytes]:
    answer = reader.ask(path)
    if answer.status != HTTPStatus.OK:
        raise Trouble(f"{path} answered {answer.status}")
    return answer.took_ms, answer.body


def _rows(name: str, seen: Seen) -> list[Row]:
    count, alone, least = len(seen.cold), "DuckDB, the query alone", f"{LEAST} of the same copy"
    cold, kept, raw, pandas = (
        {share: percentile(times, share) for share in (50, 95)}
        for times in (seen.cold, seen.kept, seen.raw, seen.pandas)
    )
    return [
        *(Row(f"{name}: a new chart, p{share}", cold[share], "ms", count, None, raw[share], alone) for share in cold),
        Row(
            f"{name}: a new chart, p95, in the query's p95",
            cold[95] / raw[95],
            "times",
            count,
            LIMIT_OF_RAW,
            pandas[95] / raw[95],
            "pandas, in memory",
        ),
        Row(f"{name}: a kept chart, p95", kept[95], "ms", count, KEPT_LIMIT_MS, percentile(seen.least, 95), least),
        *(_beside_superset(name, seen) if seen.superset_cold else ()),
    ]


def _beside_superset(name: str, seen: Seen) -> Iterator[Row]:
    for kind, ours, theirs in (("new", seen.cold, seen.superset_cold), ("kept", seen.kept, seen.superset_kept)):
        own, other = percentile(ours[::EVERY], 95), percentile(theirs, 95)
        yield Row(f"{name}: a {kind} chart, p95 of every fourth", own, "ms", len(theirs), None, other, superset.CALLED)


def _notes(given: Sequence[files.Files]) -> tuple[str, ...]:
    return (
        files.note(given),
        "One copy of the site as an environment runs it, asked over a kept connection; the time is the asker's.",
        "New: not kept by the copy yet. The query alone: place, day and measure of the chart, as numpy arrays.",
        superset.note(),
    )
