"""Freezes: windows without promotions."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access
from releases.forms import FreezeForm
from releases.operations import freezes as operations
from releases.operations.freezes import FreezeError
from releases.operations.refusal import Missing, Refused
from releases.rules.guards import not_allowed
from releases.selectors import freezes
from releases.views import paging


@access.needs(Verb.READ)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: access.Request) -> HttpResponse:
    """What is frozen, what was, and the form that sets a freeze."""
    if request.method != "POST":
        return _draw(request, FreezeForm(initial={"time_zone": request.user.time_zone}))
    form = FreezeForm(request.POST)
    if not form.is_valid():
        return _draw(request, form, status=422)
    try:
        operations.set_(**form.wanted, by=request.actor, now=clock.now())
    except (FreezeError, Refused) as error:
        form.add_error(None, str(error))
        return _draw(request, form, status=403 if isinstance(error, Refused) else 422)
    messages.success(request, "The freeze is set. Promotions wait for its end; rollbacks still pass.")
    return redirect("releases:freezes")


@access.needs(Verb.READ)
@require_POST
def lift(request: access.Request, freeze_id: int) -> HttpResponse:
    """Ends a freeze before its time."""
    try:
        freeze = operations.lift(freeze_id=freeze_id, by=request.actor, now=clock.now())
    except Refused as refused:
        messages.error(request, f"The freeze was not lifted and still holds. {refused} Ask an operator.")
    except Missing as missing:
        raise Http404 from missing
    else:
        messages.success(request, f"The freeze is lifted: {freeze.reason}")
    return redirect("releases:freezes")


def _draw(request: access.Request, form: FreezeForm, *, status: int = 200) -> HttpResponse:
    current, past, before = freezes.read(now=clock.now(), before=paging.before(request))
    why_not = "" if request.actor.may(Verb.FREEZE) else not_allowed(Verb.FREEZE, roles=request.actor.roles).sentence
    context = {"form": form, "current": current, "past": past, "before": before, "why_not": why_not}
    return render(request, "releases/freezes.html", context, status=status)
