"""What is open, and for whom it waits: the same answer on the fleet, in the list and in the count of the menu."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.db.models import QuerySet

from portal.accounts.actors import Actor
from portal.accounts.permissions import ALLOWED, Verb
from releases.models import Approval, Freeze, Rollout
from releases.rules import freezes
from releases.rules.states import State


@dataclass(frozen=True)
class Need:
    """What one open rollout waits for. `verb` is what somebody has to do, None while it moves by itself."""

    rollout: Rollout
    sentence: str
    verb: Verb | None = None
    is_for_me: bool = False
    is_urgent: bool = False
    approvals_given: int = 0


def still_open() -> QuerySet[Rollout]:
    """Will give every rollout that has not ended, with what its line shows; few, however many have ended."""
    # Every rollout in environment order is the partial index rollout_not_ended, whole.
    rows = Rollout.objects.filter(ended_at=None).order_by("environment_id", "-id")
    return rows.select_related("environment__service", "environment__serving", "release", "replaces", "deployment")


def needs(actor: Actor, *, now: datetime) -> list[Need]:
    """Will tell of every open rollout what it waits for, in two queries."""
    stops = Stops.read(now=now)
    rows = still_open().prefetch_related("approvals")
    return [need_of(rollout, actor, stops=stops, now=now) for rollout in rows]


def count(actor: Actor, *, now: datetime) -> int:
    """Will count what waits for the actor."""
    return sum(need.is_for_me for need in needs(actor, now=now))


@dataclass(frozen=True)
class Stops:
    """The freezes that hold now, by environment; None is everywhere."""

    until: Mapping[int | None, tuple[datetime, str]]

    @classmethod
    def read(cls, *, now: datetime) -> "Stops":
        """Will read every freeze that is not lifted and keep the last end of those that hold."""
        found: dict[int | None, tuple[datetime, str]] = {}
        for freeze in Freeze.objects.filter(lifted_at=None):
            end = freezes.frozen_until(freeze.window, now=now)
            known = found.get(freeze.environment_id)
            if end is not None and (known is None or end > known[0]):
                found[freeze.environment_id] = (end, freeze.reason)
        return cls(found)

    def of(self, environment_id: int) -> tuple[datetime, str] | None:
        """Will give the end and the reason of the freeze that holds for the environment."""
        both = [stop for key in (environment_id, None) if (stop := self.until.get(key))]
        return max(both) if both else None


def need_of(rollout: Rollout, actor: Actor, *, stops: Stops, now: datetime) -> Need:
    """Will say what one rollout waits for; reads nothing but what `still_open` and the prefetch brought."""
    if rollout.state == State.ROLLBACK_FAILED:
        is_mine = actor.may(Verb.RETRY)
        return Need(rollout, "The rollback failed: somebody has to look now.", Verb.RETRY, is_mine, is_urgent=True)
    if rollout.paused_by:
        told = f"Paused by {rollout.paused_by}; somebody resumes it, or rolls it back."
        return Need(rollout, told, Verb.RESUME, actor.may(Verb.RESUME))
    if rollout.state != State.READY or rollout.kind == Rollout.Kind.ROLLBACK:
        return Need(rollout, MOVING.get(State(rollout.state), ""))
    return _ready(rollout, actor, stops=stops, now=now)


def _ready(rollout: Rollout, actor: Actor, *, stops: Stops, now: datetime) -> Need:
    decisions = [approval for approval in rollout.approvals.all() if _holds(approval, rollout, now)]
    given = sum(approval.decision == Approval.Decision.APPROVED for approval in decisions)
    policy = rollout.environment.policy
    if given < policy.approvals_needed:
        has_decided = actor.user_id in {approval.decided_by_id for approval in decisions}
        is_author = rollout.release.author_id is not None and rollout.release.author_id == actor.user_id
        is_mine = actor.may(Verb.APPROVE) and not has_decided and not is_author
        left = policy.approvals_needed - given
        people = "an approver" if left == 1 else f"{left} approvers"
        told = f"Waits for {people} who did not write it: {given} of {policy.approvals_needed} approvals are given."
        return Need(rollout, told, Verb.APPROVE, is_mine, approvals_given=given)
    stop = _why_stopped(rollout, stops)
    if stop:
        return Need(rollout, stop, approvals_given=given)
    if policy.promotes_by_itself:
        told = "It promotes itself as soon as every check passes; a person may do it before."
        return Need(rollout, told, Verb.PROMOTE, actor.may(Verb.PROMOTE), approvals_given=given)
    told = f"Green is up; waits for {_people(Verb.PROMOTE)} to promote it."
    return Need(rollout, told, Verb.PROMOTE, actor.may(Verb.PROMOTE), approvals_given=given)


def _why_stopped(rollout: Rollout, stops: Stops) -> str:
    environment = rollout.environment
    if environment.locked_at is not None:
        return f"Locked by {environment.locked_by}; waits for {_people(Verb.LIFT_LOCK)} to lift the lock."
    stop = stops.of(environment.pk)
    return "Approved; waits for the end of the freeze." if stop else ""


def _people(verb: Verb) -> str:
    return " or ".join(f"an {role}" for role in sorted(ALLOWED[verb]))


def _holds(approval: Approval, rollout: Rollout, now: datetime) -> bool:
    is_bound = (approval.release_digest, approval.plan_digest) == (rollout.release.digest, rollout.plan_digest)
    return approval.void_at is None and approval.expires_at > now and is_bound


def for_me(found: Sequence[Need]) -> list[Need]:
    """Will keep what waits for the actor, what is urgent first, then the oldest."""
    return sorted((need for need in found if need.is_for_me), key=lambda need: (not need.is_urgent, need.rollout.pk))


MOVING = MappingProxyType(
    {
        State.QUEUED: "Queued behind another release.",
        State.DEPLOYING: "Green is coming up.",
        State.READY: "Green is up.",
        State.SHIFTING: "Traffic moves to green step by step.",
        State.BAKING: "Green takes all traffic; blue stays warm.",
        State.FINISHING: "Green becomes the new blue.",
        State.ROLLING_BACK: "All traffic is going back to blue.",
    }
)
