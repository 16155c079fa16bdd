"""The ledger's entries about rollouts, made in one way."""

from portal.audit.ledger import Entry
from releases.models import Rollout


def of_rollout(rollout: Rollout, *, verb: str, to_state: str = "", sentence: str = "", reason: str = "") -> Entry:
    """Will make the entry that says what happened to `rollout`, from the state it is in."""
    return Entry(
        verb=verb,
        service=rollout.environment.service.slug,
        environment=rollout.environment.name,
        release=rollout.release.version,
        rollout_id=rollout.pk,
        from_state=rollout.state,
        to_state=to_state,
        reason=reason,
        sentence=sentence,
    )
