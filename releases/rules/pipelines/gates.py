"""One decision, never two: what a gate is answered, and what a decision made at the gate means here."""

from enum import StrEnum

from releases.rules.pipelines.seen import Gate

LONGEST_SUMMARY = 512  # botocore, ApprovalSummary


class Decision(StrEnum):
    """As models.Approval has it."""

    APPROVED = "approved"
    REJECTED = "rejected"


def wanted(*, approvals_given: int, needed: int, is_rejected: bool) -> Decision | None:
    """Will say what the portal's people have decided about a rollout, or None while they have not.

    Where the policy needs nobody, nobody's decision is there to be passed on: a person decides at the gate.
    """
    if is_rejected:
        return Decision.REJECTED
    return Decision.APPROVED if needed and approvals_given >= needed else None


def decided(gate: Gate) -> Decision | None:
    """Will say what a person decided at the gate itself; None while it waits, and for what ended without a person.

    A gate that nobody answers fails after its time, and one that is stopped or superseded is abandoned. That a failed
    gate without anybody's name is one that ran out of time is not documented: our reading.
    """
    if gate.status == "Succeeded":
        return Decision.APPROVED
    return Decision.REJECTED if gate.status == "Failed" and gate.by else None


def summary(decision: Decision, *, by: str, note: str, address: str) -> str:
    """Will write what stands at the gate: who, where to read on, and what they said, in at most 512 characters."""
    head = f"{decision.capitalize()} by {by} in Verdigris: {address}"
    if len(head) > LONGEST_SUMMARY:
        head = f"{decision.capitalize()} in Verdigris: {address}"
    text = f"{head} ({' '.join(note.split())})" if note.strip() else head
    return text if len(text) <= LONGEST_SUMMARY else f"{text[: LONGEST_SUMMARY - 1]}…"


def is_ours(gate: Gate, text: str) -> bool:
    """Will tell whether the gate was answered with our summary: the answer that was lost had arrived.

    Where a gate's summary is given back is not documented with an example: our reading.
    """
    return bool(text) and gate.summary.strip() == text.strip()
