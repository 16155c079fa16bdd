"""Which snapshot a page of the insights site reads: the one that serves, or the one that its address names."""

import re
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest

from analytics import selectors
from analytics.engines.duckdb import EngineError, Lake
from analytics.insights import known_on
from analytics.operations import shelf
from analytics.rules.snapshot import Snapshot

_REVISION = re.compile(r"[0-9a-f]{12}")


def pointer() -> Path:
    """Will give the place of the snapshot that serves: the one that is set, else the state folder's current one."""
    return settings.CONFIGURATION.snapshot or shelf.pointer(settings.STATE_DIR, "covid-cases")


def asked(request: HttpRequest) -> Lake:
    """Will open the snapshot that the address names by its revision, `as_of`, or the one that serves.

    Raises Http404 for one that isn't there any more, EngineError for one that can't be read.
    """
    given = request.GET.get("as_of", "")
    if not given:
        return selectors.lake(pointer())
    path = pointer().parent / f"lake-{given}.duckdb"
    if not _REVISION.fullmatch(given) or not path.is_file():
        raise Http404(f"There is no snapshot {given[:20]!r} any more. Leave it out to see the newest.")
    return selectors.lake(path)


def snapshots() -> list[Snapshot]:
    """Will give every snapshot that lies beside the one that serves, the newest first; a candidate isn't known yet."""
    serving, candidate = pointer().resolve(), (pointer().parent / shelf.CANDIDATE).resolve()
    found = []
    for path in pointer().parent.glob("lake-*.duckdb"):
        if path == candidate and path != serving:
            continue
        with suppress(EngineError):
            found.append(_facts(path))
    return sorted(found, key=lambda one: one.imported_at, reverse=True)


@lru_cache(maxsize=1_000)
def _facts(path: Path) -> Snapshot:
    # A file named by its revision never changes, and opening each for every page would close those that are read.
    return selectors.snapshot(selectors.lake(path))


def before(lake: Lake) -> Lake | None:
    """Will open the newest snapshot of the same source that came in before this one, None if there is none."""
    this = selectors.snapshot(lake)
    for one in snapshots():
        if one.imported_at < this.imported_at and (one.source, one.is_sample) == (this.source, this.is_sample):
            return selectors.lake(lake.path.with_name(f"lake-{one.revision}.duckdb"))
    return None


def axis(request: HttpRequest, shown: str) -> dict[str, Any] | None:
    """Will give what insights/known_on.html draws: each snapshot's mark, with this very page as known then."""
    serving = shelf.snapshot_revision(pointer().resolve())
    found = known_on.axis(snapshots(), shown=shown, serving=serving)
    if found is None:
        return None

    def linked(snapshot: Snapshot | None) -> tuple[Snapshot, str] | None:
        return (snapshot, _address(request, snapshot.revision, serving)) if snapshot else None

    marks = [(mark, _address(request, mark.snapshot.revision, serving)) for mark in found.marks]
    return {"marks": marks, "before": linked(found.before), "after": linked(found.after)}


def _address(request: HttpRequest, revision: str, serving: str) -> str:
    query = request.GET.copy()
    query.pop("as_of", None)
    if revision != serving:
        query["as_of"] = revision
    return f"{request.path}?{query.urlencode()}" if query else request.path
