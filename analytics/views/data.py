"""The portal's pages about the data: what serves, every snapshot, and two of them beside each other."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from analytics.api import datasets
from analytics.engines.duckdb import EngineError
from analytics.operations import comparisons
from analytics.operations.serving import SnapshotError
from analytics.rules.datasets import registry
from analytics.rules.quality import findings, picture
from analytics.views import sources
from portal import clock
from portal.accounts.permissions import ALLOWED, Verb
from portal.web import access


@access.needs(Verb.READ)
@require_safe
def data(request: access.Request) -> HttpResponse:
    """Every dataset with its snapshots, the newest first."""
    known = [(registry.dataset(name), datasets.revisions(name)) for name in datasets.datasets() if _is_known(name)]
    may_quarantine = request.actor.may(Verb.BRING_DATA)
    needed = ", ".join(sorted(ALLOWED[Verb.BRING_DATA]))
    context = {"datasets": known, "may_quarantine": may_quarantine, "needed": needed, "sources": sources.draw(request)}
    return render(request, "analytics/data.html", context)


@access.needs(Verb.READ)
@require_safe
def compare(request: access.Request, dataset: str) -> HttpResponse:
    """Green beside blue: each check, and where history was rewritten."""
    blue, green = request.GET.get("blue", ""), request.GET.get("green", "")
    there = {one.revision: one for one in datasets.revisions(dataset)} if _is_known(dataset) else {}
    if green not in there or (blue and blue not in there):
        raise Http404("One of the snapshots is not on the shelf any more.")
    try:
        facts = comparisons.compare(Path(settings.STATE_DIR), dataset, blue=blue, green=green)
    except EngineError as error:
        raise Http404(str(error)) from error
    context = {
        "dataset": registry.dataset(dataset),
        "blue": there.get(blue),
        "green": there[green],
        "checks": findings.judge(facts),
        "facts": facts,
        "picture": picture.of(facts.rewritten),
    }
    return render(request, "analytics/compare.html", context)


@access.needs(Verb.BRING_DATA)
@require_POST
def quarantine(request: access.Request, dataset: str, revision: str) -> HttpResponse:
    """Keeps a snapshot from serving from now on; what serves goes on until it is rolled back."""
    why = request.POST.get("why", "").strip()
    if not why:
        messages.error(request, "Nothing was changed: say why. The reason is shown on every page that it fed.")
        return redirect("analytics:data")
    try:
        datasets.quarantine(dataset, revision, why=why, by=request.actor.name, now=clock.now())
    except (SnapshotError, ValueError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Snapshot {revision} is in quarantine. Roll its environment back if it serves.")
    return redirect("analytics:data")


def _is_known(name: str) -> bool:
    return name in registry.DATASETS
