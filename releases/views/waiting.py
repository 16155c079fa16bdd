"""What waits for the reader."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access, panels
from portal.web.panels import Panel
from releases.selectors import waiting

EVERY_S = 15


@access.needs(Verb.READ)
@require_safe
def page(request: access.Request) -> HttpResponse:
    """What waits for the reader first, then what waits for others."""
    found = waiting.needs(request.actor, now=clock.now())
    mine = waiting.for_me(found)
    others = [need for need in found if not need.is_for_me]
    panel = Panel("waiting", "releases/panels/waiting.html", reverse("releases:waiting"), "changed", EVERY_S)
    context = {"mine": mine, "others": others}
    if access.is_panel(request):
        return panels.answer(request, panel, context)
    return render(request, "releases/waiting.html", {"panel": panels.draw(request, panel, context)})


@access.needs(Verb.READ)
@require_safe
def count(request: access.Request) -> HttpResponse:
    """The number beside Waiting in the menu."""
    return render(request, "navigation.html#waiting")
