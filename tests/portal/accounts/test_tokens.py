"""Tokens: what can be made, what is kept, and when one is over."""

from datetime import timedelta

import pytest

from portal.accounts import actors, tokens
from portal.accounts.models import Token
from portal.accounts.permissions import ALLOWED, Role, Scope, Verb, may, scope_of
from tests import factories

pytestmark = pytest.mark.django_db
NOW = factories.NOW
DAY = timedelta(days=1)


def make(**changed: object) -> tuple[Token, str]:
    facts = {"owner": factories.user(Role.DEVELOPER), "name": "build", "scopes": [Scope.READ], "valid_for": DAY}
    return tokens.make(**{**facts, "now": NOW, **changed})


def test_a_token_is_found_by_its_secret_until_it_expires() -> None:
    token, secret = make()
    assert secret.startswith("vdg_")
    assert len(secret) >= 4 + 43
    assert tokens.find(secret, now=NOW) == token
    assert tokens.find(secret, now=NOW + DAY - timedelta(microseconds=1)) == token
    assert tokens.find(secret, now=NOW + DAY) is None
    assert tokens.find(f"{secret}x", now=NOW) is None
    assert tokens.find("", now=NOW) is None
    assert tokens.find(token.digest, now=NOW) is None


def test_a_withdrawn_token_is_over_for_its_owner_alone() -> None:
    token, secret = make()
    assert not tokens.withdraw(token_id=token.pk, owner=factories.user(), now=NOW)
    assert tokens.find(secret, now=NOW) is not None
    assert tokens.withdraw(token_id=token.pk, owner=token.owner, now=NOW)
    assert not tokens.withdraw(token_id=token.pk, owner=token.owner, now=NOW)
    assert tokens.find(secret, now=NOW) is None


@pytest.mark.parametrize(
    "changed", [{"name": " "}, {"scopes": []}, {"valid_for": timedelta(0)}, {"valid_for": timedelta(days=367)}]
)
def test_a_token_that_makes_no_sense_is_not_made(changed: dict[str, object]) -> None:
    with pytest.raises(tokens.TokenError):
        make(**changed)
    assert not Token.objects.exists()


def test_a_busy_token_is_written_once_a_minute(django_assert_num_queries: object) -> None:
    token, secret = make()
    tokens.find(secret, now=NOW)
    tokens.find(secret, now=NOW + timedelta(seconds=59))
    token.refresh_from_db()
    assert token.used_at == NOW
    tokens.find(secret, now=NOW + timedelta(seconds=61))
    token.refresh_from_db()
    assert token.used_at == NOW + timedelta(seconds=61)


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("scope", Scope)
def test_a_tokens_actor_may_what_both_its_owner_and_its_scopes_allow(verb: Verb, scope: Scope) -> None:
    for role in Role:
        token, _ = make(owner=factories.user(role), scopes=[scope])
        actor = actors.from_token(token)
        roles = {role, Role.VIEWER}
        assert actor.may(verb) == (scope_of(verb) is scope and bool(roles & ALLOWED[verb]))
        assert actors.from_user(token.owner).may(verb) == bool(roles & ALLOWED[verb])


def test_every_verb_is_in_the_table_and_what_is_not_is_denied() -> None:
    assert set(ALLOWED) == set(Verb)
    assert not may(frozenset(), Verb.READ)
