"""What was decided at a gate in the AWS console, carried over to the rollout: its guards hold there as here."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from portal.accounts import actors
from portal.accounts.actors import Actor, ActorKind
from portal.accounts.models import User
from portal.accounts.permissions import Verb
from portal.audit import ledger
from releases.models import GateDecision, Rollout
from releases.operations import approvals, asking, events, nudges
from releases.operations.asking import Asking
from releases.operations.refusal import Refused
from releases.rules.pipelines.gates import Decision
from releases.rules.reasons import Code
from releases.rules.standing import Ask
from releases.rules.states import State

Outcome = GateDecision.Outcome
Carried = tuple[GateDecision.Outcome | None, str]
# The name of the portal's own role sessions (portal.aws.Access).
PORTAL_SESSION = "verdigris"
_BEFORE_READY = frozenset({State.QUEUED, State.DEPLOYING})
LATER: Carried = (None, "")


def is_portal(name: str) -> bool:
    """Will tell whether a session's name is the portal's own."""
    return name == PORTAL_SESSION


def address(path: str) -> str:
    """Will give the whole address of a page, as somebody in another console can open it."""
    hosts = [host for host in settings.ALLOWED_HOSTS if host not in {"*", "localhost", "127.0.0.1", "[::1]"}]
    scheme = "https" if settings.CONFIGURATION.is_https else "http"
    host = hosts[0].lstrip(".") if hosts else f"localhost:{settings.CONFIGURATION.port}"
    return f"{scheme}://{host}{path}"


def person(name: str) -> User | None:
    """Will find the account of whoever an IAM session is named after: by username, else by address; never a guess."""
    for known in ({"username__iexact": name}, {"email__iexact": name}):
        found = list(User.objects.filter(is_active=True, **known)[:2])
        if len(found) == 1:
            return found[0]
    return None


def carry_over(row: GateDecision, rollout: Rollout, *, now: datetime) -> Carried:
    """Will make the decision the rollout's; gives how that ended, or nothing yet where the rollout is not ready.

    An approval counts where its person has an account here, may approve and is not the author. A rejection always
    counts: the pipeline has stopped, so the rollout doesn't go on either.
    """
    user = person(row.decided_by)
    if user is not None and _has_decided(rollout, user, row.decision):
        return Outcome.DONE, f"{user.shown_name} {row.decision} at the gate; it counts here."
    if rollout.has_ended:
        return Outcome.MOOT, f"{row.decided_by} {row.decision} it at the gate; the rollout had ended by then."
    if State(rollout.state) in _BEFORE_READY:
        return LATER
    if row.decision == Decision.APPROVED:
        return _approve(row, rollout, user, now=now)
    return _reject(row, rollout, user, now=now)


def _has_decided(rollout: Rollout, user: User, decision: str) -> bool:
    """Will tell whether it is done: somebody who was stopped half-way does not do it again."""
    return rollout.approvals.filter(decided_by=user, decision=decision, void_at=None).exists()


def _approve(row: GateDecision, rollout: Rollout, user: User | None, *, now: datetime) -> Carried:
    if user is None:
        sentence = f"{row.decided_by} approved at the gate and has no account here, so it does not count."
        return Outcome.NOT_COUNTED, sentence
    try:
        approvals.approve(rollout_id=rollout.pk, by=_actor(user), now=now, comment=_comment(row))
    except Refused as refused:
        return _not_counted(row, refused)
    return Outcome.DONE, f"{user.shown_name} approved at the gate; it counts here."


def _not_counted(row: GateDecision, refused: Refused) -> Carried:
    if {reason.code for reason in refused.reasons} == {Code.ALREADY_DECIDED}:
        return Outcome.DONE, f"{row.decided_by} decided at the gate and here."
    return Outcome.NOT_COUNTED, f"{row.decided_by} {row.decision} at the gate; it does not count. {refused}"


def _reject(row: GateDecision, rollout: Rollout, user: User | None, *, now: datetime) -> Carried:
    if rollout.state != State.READY:
        sentence = (
            f"{row.decided_by} rejected at the gate, and green has traffic already. "
            "The traffic stays as it is. Roll back if it should not."
        )
        return Outcome.NOT_COUNTED, sentence
    try:
        if user is not None:
            approvals.reject(rollout_id=rollout.pk, by=_actor(user), now=now, comment=_comment(row))
        else:
            _take_down(row, rollout.pk, now=now)
    except Refused:
        # Their roles are no reason to go on with what the pipeline has stopped.
        _take_down(row, rollout.pk, now=now)
    return Outcome.DONE, f"{row.decided_by} rejected at the gate; green is taken down."


def _take_down(row: GateDecision, rollout_id: int, *, now: datetime) -> None:
    by = Actor(f"{row.decided_by} (AWS console)"[:200], ActorKind.MACHINE)
    with transaction.atomic():
        rollout = asking.load(rollout_id)
        if rollout.state == State.READY and asking.put(
            rollout, Ask.REJECT, Asking(rollout_id, Verb.REJECT, by, now, _comment(row))
        ):
            ledger.append(events.of_rollout(rollout, verb=Verb.REJECT, sentence=_comment(row)), by=by, now=now)
            nudges.after_commit(rollout_id, is_rollback=False, now=now)


def _actor(user: User) -> Actor:
    known = actors.from_user(user)
    return Actor(f"{known.name} (AWS console)"[:200], known.kind, known.user_id, known.roles)


def _comment(row: GateDecision) -> str:
    return f"At the gate in CodePipeline. {row.summary}".strip()
