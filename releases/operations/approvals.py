"""A person's recorded yes or no."""

from datetime import datetime, timedelta

from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from releases.models import Approval, Rollout
from releases.operations import asking
from releases.operations.asking import Asking
from releases.operations.refusal import Refused
from releases.rules.guards import not_allowed
from releases.rules.standing import Ask

EXPIRED = "expired"


def approve(*, rollout_id: int, by: Actor, now: datetime, comment: str = "") -> Rollout:
    """Will record a yes, bound to the release's and the plan's digests. Raises Refused, Missing."""
    asked = Asking(rollout_id, Verb.APPROVE, by, now, comment)
    return asking.change(asked, lambda rollout: _decide(rollout, asked, Approval.Decision.APPROVED))


def reject(*, rollout_id: int, by: Actor, now: datetime, comment: str) -> Rollout:
    """Will record a no and ask to take green down; the comment says why. Raises Refused, Missing."""
    asked = Asking(rollout_id, Verb.REJECT, by, now, comment)

    def write(rollout: Rollout) -> bool:
        return _decide(rollout, asked, Approval.Decision.REJECTED) and asking.put(rollout, Ask.REJECT, asked)

    return asking.change(asked, write)


def _decide(rollout: Rollout, asked: Asking, decision: Approval.Decision) -> bool:
    person_id = asked.by.user_id
    if person_id is None:
        # A machine has every right but this one: a decision is a person's.
        raise Refused([not_allowed(asked.verb, roles=asked.by.roles)])
    # What expired, or was bound to something else, makes room for a new decision.
    rollout.approvals.filter(decided_by=person_id, void_at=None).update(void_at=asked.now, void_reason=EXPIRED)
    Approval.objects.create(
        rollout=rollout,
        release_digest=rollout.release.digest,
        plan_digest=rollout.plan_digest,
        author_id=rollout.release.author_id,
        decision=decision,
        decided_by_id=person_id,
        decided_at=asked.now,
        comment=asked.note,
        expires_at=asked.now + timedelta(seconds=rollout.environment.policy.approval_valid_s),
    )
    return True
