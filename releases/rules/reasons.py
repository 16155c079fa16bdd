"""Why nothing moves now, or why something did: a code for machines and a sentence for people.

The same reason greys a button, fills its tooltip, is the API's refusal and stands in the ledger.
docs/reasons.md is generated from the table below.
"""

from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from types import MappingProxyType


class Code(StrEnum):
    """Every reason there is."""

    # It waits.
    QUEUED_BEHIND = "queued_behind"
    GREEN_STARTING = "green_starting"
    NEEDS_APPROVALS = "needs_approvals"
    NEEDS_PROMOTION = "needs_promotion"
    STEP_TIMER = "step_timer"
    STEP_ASKED = "step_asked"
    TOO_FEW_REQUESTS = "too_few_requests"
    BAKE_TIMER = "bake_timer"
    GREEN_SHAKY = "green_shaky"
    PAUSED = "paused"
    ROLLING_BACK = "rolling_back"
    TARGET_BUSY = "target_busy"
    # It may not.
    ENDED = "ended"
    WRONG_STATE = "wrong_state"
    MAY_NOT = "may_not"
    AUTHOR = "author"
    ALREADY_DECIDED = "already_decided"
    LOCKED = "locked"
    FROZEN = "frozen"
    GREEN_NOT_HEALTHY = "green_not_healthy"
    PREFLIGHT = "preflight"
    DOUBTFUL = "doubtful"
    NOT_PAUSED = "not_paused"
    ALREADY_ASKED = "already_asked"
    OTHER_ACTIVE = "other_active"
    ALREADY_SERVES = "already_serves"
    NOTHING_BEFORE = "nothing_before"
    NOTE_MISSING = "note_missing"
    # It moved by itself.
    GREEN_FAILED = "green_failed"
    GREEN_TOO_SLOW = "green_too_slow"
    GREEN_UNHEALTHY = "green_unhealthy"
    ANALYSIS_FAILED = "analysis_failed"
    READY_EXPIRED = "ready_expired"
    DRIFT = "drift"
    DRIFT_ADOPTED = "drift_adopted"
    TARGET_REFUSED = "target_refused"
    ROLLBACK_STUCK = "rollback_stuck"
    SUPERSEDED = "superseded"
    ASKED_BY_PERSON = "asked_by_person"
    AS_PLANNED = "as_planned"


SENTENCES = MappingProxyType(
    {
        Code.QUEUED_BEHIND: "Another release is on its way to this environment; this one starts after it.",
        Code.GREEN_STARTING: "Green is coming up. Blue serves 100 %.",
        Code.NEEDS_APPROVALS: "{given} of {needed} approvals are given.",
        Code.NEEDS_PROMOTION: "Green is up with 0 % of the traffic and waits to be promoted.",
        Code.STEP_TIMER: "Green takes {weight} %; the next step comes in {left_s} s.",
        Code.STEP_ASKED: "{weight} % was asked for and {seen} % is seen so far.",
        Code.TOO_FEW_REQUESTS: (
            "Green has answered {count} of the {needed} requests that a verdict needs; it holds at {weight} %."
        ),
        Code.BAKE_TIMER: "Green takes all traffic; blue stays warm and is watched for another {left_s} s.",
        Code.GREEN_SHAKY: "Green looks {health} at {weight} %. If it still does in a moment, all traffic goes to blue.",
        Code.PAUSED: "Paused by {by}; green stays at {weight} %.",
        Code.ROLLING_BACK: "All traffic is going back to blue.",
        Code.TARGET_BUSY: (
            "The target did not answer in time ({message}). What served goes on serving; it is asked again."
        ),
        Code.ENDED: "This rollout has ended: {state}.",
        Code.WRONG_STATE: "That can't be done while the rollout is {state}.",
        Code.MAY_NOT: "Your roles ({roles}) don't allow this. It needs one of: {needed}.",
        Code.AUTHOR: "You are this release's author; somebody else decides about it.",
        Code.ALREADY_DECIDED: "You have decided about this release already.",
        Code.LOCKED: "{environment} is locked since {since} by {by}: {why}",
        Code.FROZEN: "{environment} is frozen until {until}: {why}",
        Code.GREEN_NOT_HEALTHY: "Green is {health}. Blue serves 100 %. Wait until green is healthy, or roll back.",
        Code.PREFLIGHT: "Promoting would not go well: {sentence}. Blue serves 100 %.",
        Code.DOUBTFUL: "It does not promote itself, for a check did not pass: {sentence}. A person decides.",
        Code.NOT_PAUSED: "The rollout is not paused.",
        Code.ALREADY_ASKED: "That was asked already and is being done.",
        Code.OTHER_ACTIVE: "{version} is taking traffic here now. Let it finish, or roll it back.",
        Code.ALREADY_SERVES: "{version} already serves {environment}.",
        Code.NOTHING_BEFORE: "Nothing served {environment} before, so there is nothing to go back to.",
        Code.NOTE_MISSING: "Say in a note what you saw and did; it goes into the ledger.",
        Code.GREEN_FAILED: "Green did not come up: {message}",
        Code.GREEN_TOO_SLOW: "Green was not healthy within {limit_s} s. {message}",
        Code.GREEN_UNHEALTHY: "Green stopped being healthy at {weight} %. {message}",
        Code.ANALYSIS_FAILED: "{sentence}",
        Code.READY_EXPIRED: "Nobody promoted green within {limit_s} s, so it was taken down.",
        Code.DRIFT: (
            "Green had {seen} % instead of the {asked} % that was asked for: changed by hand, or "
            "lost in a restart. It was put back."
        ),
        Code.DRIFT_ADOPTED: (
            "Green had {seen} % instead of {asked} %: changed by hand. It was adopted and the rollout paused."
        ),
        Code.TARGET_REFUSED: "The target refused: {message}",
        Code.ROLLBACK_STUCK: (
            "Traffic could not be put back to blue: {message}. What serves is unknown. Call a person."
        ),
        Code.SUPERSEDED: "A newer release, {version}, took its place.",
        Code.ASKED_BY_PERSON: "{by} asked for it{note}.",
        Code.AS_PLANNED: "As planned.",
    }
)


@dataclass(frozen=True)
class Reason:
    """A code and its sentence."""

    code: Code
    sentence: str

    def __str__(self) -> str:
        return self.sentence


def because(code: Code, **facts: object) -> Reason:
    """Will make the reason of `code`, its sentence filled with `facts`.

    Raises KeyError where the sentence needs a fact that was not given.
    """
    return Reason(code, SENTENCES[code].format(**facts).strip())


def facts_of(code: Code) -> tuple[str, ...]:
    """Will name the facts that the sentence of `code` needs."""
    return tuple(name for _, name, _, _ in Formatter().parse(SENTENCES[code]) if name)
