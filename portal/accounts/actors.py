"""Who acts: a person, a machine of the portal, or a build with a token."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from portal.accounts.permissions import Role, Scope, Verb, may, scope_of

if TYPE_CHECKING:
    from portal.accounts.models import Token, User


class ActorKind(StrEnum):
    PERSON = "person"
    TOKEN = "token"  # noqa: S105 - a kind, no password
    MACHINE = "machine"


@dataclass(frozen=True)
class Actor:
    """Whoever stands behind a decision. `user_id` is None for the portal itself.

    `scopes` is None for a person at the screen, who is bound by roles alone.
    """

    name: str
    kind: ActorKind
    user_id: int | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    scopes: frozenset[Scope] | None = None

    def may(self, verb: Verb) -> bool:
        if self.kind is ActorKind.MACHINE:
            return True
        has_scope = self.scopes is None or scope_of(verb) in self.scopes
        return has_scope and may(self.roles, verb)


MACHINE = Actor("Verdigris", ActorKind.MACHINE)


def from_user(user: "User") -> Actor:
    """Will give the actor for a person at the screen."""
    return Actor(user.shown_name, ActorKind.PERSON, user.pk, user.roles)


def from_token(token: "Token") -> Actor:
    """Will give the actor for a token: its owner's roles, bounded by the token's scopes."""
    name = f"{token.owner.shown_name} ({token.name})"
    return Actor(name, ActorKind.TOKEN, token.owner_id, token.owner.roles, frozenset(map(Scope, token.scopes)))
