"""What every page of the insights site has in common: the snapshot it reads, and its footer."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from analytics import selectors
from analytics.engines.duckdb import EngineError, Lake
from analytics.operations import shelf


def pointer() -> Path:
    """This function will give the snapshot's place: the one that is set, else the state folder's current one."""
    return settings.CONFIGURATION.snapshot or shelf.pointer(settings.STATE_DIR, "covid-cases")


def release() -> dict[str, str]:
    """This function will say which release answers."""
    configuration = settings.CONFIGURATION
    return {"version": configuration.release_version or "unreleased", "commit": configuration.release_commit}


def page(request: HttpRequest, template: str, lake: Lake, context: dict[str, Any]) -> HttpResponse:
    """This function will render a page with its footer."""
    common = {"snapshot": selectors.snapshot(lake), "release": release()}
    return render(request, template, {**common, **context})


def no_data(request: HttpRequest, error: EngineError) -> HttpResponse:
    """This function will answer 503 when there is no snapshot to read."""
    context = {"what": str(error), "release": release()}
    return render(request, "insights/no_data.html", context, status=503)
