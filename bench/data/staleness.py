"""Whether a copy ever answers from a snapshot that no longer serves, however often another takes its place."""

import gzip
from collections.abc import Sequence
from http import HTTPStatus

from django.conf import settings

from analytics import selectors
from analytics.engines.duckdb import Lake
from analytics.insights import comparison
from analytics.operations import serving, shelf
from analytics.rules.snapshot import Snapshot
from bench.data import asks
from bench.data.asks import Asked
from bench.ground.site_copies import Reader
from bench.result import Row

# Each there and back: what was kept under the first one is asked for again.
TURNS = 2


class Browser:
    """Keeps what it was given, and asks whether that is still so."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kept: dict[str, tuple[str, bytes]] = {}

    def show(self, path: str) -> bytes:
        """Will give what a person sees under that address now."""
        mark, body = self._kept.get(path, ("", b""))
        answer = self._reader.ask(path, **{"If-None-Match": mark})
        if answer.status != HTTPStatus.NOT_MODIFIED:
            body = gzip.decompress(answer.body)
            self._kept[path] = (answer.headers.get("ETag", ""), body)
        return body


def row(browser: Browser, made: Sequence[Snapshot], places: Sequence[str]) -> Row:
    """Will put one snapshot in the other's place, and count the charts that aren't of the one that serves then."""
    asked = stale = 0
    for snapshot in [*made] * TURNS:
        serving.serve(settings.STATE_DIR, snapshot.dataset, revision=snapshot.revision)
        lake = selectors.lake(shelf.snapshot_path(settings.STATE_DIR, snapshot.dataset, snapshot.revision))
        for chart in asks.every(lake, places, sets=(asks.OPENS_WITH,)):
            asked += 1
            stale += browser.show(chart.path) != _truth(lake, chart, snapshot)
    return Row("charts of a snapshot that no longer serves, after each change", stale, "", asked, 0)


def _truth(lake: Lake, chart: Asked, snapshot: Snapshot) -> bytes:
    names = {iso: facts.name for iso, facts in selectors.everywhere(lake).items()}
    return comparison.as_bytes(chart.ask, selectors.series(lake, chart.ask), names, snapshot.revision)
