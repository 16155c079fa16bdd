"""Runs of notebooks: what there is to run, what ran, and one run with its cells."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from analytics.api import datasets
from notebooks.models import Page, Run, Schedule
from notebooks.operations import collection, own, publications, runs, schedules, shares
from notebooks.operations.runs import Asked
from notebooks.rules.notebook import NotebookError
from notebooks.views import asking, showing
from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access, panels
from portal.web.panels import Panel

LISTED = 50


@access.needs(Verb.READ)
@require_safe
def listed(request: access.Request) -> HttpResponse:
    """What ran, newest first, what runs by itself, and what was published."""
    name = request.GET.get("notebook", "")
    found = runs.newest().filter(notebook=name) if name else runs.newest()
    context = {
        "runs": found[:LISTED],
        "name": name,
        "schedules": Schedule.objects.filter(ended_at=None).select_related("person"),
        "pages": publications.shown()[:LISTED],
        "collection": collection.listed(),
        "own": own.listed(request.user) if request.actor.may(Verb.RUN_NOTEBOOK) else [],
        "may_run": request.actor.may(Verb.RUN_NOTEBOOK),
    }
    return render(request, "notebooks/runs/list.html", context)


@access.needs(Verb.RUN_NOTEBOOK)
@require_safe
def form(request: access.Request, name: str) -> HttpResponse:
    """A notebook's parameters, to be changed before it runs: now, or by itself."""
    return _form(request, name)


@access.needs(Verb.RUN_NOTEBOOK)
@require_POST
def run(request: access.Request, name: str) -> HttpResponse:
    """Runs a notebook with what the form says, now or by itself."""
    try:
        document = collection.read(name, person=request.user)
        given = asking.given(request, collection.describe(name, document).parameters)
        how: dict[str, Any] = {"name": name, "parameters": given, "by": request.actor, "now": clock.now()}
        match request.POST.get("when", "now"):
            case "every":
                schedules.every(asking.hours(request), **how)
            case "promotion":
                schedules.with_each(request.POST.get("dataset", ""), **how)
            case _:
                made = runs.ask(Asked(name, document, given), by=request.actor, now=clock.now())
                return redirect("notebooks:run", made.token)
    except NotebookError as error:
        return _form(request, name, problem=str(error), status=422)
    messages.success(request, "It will run by itself from now on. Stop it here.")
    return redirect("notebooks:runs")


@access.needs(Verb.READ)
@showing.framing
@require_safe
def one(request: access.Request, token: str) -> HttpResponse:
    """A run: how it does or ended, what it was told and what it read, and its cells."""
    found = _find(token)
    if access.is_panel(request):
        return panels.answer(request, _panel(found), _facts(found, request))
    other = runs.find(request.GET.get("beside", ""))
    context = {
        "run": found,
        "panel": panels.draw(request, _panel(found), _facts(found, request)),
        "others": runs.newest().filter(notebook=found.notebook).exclude(pk=found.pk)[:LISTED],
        "other": other,
        "differences": showing.differences(found, other) if other else (),
        "shares": [(share, shares.signed(share)) for share in found.shares.all() if share.is_open(now=clock.now())],
        "days": shares.DAYS,
    }
    return render(request, "notebooks/runs/one.html", context)


@access.needs(Verb.READ)
@showing.framed
@require_safe
def content(request: access.Request, token: str) -> HttpResponse:
    """The cells of a run, for the frame that keeps a notebook's own scripts from the portal."""
    return showing.show(request, _find(token))


@access.needs(Verb.RUN_NOTEBOOK)
@require_POST
def cancel(request: access.Request, token: str) -> HttpResponse:
    """Asks for a run's end."""
    try:
        runs.cancel(_find(token), by=request.actor, now=clock.now())
    except NotebookError as error:
        messages.error(request, str(error))
    return redirect("notebooks:run", token)


@access.needs(Verb.RUN_NOTEBOOK)
@require_POST
def stop(request: access.Request, number: int) -> HttpResponse:
    """Ends a schedule."""
    found = Schedule.objects.filter(pk=number).first()
    if found is None:
        raise Http404("There is no such schedule.")
    try:
        schedules.stop(found, by=request.actor, now=clock.now())
    except NotebookError as error:
        messages.error(request, str(error))
    return redirect("notebooks:runs")


@access.needs(Verb.READ)
@showing.framing
@require_safe
def page(request: access.Request, token: str) -> HttpResponse:
    """What somebody published from a notebook."""
    return render(request, "notebooks/runs/page.html", {"page": _published(token)})


@access.needs(Verb.READ)
@showing.framed
@require_safe
def figure(request: access.Request, token: str) -> HttpResponse:
    """The figure of a published page, for its frame."""
    return showing.show_figure(request, _published(token))


@access.needs(Verb.RUN_NOTEBOOK)
@require_POST
def withdraw(request: access.Request, token: str) -> HttpResponse:
    """Takes a published page away."""
    try:
        publications.withdraw(_published(token), by=request.actor, now=clock.now())
    except NotebookError as error:
        messages.error(request, str(error))
    return redirect("notebooks:runs")


def _form(request: access.Request, name: str, *, problem: str = "", status: int = 200) -> HttpResponse:
    try:
        described = collection.describe(name, collection.read(name, person=request.user))
    except NotebookError as error:
        raise Http404(str(error)) from error
    context = {
        "notebook": described,
        "fields": asking.fields(request, described.parameters),
        "datasets": datasets.datasets(),
        "problem": problem,
        "asked": request.POST,
    }
    return render(request, "notebooks/runs/form.html", context, status=status)


def _panel(run: Run) -> Panel:
    every_s = 0 if run.ended_at else 2
    return Panel("run", "notebooks/runs/panel.html", reverse("notebooks:run", args=[run.token]), "run", every_s)


def _facts(run: Run, request: HttpRequest) -> dict[str, Any]:
    user = request.user
    return {"run": run, "has_cells": showing.has_cells(run), "is_mine": getattr(user, "pk", None) == run.person_id}


def _find(token: str) -> Run:
    found = runs.find(token)
    if found is None:
        raise Http404("There is no such run.")
    return found


def _published(token: str) -> Page:
    found = publications.find(token)
    if found is None:
        raise Http404("There is no such page, or it was withdrawn.")
    return found
