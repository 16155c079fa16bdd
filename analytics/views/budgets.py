"""Budgets: what is spent of one's own, and, for who may set them, of everybody's."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from analytics.forms import BudgetForm
from analytics.models import Budget
from analytics.operations import budgets
from analytics.operations.refusal import Missing, Refused
from portal import clock
from portal.accounts.permissions import Verb
from portal.web import access

LISTED = 100


@access.needs(Verb.QUERY)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: access.Request) -> HttpResponse:
    """One's own budgets; for operators everybody's, what was spent, and the form that sets one."""
    if request.method != "POST":
        return _draw(request, BudgetForm())
    form = BudgetForm(request.POST)
    if not form.is_valid():
        return _draw(request, form, status=422)
    try:
        budget = budgets.set_(**form.wanted, by=request.actor, now=clock.now())
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _draw(request, form, status=403 if refused.code == "may-not" else 422)
    messages.success(request, f"The budget is set: {budget}. It holds from the next query on.")
    return redirect("analytics:budgets")


@access.needs(Verb.QUERY)
@require_POST
def lift(request: access.Request, budget_id: int) -> HttpResponse:
    """Takes a budget away."""
    try:
        budget = budgets.lift(budget_id=budget_id, by=request.actor, now=clock.now())
    except Refused as refused:
        messages.error(request, refused.sentence)
    except Missing as missing:
        raise Http404(str(missing)) from missing
    else:
        messages.success(request, f"The budget is lifted: {budget}.")
    return redirect("analytics:budgets")


def _draw(request: access.Request, form: BudgetForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"standings": budgets.standings(request.actor, now=clock.now())}
    if request.actor.may(Verb.CONFIGURE):
        spenders = budgets.spenders(now=clock.now())
        context |= {
            "form": form,
            "budgets": Budget.objects.select_related("person"),
            "spenders": spenders[:LISTED],
            "unlisted": len(spenders[LISTED:]),
        }
    return render(request, "workbench/budgets.html", context, status=status)
