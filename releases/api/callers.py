"""Whether a caller's roles and token cover a verb, beside what else stands against it."""

from portal.accounts.actors import Actor
from portal.accounts.permissions import Verb
from portal.api import callers
from releases.rules.guards import Asker, reasons_against
from releases.rules.reasons import Code, Reason
from releases.rules.standing import Standing


def against_right(actor: Actor, verb: Verb) -> Reason | None:
    """Will give what the actor lacks for `verb`, or None."""
    sentence = callers.against(actor, verb)
    return Reason(Code.MAY_NOT, sentence) if sentence else None


def against_verb(verb: Verb, actor: Actor, standing: Standing, asker: Asker) -> list[Reason]:
    """Will list what stands against `verb`, as the guards do; a token that lacks the scope is told so by its name."""
    right = against_right(actor, verb)
    found = reasons_against(verb, standing, asker)
    return found if right is None else [right, *(reason for reason in found if reason.code is not Code.MAY_NOT)]
