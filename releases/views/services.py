"""A service: what serves in each environment, and its releases."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access, panels
from portal.web.panels import Panel
from releases.models import Service
from releases.selectors import services
from releases.views import paging

EVERY_S = 15


@access.needs(Verb.READ)
@require_safe
def page(request: access.Request, service: str) -> HttpResponse:
    """One service; its releases are listed newest first, a page at a time."""
    found = get_object_or_404(Service, slug=service)
    if request.GET.get("list") == "releases":
        return render(request, "releases/service.html#releases", _releases(request, found))
    cells = services.cells(found, request.actor, now=clock.now())
    panel = Panel("environments", "releases/panels/environments.html", request.path, "changed", EVERY_S)
    context = {"service": found, "cells": cells, "may_roll_back": request.actor.may(Verb.ROLL_BACK)}
    if access.is_panel(request):
        return panels.answer(request, panel, context)
    drawn = panels.draw(request, panel, context)
    return render(request, "releases/service.html", {**context, **_releases(request, found), "panel": drawn})


def _releases(request: access.Request, service: Service) -> dict[str, object]:
    releases, before = services.releases(service, before=paging.before(request))
    return {"service": service, "releases": releases, "before": before}
