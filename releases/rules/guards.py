"""What stands against a person's verb. An empty list means that it is allowed.

The same list greys the button, fills its tooltip, makes the API's 409 and goes to the ledger.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from portal.accounts.permissions import ALLOWED, Role, Verb
from releases.rules.observation import Health
from releases.rules.reasons import Code, Reason, because
from releases.rules.standing import Ask, Standing
from releases.rules.states import ENDED, State


@dataclass(frozen=True)
class Asker:
    """Who asks, as far as the rules care."""

    name: str
    roles: frozenset[Role]
    may: Callable[[Verb], bool]
    is_author: bool = False
    has_decided: bool = False


STATES_FOR = MappingProxyType(
    {
        Verb.APPROVE: frozenset({State.READY}),
        Verb.REJECT: frozenset({State.READY}),
        Verb.PROMOTE: frozenset({State.READY}),
        Verb.PAUSE: frozenset({State.SHIFTING, State.BAKING}),
        Verb.RESUME: frozenset({State.SHIFTING, State.BAKING}),
        Verb.SKIP: frozenset({State.SHIFTING, State.BAKING}),
        Verb.CANCEL: frozenset({State.QUEUED}),
        Verb.ROLL_BACK: frozenset(State) - ENDED,
        Verb.RETRY: frozenset({State.ROLLBACK_FAILED}),
        Verb.RESOLVE: frozenset({State.ROLLBACK_FAILED}),
    }
)


def reasons_against(verb: Verb, standing: Standing, asker: Asker, *, note: str | None = None) -> list[Reason]:
    """Will list why `asker` can't do `verb` now; with nothing against it the list is empty.

    `note` is what they wrote, or None when it isn't known yet (a button that is only being drawn).
    """
    found = [reason for reason in (_not_allowed(verb, asker), _wrong_state(verb, standing)) if reason]
    if verb is Verb.ROLL_BACK or found:
        # Taking traffic back passes no gate but the right to press the button.
        return found
    return [*found, *_EXTRA.get(verb, _nothing)(standing, asker, note)]


def not_allowed(verb: Verb, *, roles: frozenset[Role]) -> Reason:
    """Will make the reason that names the roles which `verb` needs."""
    needed = ", ".join(sorted(ALLOWED.get(verb, frozenset())))
    return because(Code.MAY_NOT, roles=", ".join(sorted(roles)), needed=needed)


def _not_allowed(verb: Verb, asker: Asker) -> Reason | None:
    return None if asker.may(verb) else not_allowed(verb, roles=asker.roles)


def _wrong_state(verb: Verb, standing: Standing) -> Reason | None:
    if standing.state in STATES_FOR[verb]:
        return None
    shown = standing.state.replace("_", " ")
    code = Code.ENDED if standing.state in ENDED else Code.WRONG_STATE
    return because(code, state=shown)


def _nothing(standing: Standing, asker: Asker, note: str | None) -> list[Reason]:  # noqa: ARG001 - one signature
    return []


def _decide(standing: Standing, asker: Asker, note: str | None) -> list[Reason]:  # noqa: ARG001 - one signature
    found = []
    if asker.is_author:
        found.append(because(Code.AUTHOR))
    if asker.has_decided:
        found.append(because(Code.ALREADY_DECIDED))
    return found


def _reject(standing: Standing, asker: Asker, note: str | None) -> list[Reason]:
    asked = [because(Code.ALREADY_ASKED)] if Ask.REJECT in standing.asks else []
    return [*_decide(standing, asker, note), *asked, *_needs_note(standing, asker, note)]


def _promote(standing: Standing, asker: Asker, note: str | None) -> list[Reason]:  # noqa: ARG001 - one signature
    found = list(standing.blockers)
    if not standing.has_approvals:
        found.append(
            because(Code.NEEDS_APPROVALS, given=standing.approvals_given, needed=standing.policy.approvals_needed)
        )
    health = standing.observation.green if standing.observation else Health.ABSENT
    if health is not Health.HEALTHY:
        found.append(because(Code.GREEN_NOT_HEALTHY, health=health))
    if Ask.PROMOTE in standing.asks:
        found.append(because(Code.ALREADY_ASKED))
    return found


def _pause(standing: Standing, asker: Asker, note: str | None) -> list[Reason]:  # noqa: ARG001 - one signature
    return [because(Code.ALREADY_ASKED)] if standing.paused_by else []


def _resume(standing: Standing, asker: Asker, note: str | None) -> list[Reason]:  # noqa: ARG001 - one signature
    return [] if standing.paused_by else [because(Code.NOT_PAUSED)]


def _needs_note(standing: Standing, asker: Asker, note: str | None) -> list[Reason]:  # noqa: ARG001 - one signature
    return [because(Code.NOTE_MISSING)] if note is not None and not note.strip() else []


def _asked_once(ask: Ask) -> Callable[[Standing, Asker, str | None], list[Reason]]:
    def check(standing: Standing, asker: Asker, note: str | None) -> list[Reason]:  # noqa: ARG001 - one signature
        return [because(Code.ALREADY_ASKED)] if ask in standing.asks else []

    return check


_EXTRA = MappingProxyType(
    {
        Verb.APPROVE: _decide,
        Verb.REJECT: _reject,
        Verb.PROMOTE: _promote,
        Verb.PAUSE: _pause,
        Verb.RESUME: _resume,
        Verb.SKIP: _asked_once(Ask.SKIP),
        Verb.CANCEL: _asked_once(Ask.CANCEL),
        Verb.RETRY: _asked_once(Ask.RETRY),
        Verb.RESOLVE: _needs_note,
    }
)
