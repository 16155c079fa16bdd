"""A release: where it comes from, what it changes, where it went, and the form that opens a rollout of it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access
from releases.models import Environment, Release
from releases.operations import rollouts as operations
from releases.operations.refusal import Missing, Refused
from releases.rules.guards import not_allowed
from releases.selectors import changes, rollouts, services, slots
from releases.views import pipelines, refusals


@access.needs(Verb.READ)
@require_safe
def page(request: access.Request, service: str, version: str) -> HttpResponse:
    """One release, compared with what serves in the environment chosen, or in the last one on the way."""
    return _draw(request, _find(service, version))


@access.needs(Verb.READ)
@require_POST
def open_rollout(request: access.Request, service: str, version: str) -> HttpResponse:
    """Opens a rollout of the release to the environment that was chosen."""
    release = _find(service, version)
    environment = services.environment(service, request.POST.get("environment", ""))
    if environment is None:
        raise Http404
    try:
        rollout = operations.open(
            environment_id=environment.pk, release_id=release.pk, by=request.actor, now=clock.now()
        )
    except Refused as refused:
        serves = slots.of_environment(environment, None).sentence
        problem = refusals.told(f"A rollout to {environment.name}", refused.reasons, serves=serves)
        return _draw(request, release, problem=problem, status=refusals.status_of(refused.reasons))
    except Missing as missing:
        raise Http404(str(missing)) from missing
    messages.success(request, f"The rollout of {release.version} to {environment.name} is open.")
    return redirect("releases:rollout", rollout.pk)


def _find(service: str, version: str) -> Release:
    release = services.release(service, version)
    if release is None:
        raise Http404
    return release


def _draw(
    request: access.Request, release: Release, *, problem: refusals.Problem | None = None, status: int = 200
) -> HttpResponse:
    environments = list(Environment.objects.filter(service=release.service).select_related("service", "serving"))
    chosen = _chosen(request.GET.get("against", ""), environments)
    may_open = request.actor.may(Verb.OPEN)
    context = {
        "release": release,
        "environments": environments,
        "against": chosen,
        "changes": changes.between(chosen.serving if chosen else None, release),
        "configuration": changes.configuration(release),
        "rollouts": rollouts.page(release=release.pk)[0],
        "problem": problem,
        "pipeline": pipelines.draw(request, release),
        "why_not": "" if may_open else not_allowed(Verb.OPEN, roles=request.actor.roles).sentence,
    }
    return render(request, "releases/release.html", context, status=status)


def _chosen(name: str, environments: list[Environment]) -> Environment | None:
    named = next((environment for environment in environments if environment.name == name), None)
    return named or (environments[-1] if environments else None)
