"""Links to runs: made, withdrawn, and opened by whoever holds one."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from notebooks.models import Share
from notebooks.operations import runs, shares
from notebooks.rules.notebook import NotebookError
from notebooks.views import showing
from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access


@access.needs(Verb.RUN_NOTEBOOK)
@require_POST
def share(request: access.Request, token: str) -> HttpResponse:
    """Makes a link to a run."""
    found, days = runs.find(token), request.POST.get("days", "")
    if found is None:
        raise Http404("There is no such run.")
    try:
        shares.share(found, days=int(days) if days.isdecimal() else 0, by=request.actor, now=clock.now())
    except NotebookError as error:
        messages.error(request, str(error))
    return redirect("notebooks:run", token)


@access.needs(Verb.RUN_NOTEBOOK)
@require_POST
def withdraw(request: access.Request, number: int) -> HttpResponse:
    """Lets a link lead nowhere."""
    made = Share.objects.select_related("run").filter(pk=number).first()
    if made is None:
        raise Http404("There is no such link.")
    try:
        shares.withdraw(made, by=request.actor, now=clock.now())
    except NotebookError as error:
        messages.error(request, str(error))
    return redirect("notebooks:run", made.run.token)


@showing.framing
@require_safe
def page(request: HttpRequest, link: str) -> HttpResponse:
    """A shared run, for whoever holds the link."""
    made = _opened(link)
    return render(request, "notebooks/runs/shared.html", {"share": made, "run": made.run, "link": link})


@showing.framed
@require_safe
def content(request: HttpRequest, link: str) -> HttpResponse:
    """Its cells, for the frame."""
    return showing.show(request, _opened(link).run)


def _opened(link: str) -> Share:
    found = shares.opened(link, now=clock.now())
    if found is None:
        raise Http404("This link has expired, was withdrawn, or never was. Ask whoever sent it for another.")
    return found
