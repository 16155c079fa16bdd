"""Dashboards: the list with the state of the data behind them, and each in its frame or drawn here."""

from contextlib import suppress
from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from analytics import selectors
from analytics.dashboards import registry
from analytics.dashboards.base import Check, Dashboard, DashboardError, Refresh, RefreshState
from analytics.dashboards.ours import OURS, PLACE
from analytics.engines.duckdb import EngineError, Lake
from analytics.insights import comparison
from analytics.insights.comparison import Ask
from analytics.operations.dashboards import refreshing, viewing
from analytics.operations.refusal import Refused
from analytics.rules.measures.catalog import MEASURES
from analytics.views.insights import charts, known_on, site
from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access, panels
from portal.web.panels import Panel

# Nothing tells of AWS's refreshes, so the page asks; each time is half a dozen calls.
LOOKS_S = 30
SAID = {
    RefreshState.WAITING: ("hold", "waits to be read"),
    RefreshState.RUNNING: ("hold", "is being read"),
    RefreshState.DONE: ("ok", "up to date"),
    RefreshState.FAILED: ("bad", "the refresh failed"),
    RefreshState.DIRECT: ("ok", "none: read directly"),
    RefreshState.NEVER: ("quiet", "never refreshed"),
}
STATUSES = {Check.DASHBOARD: 404, Check.SERVICE: 502}


@access.needs(Verb.READ)
@require_safe
def index(request: access.Request) -> HttpResponse:
    """What the person may see, as the panel that keeps itself current."""
    panel = Panel("dashboards", "dashboards/state.html", reverse("analytics:dashboards"), "data", every_s=LOOKS_S)
    framed = bool(registry.current().frames_from)
    context = {**_state(request), "framed": framed}
    if access.is_panel(request):
        return panels.answer(request, panel, context)
    return render(request, "dashboards/list.html", {"panel": panels.draw(request, panel, context), "framed": framed})


@access.needs(Verb.READ)
@require_safe
def page(request: access.Request, dashboard_id: str) -> HttpResponseBase:
    """One dashboard; frames are let in from where they come from, on this page alone."""
    frames_from = registry.current().frames_from
    try:
        found = next((one for one in viewing.listed(request.user) if one.id == dashboard_id), None)
    except DashboardError as error:
        return render(request, "dashboards/refused.html", {"refused": error}, status=STATUSES.get(error.check, 409))
    if found is None:
        raise Http404(f"No dashboard {dashboard_id} is shared with you. The list of dashboards has those that are.")
    return _framed(request, found, frames_from) if frames_from else _drawn(request, dashboard_id)


@access.needs(Verb.READ)
@require_POST
@never_cache
def embed(request: access.Request, dashboard_id: str) -> HttpResponse:
    """An address that opens the dashboard once: asked for when it is needed, and in no page, log or cache."""
    try:
        opened = viewing.open_frame(dashboard_id, user=request.user, now=clock.now())
    except DashboardError as error:
        refused = {"check": error.check, "sentence": str(error)}
        return JsonResponse(refused, status=STATUSES.get(error.check, 409))
    except LookupError as error:
        raise Http404(str(error)) from error
    told = {"address": opened.embed.address, "domains": opened.embed.domains}
    return JsonResponse({**told, "renew_in_s": opened.renew_in_s, "ends_in_s": opened.ends_in_s})


@access.needs(Verb.READ)
@require_POST
def refresh(request: access.Request) -> HttpResponse:
    """Has the data behind the dashboards read anew."""
    try:
        refreshing.again(by=request.actor, now=clock.now())
    except Refused as refused:
        raise PermissionDenied(str(refused)) from refused
    except DashboardError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The data behind the dashboards is being read anew.")
    return redirect("analytics:dashboards")


def _state(request: access.Request) -> dict[str, Any]:
    context: dict[str, Any] = {"may_refresh": request.actor.may(Verb.BRING_DATA)}
    with suppress(EngineError):
        context["snapshot"] = selectors.snapshot(selectors.lake(known_on.pointer()))
    try:
        listed = viewing.listed(request.user)
        return {**context, "listed": listed, "refreshes": [_said(one) for one in refreshing.states()]}
    except DashboardError as error:
        return {**context, "refused": error}


def _said(one: Refresh) -> dict[str, Any]:
    chip, said = SAID[one.state]
    return {**vars(one), "chip": chip, "state_said": said}


def _framed(request: HttpRequest, dashboard: Dashboard, frames_from: str) -> HttpResponseBase:
    try:
        places = charts.names_of(selectors.lake(known_on.pointer()))
    except EngineError:
        # QuickSight has its own copy of the data: without ours only the choice of a place is missing.
        places = {}
    context = {"dashboard": dashboard, "frames_from": frames_from, **_choice(request, places)}

    @csp_update({"frame-src": [frames_from]})
    def framed(request: HttpRequest) -> HttpResponse:
        return render(request, "dashboards/framed.html", context)

    return framed(request)


def _drawn(request: HttpRequest, dashboard_id: str) -> HttpResponse:
    dashboard = OURS[dashboard_id]
    wanted = request.GET.get("sheet", "")
    sheet = next((one for one in dashboard.sheets if one.id == wanted), dashboard.sheets[0])
    try:
        lake = selectors.lake(known_on.pointer())
        known, there = charts.names_of(lake), selectors.columns(lake)
        choice = _choice(request, known)
        ask = comparison.read({"place": [choice["place"]]} if choice["place"] else {}, known=known)
        drawn = [_chart(request, lake, ask, name) for name in sheet.measures if name in there]
    except EngineError as error:
        return site.no_data(request, error)
    missing = [MEASURES[name].label for name in sheet.measures if name not in there]
    about = {"dashboard": dashboard, "sheet": sheet, "snapshot": selectors.snapshot(lake)}
    return render(request, "dashboards/drawn.html", {**about, **choice, "charts": drawn, "missing": missing})


def _chart(request: HttpRequest, lake: Lake, ask: Ask, measure: str) -> dict[str, Any]:
    return charts.drawn(lake, Ask(MEASURES[measure], ask.places), request)


def _choice(request: HttpRequest, known: Any) -> dict[str, Any]:
    wanted = request.GET.get(PLACE, "")
    places = sorted(known.items(), key=lambda pair: pair[1])
    return {"parameter": PLACE, "places": places, "place": wanted if wanted in known else ""}
