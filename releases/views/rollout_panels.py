"""The live panels of a rollout. Those with buttons are apart from those with running numbers:
a panel is replaced only when it changed, so no button moves while somebody aims at it."""

from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.urls import reverse

from portal.accounts.permissions import Verb
from portal.audit import selectors as ledger
from portal.web import access
from portal.web.panels import Panel
from releases.models import Rollout
from releases.rules.guards import Asker
from releases.rules.standing import Standing
from releases.selectors import buttons, checks, pipelines, prediction, rollouts, slots
from releases.selectors import standing as standings

PANELS = ("announce", "now", "decide", "checks", "plan", "approvals", "pipeline", "timeline")
TIMELINE = 20
# Running numbers look again at every beat; what changes with an event hardly needs to look by itself.
BEATS = MappingProxyType({"now": 1, "checks": 2, "decide": 2})
OTHER_BEATS = 8


def panel(rollout: Rollout, name: str) -> Panel:
    """Will give the panel `name` with its address, the event it listens to and how often it looks."""
    address = reverse("releases:rollout_panel", args=[rollout.pk, name])
    template = f"releases/panels/rollout_{name}.html"
    beats = BEATS.get(name, OTHER_BEATS) if rollout.state in rollouts.MOVING else 1
    return Panel(name, template, address, f"rollout-{rollout.pk}", beats * rollouts.every_s(rollout))


def context(request: access.Request, rollout: Rollout, name: str, *, now: datetime) -> dict[str, Any]:
    """Will read what the panel `name` shows."""
    if name == "timeline":
        page = ledger.page(ledger.Filters(rollout_id=rollout.pk), size=TIMELINE)
        return {"rollout": rollout, "timeline": page}
    if name == "plan":
        return {"rollout": rollout, **rollouts.foreseen(rollout)}
    if name == "pipeline":
        return {"rollout": rollout, "making": pipelines.of_rollout(rollout)}
    if name == "checks":
        return {"rollout": rollout, "checks": checks.of(rollout), "log_tail": slots.last_words(rollout)}
    standing = standings.of(rollout, now=now)
    return {"rollout": rollout, "standing": standing, **_by_name(name, request, rollout, standing, now=now)}


def _by_name(
    name: str, request: access.Request, rollout: Rollout, standing: Standing, *, now: datetime
) -> dict[str, Any]:
    if name == "announce":
        return {"announcement": rollouts.announcement(rollout, standing)}
    if name == "now":
        return {
            "traffic": slots.of_rollout(rollout),
            "sentence": rollouts.sentence(rollout, standing),
            "next": rollouts.next_sentence(rollout, standing, now=now),
            "stops": rollouts.stops(rollout, standing, now=now),
        }
    return _buttons(name, rollout, standing, standings.asker(request.actor, rollout, now=now))


def _buttons(name: str, rollout: Rollout, standing: Standing, asker: Asker) -> dict[str, Any]:
    if name == "approvals":
        deciders = (Verb.APPROVE, Verb.REJECT)
        return {
            "approvals": rollouts.approvals(rollout),
            "approve": buttons.button(deciders[0], standing, asker),
            "reject": buttons.button(deciders[1], standing, asker),
        }
    return {
        "roll_back": buttons.button(Verb.ROLL_BACK, standing, asker),
        "movers": buttons.movers(standing, asker),
        "resolve": buttons.button(Verb.RESOLVE, standing, asker),
        "prediction": None if rollout.has_ended else prediction.of_rollout(rollout),
        "preview_url": standing.observation.preview_url if standing.observation else "",
    }
