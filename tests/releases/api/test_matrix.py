"""Every operation of the API against every role and every scope of a token. The table is written out, on purpose."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from portal import clock
from portal.accounts import tokens
from portal.accounts.models import Token
from portal.accounts.permissions import Role, Scope
from portal.audit.models import Event
from releases.models import Rollout
from releases.rules.states import State
from tests import factories
from tests.callers import Caller, caller_with, operations, reasons
from tests.releases.api.conftest import FOLDERS

pytestmark = pytest.mark.django_db

ALL = frozenset(Role)
MOVERS = frozenset({Role.APPROVER, Role.OPERATOR})
OPENERS = frozenset({Role.DEVELOPER, Role.OPERATOR})
ALL_BUT_READERS = frozenset({Role.DEVELOPER, Role.APPROVER, Role.OPERATOR})
RELEASE = {"service": "shop", "version": "9.0.0", "commit": "a" * 40}
PLACE = "environments/shop/production/"
ROLLOUT = "rollouts/{rollout}/"

# operation → method, address, body, roles, scope
TABLE: dict[str, tuple[str, str, Any, frozenset[Role], Scope]] = {
    "list_releases": ("get", "releases/", None, ALL, Scope.READ),
    "read_release": ("get", "releases/{release}/", None, ALL, Scope.READ),
    "read_provenance": ("get", "releases/{release}/provenance/", None, ALL, Scope.READ),
    "list_pipelines": ("get", "pipelines/", None, ALL, Scope.READ),
    "record_release": ("post", "releases/", RELEASE, frozenset({Role.DEVELOPER}), Scope.RECORD),
    "list_rollouts": ("get", "rollouts/", None, ALL, Scope.READ),
    "read_rollout": ("get", ROLLOUT, None, ALL, Scope.READ),
    "approve_rollout": ("post", f"{ROLLOUT}approve/", None, frozenset({Role.APPROVER}), Scope.ROLL_OUT),
    "reject_rollout": ("post", f"{ROLLOUT}reject/", {"note": "no"}, frozenset({Role.APPROVER}), Scope.ROLL_OUT),
    "promote_rollout": ("post", f"{ROLLOUT}promote/", None, MOVERS, Scope.ROLL_OUT),
    "pause_rollout": ("post", f"{ROLLOUT}pause/", None, MOVERS, Scope.ROLL_OUT),
    "resume_rollout": ("post", f"{ROLLOUT}resume/", None, MOVERS, Scope.ROLL_OUT),
    "skip_rollout": ("post", f"{ROLLOUT}skip/", None, MOVERS, Scope.ROLL_OUT),
    "cancel_rollout": ("post", f"{ROLLOUT}cancel/", None, OPENERS, Scope.ROLL_OUT),
    "roll_back_rollout": ("post", f"{ROLLOUT}rollback/", None, ALL_BUT_READERS, Scope.ROLL_OUT),
    "retry_rollout": ("post", f"{ROLLOUT}retry/", None, MOVERS, Scope.ROLL_OUT),
    "resolve_rollout": ("post", f"{ROLLOUT}resolve/", {"note": "x"}, frozenset({Role.OPERATOR}), Scope.ROLL_OUT),
    "list_measurements": ("get", f"{ROLLOUT}measurements/", None, ALL, Scope.READ),
    "list_environments": ("get", "environments/", None, ALL, Scope.READ),
    "read_environment": ("get", PLACE, None, ALL, Scope.READ),
    "open_rollout": ("post", PLACE, {"release": "9.9.9"}, OPENERS, Scope.ROLL_OUT),
    "configure_environment": ("patch", PLACE, {"policy": {}}, frozenset({Role.OPERATOR}), Scope.CONFIGURE),
    "roll_back_environment": ("post", f"{PLACE}rollback/", None, ALL_BUT_READERS, Scope.ROLL_OUT),
    "lock_environment": ("post", f"{PLACE}lock/", {"reason": "x"}, MOVERS, Scope.CONFIGURE),
    "unlock_environment": ("post", f"{PLACE}unlock/", {"note": "x"}, MOVERS, Scope.CONFIGURE),
    "list_events": ("get", "events/", None, ALL, Scope.READ),
}
PUBLIC = {"hear_notice"}


@pytest.fixture
def there() -> dict[str, int]:
    place = factories.environment(service=factories.service(slug="shop"))
    rollout = factories.rollout(State.READY, place)
    return {"rollout": rollout.pk, "release": rollout.release_id}


def call(caller: Caller, operation: str, there: dict[str, int]) -> Any:
    method, address, body, _, _ = TABLE[operation]
    return caller.send(method, address.format(**there), body)


def test_the_table_has_every_operation_of_the_schema() -> None:
    there = {operation["operationId"] for path in operations(*FOLDERS).values() for operation in path.values()}
    assert there - PUBLIC == set(TABLE)


@pytest.mark.parametrize("operation", TABLE)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_the_table_says(there: dict[str, int], operation: str, role: Role) -> None:
    *_, roles, scope = TABLE[operation]
    answer = call(caller_with(role, scopes=[scope]), operation, there)
    if role in roles:
        assert answer.status_code not in (401, 403)
    else:
        assert (answer.status_code, reasons(answer)) == (403, ["may_not"])
        assert f"Your roles ({role}" in answer.json()["detail"] or role in answer.json()["detail"]
        assert_nothing_happened()


@pytest.mark.parametrize("operation", TABLE)
def test_every_role_together_needs_the_scope_still(there: dict[str, int], operation: str) -> None:
    scope = TABLE[operation][-1]
    without = caller_with(*Role, scopes=set(Scope) - {scope})
    answer = call(without, operation, there)
    assert (answer.status_code, reasons(answer)) == (403, ["may_not"])
    assert answer.json()["detail"].endswith(f"this needs {scope}.")
    assert_nothing_happened()


@pytest.mark.parametrize("operation", TABLE)
def test_nobody_may_nothing(there: dict[str, int], operation: str) -> None:
    for secret in ("", "vdg_guessed", "two words"):
        answer = call(Caller(None, secret, Client()), operation, there)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json()["reasons"][0]["sentence"]
    assert_nothing_happened()


@pytest.mark.parametrize("operation", TABLE)
def test_a_token_that_is_over_opens_nothing(there: dict[str, int], operation: str) -> None:
    for end in ("expires_at", "withdrawn_at", "owner"):
        caller = caller_with(*Role)
        token = Token.objects.get(owner=caller.user)
        if end == "owner":
            caller.user.is_active = False
            caller.user.save()
        else:
            past = clock.now() - timedelta(seconds=1)
            Token.objects.filter(pk=token.pk).update(made_at=past - timedelta(days=1), **{end: past})
        assert call(caller, operation, there).status_code == 401
    assert_nothing_happened()


def test_a_role_that_was_taken_away_is_gone_from_its_tokens(there: dict[str, int]) -> None:
    caller = caller_with(Role.APPROVER)
    caller.user.grants.all().delete()
    assert call(caller, "approve_rollout", there).status_code == 403


def test_a_person_at_the_screen_needs_the_forms_token(there: dict[str, int]) -> None:
    person = factories.user(Role.APPROVER)
    client = Client(enforce_csrf_checks=True)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/api/v1/rollouts/{there['rollout']}/").status_code == 200
    answer = client.post(f"/api/v1/rollouts/{there['rollout']}/approve/")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
    unchecked = Client()
    unchecked.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/api/v1/rollouts/{there['rollout']}/approve/"
    assert unchecked.post(address, content_type="application/json").status_code == 200


def test_a_tokens_secret_is_kept_nowhere() -> None:
    owner = factories.user()
    token, secret = tokens.make(
        owner=owner, name="build", scopes=[Scope.READ], valid_for=timedelta(days=1), now=factories.NOW
    )
    kept = Token.objects.values().get(pk=token.pk)
    assert all(secret not in str(value) and secret[8:] not in str(value) for value in kept.values())


def assert_nothing_happened() -> None:
    assert not Event.objects.exists()
    assert Rollout.objects.get().state == State.READY
