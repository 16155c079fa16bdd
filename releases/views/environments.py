"""An environment: what serves, the way back, the lock, and every rollout there."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access, panels
from portal.web.panels import Panel
from releases.models import Environment
from releases.operations import environments as operations
from releases.operations import locks
from releases.operations.refusal import Refused
from releases.rules.guards import not_allowed
from releases.selectors import fleet, prediction, rollouts, services, waiting
from releases.views import paging, refusals

EVERY_S = 15


@access.needs(Verb.READ)
@require_safe
def page(request: access.Request, service: str, name: str) -> HttpResponse:
    """One environment; its rollouts are listed newest first, a page at a time."""
    environment = _find(service, name)
    if request.GET.get("list") == "rollouts":
        return render(request, "releases/environment.html#rollouts", _rollouts(request, environment))
    if access.is_panel(request):
        return panels.answer(request, _panel(environment), _now(request, environment))
    return _draw(request, environment)


@access.needs(Verb.READ)
@require_POST
def roll_back(request: access.Request, service: str, name: str) -> HttpResponse:
    """Back to what served before, by the fastest way there is."""
    environment = _find(service, name)
    try:
        rollout = operations.roll_back(environment_id=environment.pk, by=request.actor, now=clock.now())
    except Refused as refused:
        return _refuse(request, environment, "Roll back", refused)
    messages.success(request, f"Rolling back {environment}. This page follows it.")
    return redirect("releases:rollout", rollout.pk)


@access.needs(Verb.READ)
@require_POST
def lock(request: access.Request, service: str, name: str) -> HttpResponse:
    """No promotions until somebody lifts the lock."""
    environment = _find(service, name)
    reason = request.POST.get("reason", "")
    try:
        locks.lock(environment_id=environment.pk, reason=reason, by=request.actor, now=clock.now())
    except Refused as refused:
        return _refuse(request, environment, "Lock", refused)
    messages.success(request, f"{environment} is locked. Rollbacks still pass.")
    return redirect("releases:environment", service, name)


@access.needs(Verb.READ)
@require_POST
def lift(request: access.Request, service: str, name: str) -> HttpResponse:
    """Promotions are possible again."""
    environment = _find(service, name)
    try:
        locks.lift(environment_id=environment.pk, note=request.POST.get("note", ""), by=request.actor, now=clock.now())
    except Refused as refused:
        return _refuse(request, environment, "Lift the lock", refused)
    messages.success(request, f"The lock of {environment} is lifted.")
    return redirect("releases:environment", service, name)


def _find(service: str, name: str) -> Environment:
    environment = services.environment(service, name)
    if environment is None:
        raise Http404
    return environment


def _refuse(request: access.Request, environment: Environment, what: str, refused: Refused) -> HttpResponse:
    cell = _cell(request, environment)
    problem = refusals.told(what, refused.reasons, serves=cell.traffic.sentence)
    return _draw(request, environment, problem=problem, status=refusals.status_of(refused.reasons))


def _draw(
    request: access.Request, environment: Environment, *, problem: refusals.Problem | None = None, status: int = 200
) -> HttpResponse:
    drawn = panels.draw(request, _panel(environment), _now(request, environment))
    context = {"environment": environment, "problem": problem, "panel": drawn, **_rollouts(request, environment)}
    return render(request, "releases/environment.html", context, status=status)


def _panel(environment: Environment) -> Panel:
    address = reverse("releases:environment", args=[environment.service.slug, environment.name])
    topic = f"environment-{environment.service.slug}-{environment.name}"
    return Panel("environment", "releases/panels/environment.html", address, topic, EVERY_S)


def _cell(request: access.Request, environment: Environment) -> fleet.Cell:
    now = clock.now()
    return fleet.cells_of([environment], waiting.needs(request.actor, now=now), now=now)[0]


def _now(request: access.Request, environment: Environment) -> dict[str, object]:
    roles = request.actor.roles
    why = {
        verb.value: "" if request.actor.may(verb) else not_allowed(verb, roles=roles).sentence
        for verb in (Verb.ROLL_BACK, Verb.LOCK, Verb.LIFT_LOCK)
    }
    cell = _cell(request, environment)
    way_back = prediction.of_rollout(cell.moving) if cell.moving else prediction.of_environment(environment)
    outside = services.outside(environment)
    return {"environment": environment, "cell": cell, "way_back": way_back, "why_not": why, "outside": outside}


def _rollouts(request: access.Request, environment: Environment) -> dict[str, object]:
    found, before = rollouts.page(environment=environment.pk, before=paging.before(request))
    return {"environment": environment, "rollouts": found, "before": before}
