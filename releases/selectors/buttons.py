"""The buttons of a rollout: which there are now, and what stands against each. The guards' list, drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from portal.accounts.permissions import Verb
from releases.rules import guards
from releases.rules.guards import Asker
from releases.rules.reasons import Reason
from releases.rules.standing import Standing
from releases.rules.states import State

NAMES = MappingProxyType(
    {
        Verb.PROMOTE: "Promote",
        Verb.PAUSE: "Pause",
        Verb.RESUME: "Resume",
        Verb.SKIP: "Skip ahead",
        Verb.CANCEL: "Cancel",
        Verb.RETRY: "Try again",
        Verb.RESOLVE: "Resolve",
        Verb.APPROVE: "Approve",
        Verb.REJECT: "Reject",
        Verb.ROLL_BACK: "Roll back",
    }
)


@dataclass(frozen=True)
class Button:
    """`against` greys it and says why."""

    verb: Verb
    name: str
    against: Sequence[Reason]

    @property
    def why(self) -> str:
        return " ".join(reason.sentence for reason in self.against)


def button(verb: Verb, standing: Standing, asker: Asker) -> Button:
    """Will make one button."""
    return Button(verb, NAMES[verb], guards.reasons_against(verb, standing, asker))


def movers(standing: Standing, asker: Asker) -> list[Button]:
    """Will make the buttons that move a rollout in the state it is in; Roll back is drawn apart, and always."""
    watching = (Verb.RESUME if standing.paused_by else Verb.PAUSE, Verb.SKIP)
    by_state = {
        State.QUEUED: (Verb.CANCEL,),
        State.READY: () if standing.is_rollback else (Verb.PROMOTE,),
        State.SHIFTING: watching,
        State.BAKING: watching,
        State.ROLLBACK_FAILED: (Verb.RETRY,),
    }
    return [button(verb, standing, asker) for verb in by_state.get(standing.state, ())]
