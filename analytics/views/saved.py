"""Saved queries: a list, and a page for each with its versions; its live link fills the workbench."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from analytics.models import SavedQuery
from analytics.operations import saving
from analytics.operations.refusal import Refused
from analytics.views import asked
from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access


@access.needs(Verb.QUERY)
@require_safe
def listed(request: access.Request) -> HttpResponse:
    """Every saved query."""
    found = SavedQuery.objects.filter(is_archived=False).select_related("owner").prefetch_related("versions")
    return render(request, "workbench/saved.html", {"saved": found})


@access.needs(Verb.QUERY)
@require_safe
def page(request: access.Request, slug: str) -> HttpResponse:
    """One saved query with every version."""
    found = asked.saved_by_slug(slug)
    if found is None:
        raise Http404
    return render(request, "workbench/saved_query.html", {"saved": found, "versions": found.versions.all()})


@access.needs(Verb.QUERY)
@require_POST
def save(request: access.Request) -> HttpResponse:
    """Keeps the editor's text under a title."""
    form = asked.Asked.of(request)
    title, note = request.POST.get("title", ""), request.POST.get("note", "")
    try:
        version = saving.save(
            title=title, sql=form.sql, parameters=form.typed(), database=form.database, note=note,
            by=request.actor, now=clock.now(),
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect("analytics:workbench")
    messages.success(request, f"Saved as {version.query.title}, version {version.number}.")
    return redirect("analytics:saved_query", version.query.slug)
