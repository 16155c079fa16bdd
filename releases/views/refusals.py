"""Tells people why nothing was done, in three parts: what happened, what serves traffic now, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

from releases.rules.reasons import Code, Reason

ADVICE = MappingProxyType(
    {
        Code.NEEDS_APPROVALS: "Ask an approver who did not write it to look at it.",
        Code.MAY_NOT: "Ask somebody who has such a role.",
        Code.AUTHOR: "Ask another approver.",
        Code.ALREADY_DECIDED: "Nothing more is needed of you.",
        Code.LOCKED: "Read why it is locked; lift the lock on the environment's page once it is safe.",
        Code.FROZEN: "Wait for its end, or have an operator lift the freeze.",
        Code.GREEN_NOT_HEALTHY: "",
        Code.ALREADY_ASKED: "Wait a moment; this page follows it.",
        Code.ALREADY_SERVES: "Nothing is needed.",
        Code.NOTHING_BEFORE: "Roll another release out instead.",
        Code.NOTE_MISSING: "Write the note and send it again.",
        Code.ENDED: "Open a new rollout if the release should be tried again.",
        Code.NOT_PAUSED: "Nothing is needed.",
    }
)
USUAL = "Look at the page as it is now, and decide again."


@dataclass(frozen=True)
class Problem:
    """The three parts."""

    happened: str
    serves: str
    to_do: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.happened, self.serves, self.to_do) if part)


def told(what: str, reasons: Iterable[Reason], *, serves: str) -> Problem:
    """Will explain that `what` was not done."""
    known = list(reasons)
    advice = dict.fromkeys(ADVICE.get(reason.code, USUAL) for reason in known)
    sentences = " ".join(reason.sentence for reason in known)
    return Problem(f"{what} was not done. {sentences}", serves, " ".join(advice).strip())


def status_of(reasons: Iterable[Reason]) -> int:
    """Will give 403 where the person's roles are in the way, else 409."""
    return 403 if any(reason.code is Code.MAY_NOT for reason in reasons) else 409
