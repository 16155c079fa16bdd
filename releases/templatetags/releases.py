"""Tags of the release pages."""

from typing import Any

from django import template
from django.conf import settings

from portal import clock
from portal.accounts import actors
from portal.accounts.models import User
from portal.accounts.permissions import Verb
from releases.models import Environment, Service
from releases.rules.plan import Plan
from releases.rules.states import State
from releases.selectors import rollouts, waiting

register = template.Library()
# A mark beside the word, so that no state is told by its colour alone.
MARKS = {
    State.SUCCEEDED: "ok",
    State.ROLLED_BACK: "bad",
    State.ROLLING_BACK: "bad",
    State.ROLLBACK_FAILED: "bad",
    State.READY: "hold",
}


@register.simple_tag(takes_context=True)
def waiting_count(context: dict[str, Any]) -> int:
    """Will count what waits for the reader."""
    user = context.get("user")
    return waiting.count(actors.from_user(user), now=clock.now()) if isinstance(user, User) else 0


@register.simple_tag(takes_context=True)
def may_query(context: dict[str, Any]) -> bool:
    """Will tell whether the reader may ask in SQL."""
    user = context.get("user")
    return isinstance(user, User) and actors.from_user(user).may(Verb.QUERY)


@register.simple_tag(takes_context=True)
def may_open_notebooks(context: dict[str, Any]) -> bool:
    """Will tell whether the reader may run notebooks, where there are any."""
    user = context.get("user")
    has_slots = settings.CONFIGURATION.notebook_slots > 0
    return has_slots and isinstance(user, User) and actors.from_user(user).may(Verb.RUN_NOTEBOOK)


@register.filter
def tone(state: str) -> str:
    """Will give the class of a state: ok, hold, bad, or none."""
    return MARKS.get(State(state), "quiet")


@register.filter
def plan_words(plan: Plan) -> str:
    """Will say a plan as people say its times."""
    return rollouts.plan_words(plan)


@register.simple_tag
def site_address() -> str:
    """Will give the address of the released site, or an empty text where no environment names one."""
    rows = Environment.objects.exclude(address="").filter(service__kind=Service.Kind.APPLICATION)
    return rows.order_by("-position", "pk").values_list("address", flat=True).first() or ""
