"""Who calls, and whether their roles and their token's scopes cover what they ask."""

from rest_framework.request import Request

from portal.accounts import actors
from portal.accounts.actors import Actor
from portal.accounts.models import Token, User
from portal.accounts.permissions import Verb, scope_of
from releases.operations.refusal import Refused
from releases.rules.guards import Asker, not_allowed, reasons_against
from releases.rules.reasons import Code, Reason
from releases.rules.standing import Standing


def actor_of(request: Request) -> Actor:
    """Will give the actor behind the request: a token's, or a signed-in person's.

    Raises Refused for nobody; the permission classes answered that before.
    """
    if isinstance(request.auth, Token):
        return actors.from_token(request.auth)
    if isinstance(request.user, User):
        return actors.from_user(request.user)
    raise Refused([Reason(Code.MAY_NOT, "Nobody is signed in.")])


def require(actor: Actor, verb: Verb) -> None:
    """Will let the actor through. Raises Refused with what is missing: the token's scope, or the person's role."""
    against = against_right(actor, verb)
    if against is not None:
        raise Refused([against])


def against_right(actor: Actor, verb: Verb) -> Reason | None:
    """Will give what the actor lacks for `verb`, or None."""
    if actor.scopes is not None and scope_of(verb) not in actor.scopes:
        has = ", ".join(sorted(actor.scopes))
        return Reason(Code.MAY_NOT, f"This token has the scopes {has}; this needs {scope_of(verb)}.")
    return None if actor.may(verb) else not_allowed(verb, roles=actor.roles)


def against_verb(verb: Verb, actor: Actor, standing: Standing, asker: Asker) -> list[Reason]:
    """Will list what stands against `verb`, as the guards do; a token that lacks the scope is told so by its name."""
    right = against_right(actor, verb)
    found = reasons_against(verb, standing, asker)
    return found if right is None else [right, *(reason for reason in found if reason.code is not Code.MAY_NOT)]
