"""The panel of the sources that are followed, and what a person may ask of one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from analytics.models import FollowedSource
from analytics.operations.refusal import Missing, Refused
from analytics.operations.sources import following
from portal import clock
from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.web import access, panels
from portal.web.panels import Panel

# How much of what was seen at a source is shown.
SHOWN = 5
Ask = Callable[..., FollowedSource]


@access.needs(Verb.READ)
@require_safe
def panel(request: access.Request) -> HttpResponse:
    """The sources, as the panel that keeps itself current."""
    return panels.answer(request, _panel(), _followed(request.actor))


def draw(request: access.Request) -> SafeString:
    """Will give that panel for a page."""
    return panels.draw(request, _panel(), _followed(request.actor))


@access.needs(Verb.BRING_DATA)
@require_POST
def look(request: access.Request, source_id: int) -> HttpResponse:
    """Looks at a source as soon as the worker gets there, and tries again what failed."""
    return _ask(request, following.ask_again, source_id, "It is looked at in a moment.")


@access.needs(Verb.BRING_DATA)
@require_POST
def unfollow(request: access.Request, source_id: int) -> HttpResponse:
    """Looks at a source no more."""
    return _ask(request, following.stop, source_id, "It is followed no more; what came of it stays.")


def _ask(request: access.Request, ask: Ask, source_id: int, done: str) -> HttpResponse:
    try:
        row = ask(source_id, by=request.actor, now=clock.now())
    except (Missing, Refused) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{row.shown}: {done}")
    return redirect("analytics:data")


def _panel() -> Panel:
    # Nothing tells of each step of what comes in, so the page asks.
    return Panel("sources", "analytics/sources.html", reverse("analytics:sources"), "data", every_s=2)


def _followed(actor: Actor) -> dict[str, Any]:
    """Every source with the newest of what was seen there."""
    rows = FollowedSource.objects.filter(stopped_at=None).prefetch_related("revisions")
    return {"followed": [(row, row.revisions.all()[:SHOWN]) for row in rows], "may_bring": actor.may(Verb.BRING_DATA)}
