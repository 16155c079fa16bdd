"""What every page of the insights site has in common: what stands around its content."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from analytics import selectors
from analytics.engines.duckdb import EngineError, Lake
from analytics.insights.topics import TOPICS
from analytics.views.insights import known_on


def release() -> dict[str, str]:
    """This function will say which release answers."""
    configuration = settings.CONFIGURATION
    return {"version": configuration.release_version or "unreleased", "commit": configuration.release_commit}


def page(request: HttpRequest, template: str, lake: Lake, context: dict[str, Any]) -> HttpResponse:
    """This function will render a page with its footer."""
    snapshot, as_of = selectors.snapshot(lake), request.GET.get("as_of", "")
    common = {
        "snapshot": snapshot,
        "release": release(),
        "pages": _pages(),
        "axis": known_on.axis(request, snapshot.revision),
        # Wherever a reader goes from here, they stay with the snapshot that they chose.
        "as_of": as_of,
        "as_of_query": f"?as_of={as_of}" if as_of else "",
        "is_older": lake.path != known_on.pointer().resolve(),
        "revoked": _revoked(snapshot.revision),
    }
    return render(request, template, {**common, **context})


def _revoked(revision: str) -> str:
    """Why the snapshot must not serve any more, where somebody said so after it came to serve."""
    note = known_on.pointer().parent / "quarantine" / f"{revision}.json"
    try:
        return str(json.loads(note.read_text(encoding="utf-8")).get("why", ""))
    except (OSError, ValueError):
        return ""


def _pages() -> list[tuple[str, str]]:
    topics = [(reverse("topic", args=[topic.slug]), topic.title) for topic in TOPICS.values()]
    named = (("front", "World"), ("map", "Map"), ("compare", "Compare"), ("multiples", "Many places"))
    first = [(reverse(name), title) for name, title in named]
    return [*first, *topics, (reverse("quality"), "Data quality")]


def no_data(request: HttpRequest, error: EngineError) -> HttpResponse:
    """This function will answer 503 when there is no snapshot to read."""
    context = {"what": str(error), "release": release()}
    return render(request, "insights/no_data.html", context, status=503)
