"""What every page of the insights site has in common: the snapshot it reads, and its footer."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from analytics import selectors
from analytics.engines.duckdb import EngineError, Lake
from analytics.insights.topics import TOPICS
from analytics.operations import shelf
from analytics.rules.snapshot import Snapshot

_REVISION = re.compile(r"[0-9a-f]{12}")


def pointer() -> Path:
    """This function will give the snapshot's place: the one that is set, else the state folder's current one."""
    return settings.CONFIGURATION.snapshot or shelf.pointer(settings.STATE_DIR, "covid-cases")


def known_on(given: str) -> Path:
    """Will give the snapshot that an address names by its revision, or the one that serves.

    Raises Http404 for one that isn't there any more.
    """
    if not given:
        return pointer()
    path = pointer().parent / f"lake-{given}.duckdb"
    if not _REVISION.fullmatch(given) or not path.is_file():
        raise Http404(f"There is no snapshot {given[:20]!r} any more. Leave it out to see the newest.")
    return path


def snapshots() -> list[Snapshot]:
    """Will give every snapshot that lies beside the one that serves, the newest first."""
    found = []
    for path in pointer().parent.glob("lake-*.duckdb"):
        with suppress(EngineError):
            found.append(selectors.snapshot(selectors.lake(path)))
    return sorted(found, key=lambda one: one.imported_at, reverse=True)


def release() -> dict[str, str]:
    """This function will say which release answers."""
    configuration = settings.CONFIGURATION
    return {"version": configuration.release_version or "unreleased", "commit": configuration.release_commit}


def page(request: HttpRequest, template: str, lake: Lake, context: dict[str, Any]) -> HttpResponse:
    """This function will render a page with its footer."""
    snapshot = selectors.snapshot(lake)
    common = {
        "snapshot": snapshot,
        "release": release(),
        "pages": _pages(),
        "is_older": lake.path != pointer().resolve(),
        "revoked": _revoked(snapshot.revision),
    }
    return render(request, template, {**common, **context})


def _revoked(revision: str) -> str:
    """Why the snapshot must not serve any more, where somebody said so after it came to serve."""
    try:
        note = json.loads((pointer().resolve().parent / "quarantine" / f"{revision}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(note.get("why", ""))


def _pages() -> list[tuple[str, str]]:
    topics = [(reverse("topic", args=[topic.slug]), topic.title) for topic in TOPICS.values()]
    first = [(reverse("front"), "World"), (reverse("map"), "Map"), (reverse("compare"), "Compare")]
    return [*first, *topics, (reverse("quality"), "Data quality")]


def no_data(request: HttpRequest, error: EngineError) -> HttpResponse:
    """This function will answer 503 when there is no snapshot to read."""
    context = {"what": str(error), "release": release()}
    return render(request, "insights/no_data.html", context, status=503)
