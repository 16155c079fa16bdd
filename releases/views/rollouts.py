"""A rollout: its page, its live panels, and what people do to it. Each verb is a plain form; rows are all it writes."""

from collections.abc import Callable
from types import MappingProxyType

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access, panels
from releases.models import Rollout
from releases.operations import approvals, rollouts
from releases.operations.refusal import Missing, Refused
from releases.selectors import changes, slots
from releases.selectors import rollouts as reads
from releases.selectors.buttons import NAMES
from releases.views import refusals, rollout_panels

# What is done, and what is said once it is asked for.
DOES: MappingProxyType[Verb, tuple[Callable[..., Rollout], str, str]] = MappingProxyType(
    {
        Verb.PROMOTE: (rollouts.promote, "note", "Promotion is asked for: green gets its first share in a moment."),
        Verb.PAUSE: (rollouts.pause, "note", "Paused: the traffic stays as it is until somebody resumes."),
        Verb.RESUME: (rollouts.resume, "note", "Resumed: the timers go on from where they stopped."),
        Verb.SKIP: (rollouts.skip, "note", "Skipping ahead is asked for."),
        Verb.CANCEL: (rollouts.cancel, "note", "Cancelling is asked for; nothing has started."),
        Verb.RETRY: (rollouts.retry, "note", "The rollback is tried again."),
        Verb.RESOLVE: (rollouts.resolve, "note", "Resolved by hand; your note is in the ledger."),
        Verb.ROLL_BACK: (rollouts.roll_back, "note", "Rolling back: all traffic goes to blue."),
        Verb.APPROVE: (approvals.approve, "comment", "Your approval is recorded."),
        Verb.REJECT: (approvals.reject, "comment", "Your rejection is recorded; green is taken down."),
    }
)


@access.needs(Verb.READ)
@require_safe
def page(request: access.Request, rollout_id: int) -> HttpResponse:
    """One rollout, for somebody with two minutes."""
    return _draw(request, _find(rollout_id))


@access.needs(Verb.READ)
@require_safe
def panel(request: access.Request, rollout_id: int, name: str) -> HttpResponse:
    """One panel of it, as the page drew it first, or 204 where nothing changed."""
    rollout = _find(rollout_id)
    if name not in rollout_panels.PANELS:
        raise Http404
    wanted = rollout_panels.panel(rollout, name)
    return panels.answer(request, wanted, rollout_panels.context(request, rollout, name, now=clock.now()))


@access.needs(Verb.READ)
@require_POST
def act(request: access.Request, rollout_id: int, verb: str) -> HttpResponse:
    """Asks for one verb. What stands against it is shown above the page, with what was written kept."""
    does, field, told = _verb(verb)
    text = request.POST.get("note", "").strip()
    try:
        does(rollout_id=rollout_id, by=request.actor, now=clock.now(), **{field: text})
    except Refused as refused:
        rollout = _find(rollout_id)
        problem = refusals.told(NAMES[Verb(verb)], refused.reasons, serves=slots.of_rollout(rollout).sentence)
        return _draw(request, rollout, problem=problem, text=text, status=refusals.status_of(refused.reasons))
    except Missing as missing:
        raise Http404 from missing
    messages.success(request, told)
    return redirect("releases:rollout", rollout_id)


def _verb(verb: str) -> tuple[Callable[..., Rollout], str, str]:
    if verb not in DOES:
        raise Http404
    return DOES[Verb(verb)]


def _find(rollout_id: int) -> Rollout:
    rollout = reads.find(rollout_id)
    if rollout is None:
        raise Http404
    return rollout


def _draw(
    request: access.Request,
    rollout: Rollout,
    *,
    problem: refusals.Problem | None = None,
    text: str = "",
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    drawn = {
        name: panels.draw(
            request,
            rollout_panels.panel(rollout, name),
            {**rollout_panels.context(request, rollout, name, now=now), "text": text},
        )
        for name in rollout_panels.PANELS
    }
    context = {
        "rollout": rollout,
        "panels": drawn,
        "problem": problem,
        "changes": changes.between(rollout.replaces, rollout.release),
    }
    return render(request, "releases/rollout.html", context, status=status)
