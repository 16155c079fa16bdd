"""The fleet: what serves everywhere, what waits, and for whom."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access, panels
from portal.web.panels import Panel
from releases.selectors import fleet

EVERY_S = 15


@access.needs(Verb.READ)
@require_safe
def page(request: access.Request) -> HttpResponse:
    """Every service and environment."""
    panel = Panel("fleet", "releases/panels/fleet.html", reverse("releases:fleet"), "changed", EVERY_S)
    context = {"fleet": fleet.read(request.actor, now=clock.now())}
    if access.is_panel(request):
        return panels.answer(request, panel, context)
    return render(request, "releases/fleet.html", {"panel": panels.draw(request, panel, context)})
