"""Who calls, and whether their roles and their token's scopes cover what they ask."""

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from portal.accounts import actors
from portal.accounts.actors import Actor
from portal.accounts.models import Token, User
from portal.accounts.permissions import ALLOWED, Verb, scope_of
from portal.api.errors import Denied


def actor_of(request: Request) -> Actor:
    """Will give the actor behind the request: a token's, or a signed-in person's.

    Raises NotAuthenticated for nobody; the permission classes answered that before.
    """
    if isinstance(request.auth, Token):
        return actors.from_token(request.auth)
    if isinstance(request.user, User):
        return actors.from_user(request.user)
    raise NotAuthenticated


def require(actor: Actor, verb: Verb) -> None:
    """Will let the actor through. Raises Denied with what is missing: the token's scope, or the person's role."""
    sentence = against(actor, verb)
    if sentence:
        raise Denied(sentence)


def against(actor: Actor, verb: Verb) -> str:
    """Will say in a sentence what the actor lacks for `verb`, "" if nothing."""
    if actor.scopes is not None and scope_of(verb) not in actor.scopes:
        has = ", ".join(sorted(actor.scopes))
        return f"This token has the scopes {has}; this needs {scope_of(verb)}."
    if actor.may(verb):
        return ""
    needed = ", ".join(sorted(ALLOWED.get(verb, frozenset())))
    return f"Your roles ({', '.join(sorted(actor.roles))}) don't allow this. It needs one of: {needed}."
