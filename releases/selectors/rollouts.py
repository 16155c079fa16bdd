"""One rollout, told to somebody with two minutes: what goes on, what comes next, how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db.models import QuerySet

from portal.web.words import duration
from releases.models import Approval, Deployment, Rollout
from releases.rules.foresight import Foresight
from releases.rules.plan import Plan
from releases.rules.reasons import Code
from releases.rules.standing import Standing
from releases.rules.states import ENDED, State
from releases.selectors import waiting

PAGE = 25
# What moves by itself is looked at every two seconds, what waits for a person every fifteen, what ended never.
MOVING_EVERY_S = 2
WAITING_EVERY_S = 15
MOVING = frozenset({State.DEPLOYING, State.SHIFTING, State.BAKING, State.FINISHING, State.ROLLING_BACK})


@dataclass(frozen=True)
class Stop:
    """One stop on the way from "up" to "done"; `place` is done, now or later, or missed when it ended before."""

    name: str
    detail: str
    place: str


def find(rollout_id: int) -> Rollout | None:
    """Will give the rollout with everything its page shows of other rows."""
    return _with_names().filter(pk=rollout_id).first()


def _with_names() -> QuerySet[Rollout]:
    return Rollout.objects.select_related(
        "environment__service", "environment__serving", "release__author", "replaces", "deployment"
    )


def page(*, before: int | None = None, **filters: int) -> tuple[list[Rollout], int | None]:
    """Will give the next rollouts, newest first, and the id to go on before, or None at the end."""
    rows = _with_names().filter(**filters).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def every_s(rollout: Rollout) -> int:
    """Will say how often the rollout's panels look again by themselves."""
    if rollout.has_ended:
        return 0
    return MOVING_EVERY_S if rollout.state in MOVING else WAITING_EVERY_S


def approvals(rollout: Rollout) -> Sequence[Approval]:
    """Will give every decision on the rollout, void ones too, with who made it."""
    return list(rollout.approvals.select_related("decided_by"))


def foreseen(rollout: Rollout) -> dict[str, Any]:
    """Will give `calls`, `findings` and `foreseen_at`; empty where green was never up."""
    deployment = Deployment.objects.filter(rollout=rollout).first()
    found = (deployment.foresight if deployment else None) or Foresight()
    # What was checked before promoting says nothing any more once it was done.
    findings = () if rollout.has_ended else found.findings
    return {
        "calls": found.calls,
        "findings": findings,
        "foreseen_at": deployment.foreseen_at if deployment else None,
    }


def plan_words(plan: Plan) -> str:
    """Will say a plan with its times as people say them: 10 % → 100 %, bake 30 min."""
    weights = " → ".join(f"{step.weight} %" for step in plan.steps)
    return f"{weights}, bake {duration(plan.bake_s)}" if plan.bake_s else weights


def sentence(rollout: Rollout, standing: Standing) -> str:
    """Will say what goes on now. A countdown in the stored reason is as old as the last look, so it is left out."""
    if rollout.reason_code == Code.STEP_TIMER:
        return f"Green takes {standing.step.weight} % of the traffic."
    if rollout.reason_code == Code.BAKE_TIMER:
        return "Green takes all traffic; blue stays warm and is watched."
    if rollout.state == State.SUCCEEDED:
        return f"{rollout.release.version} took all traffic and is the new blue."
    if rollout.reason_code in ("", Code.AS_PLANNED):
        return waiting.MOVING.get(State(rollout.state), "As planned.")
    return rollout.reason_sentence


def next_sentence(rollout: Rollout, standing: Standing, *, now: datetime) -> str:
    """Will say what comes after what goes on now."""
    state = State(rollout.state)
    if standing.paused_by:
        return "Next: somebody resumes it, or rolls it back."
    if state is State.SHIFTING:
        return _next_step(standing, now)
    if state is State.READY and not standing.is_rollback:
        missing = standing.policy.approvals_needed - standing.approvals_given
        first = f"{missing} more {'approval' if missing == 1 else 'approvals'}, then " if missing > 0 else ""
        return f"Next: {first}promotion, {plan_words(standing.plan)}."
    if state is State.BAKING:
        left = standing.plan.bake_s - standing.seconds_in_step(now)
        return f"Next: green becomes the new blue, in {duration(left)}." if left > 0 else _NEXT[State.FINISHING]
    return _NEXT.get(state, "")


def _next_step(standing: Standing, now: datetime) -> str:
    then = "bake" if standing.is_last_step else f"{standing.plan.steps[standing.step_index + 1].weight} %"
    left = standing.step.wait_s - standing.seconds_in_step(now)
    if left > 0:
        return f"Next: {then}, in {duration(left)} unless you pause or green does worse than blue."
    return f"Next: {then}, as soon as the checks pass." if standing.step.is_analysed else f"Next: {then}."


_NEXT = MappingProxyType(
    {
        State.QUEUED: "Next: green comes up as soon as the environment is free.",
        State.DEPLOYING: "Next: green is ready for preview and approval.",
        # On AWS this takes as long as a target group drains: five minutes, unless somebody set it.
        State.FINISHING: "Next: green is the new blue, as soon as what the old one still answers had time to end.",
        State.ROLLING_BACK: "Next: green is taken down.",
        State.ROLLBACK_FAILED: "Next: try again, or put traffic right by hand and resolve it with a note.",
    }
)


def stops(rollout: Rollout, standing: Standing, *, now: datetime) -> list[Stop]:
    """Will lay out the whole way with how far the rollout is."""
    reached = _reached(rollout, standing)
    needed = standing.policy.approvals_needed
    given = "none needed" if standing.is_rollback or not needed else f"{standing.approvals_given} of {needed}"
    names = [("Up", "green healthy"), ("Approved", given)]
    for index, step in enumerate(standing.plan.steps):
        names.append((f"{step.weight} %", _wait(standing, index, now)))
    if standing.plan.bake_s:
        names.append(("Bake", _bake(standing, now)))
    names.append(("Done", "green is blue"))
    has_stopped = rollout.has_ended and rollout.state != State.SUCCEEDED
    return [
        Stop(name, detail, _place(index, reached, has_stopped=has_stopped))
        for index, (name, detail) in enumerate(names)
    ]


def _place(index: int, reached: int, *, has_stopped: bool) -> str:
    if index < reached:
        return "done"
    if has_stopped:
        return "missed"
    return "now" if index == reached else "later"


def _reached(rollout: Rollout, standing: Standing) -> int:
    """How many stops are behind the rollout."""
    state = State(rollout.state)
    steps = len(standing.plan.steps)
    bake = 1 if standing.plan.bake_s else 0
    fixed = {
        State.QUEUED: 0,
        State.DEPLOYING: 0,
        State.READY: 2 if standing.has_approvals else 1,
        State.SHIFTING: 2 + standing.step_index,
        State.BAKING: 2 + steps,
        State.FINISHING: 2 + steps + bake,
        State.SUCCEEDED: 3 + steps + bake,
    }
    if state in fixed:
        return fixed[state]
    # It went back, or never went: the steps it had behind it.
    return 2 + standing.step_index if rollout.step_since else 0


def _wait(standing: Standing, index: int, now: datetime) -> str:
    step = standing.plan.steps[index]
    if standing.state is State.SHIFTING and index == standing.step_index:
        spent = min(standing.seconds_in_step(now), step.wait_s)
        return f"{duration(spent)} of {duration(step.wait_s)}" if step.wait_s else "now"
    return duration(step.wait_s) if step.wait_s else ""


def _bake(standing: Standing, now: datetime) -> str:
    whole = duration(standing.plan.bake_s)
    if standing.state is State.BAKING:
        return f"{duration(min(standing.seconds_in_step(now), standing.plan.bake_s))} of {whole}"
    return whole


def announcement(rollout: Rollout, standing: Standing) -> str:
    """Will say what screen readers are told when it changes; without any countdown."""
    shown = rollout.state.replace("_", " ")
    if State(rollout.state) in ENDED:
        return f"This rollout has ended: {shown}."
    seen = standing.observation.seen if standing.observation else 0
    return f"{rollout.release.version} is {shown}; green takes {seen} %."
