"""Two builds that say the same at the same time record one release."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from portal.accounts.permissions import Role
from portal.audit import ledger
from portal.audit.models import Event
from releases.models import IdempotencyKey, Release, Rollout
from releases.rules.policy import Policy
from tests import factories
from tests.callers import Caller, addresses, caller_with

BODY = {"service": "shop", "version": "1.0.0", "commit": "a" * 40}
pytestmark = pytest.mark.django_db(transaction=True)


def at_once(caller: Caller, *bodies: dict[str, Any], **headers: str) -> list[int]:
    """Lets a thread each say its body, all from the same moment on."""
    addresses()  # made once, before there are threads
    answered: list[int] = []
    gate = threading.Barrier(len(bodies))

    def say(body: dict[str, Any]) -> None:
        try:
            gate.wait(timeout=30)
            mine = Caller(caller.user, caller.secret, Client())
            answered.append(mine.post("releases/", body, **headers).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=say, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answered)


@pytest.fixture
def developer(transactional_db: None) -> Caller:
    policy = Policy(opens_by_itself=True)
    factories.environment(service=factories.service(slug="shop"), policy=policy)
    return caller_with(Role.DEVELOPER)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "build-17"}])
def test_the_same_twice_is_one_release(developer: Caller, headers: dict[str, str]) -> None:
    assert at_once(developer, *[BODY] * 6, **headers) == [200] * 5 + [201]
    assert Release.objects.count() == Rollout.objects.count() == 1
    assert Event.objects.filter(verb="record").count() == 1
    assert list(ledger.verify()) == []


def test_one_version_with_two_contents_is_one_release_and_one_conflict(developer: Caller) -> None:
    assert at_once(developer, BODY, {**BODY, "commit": "b" * 40}) == [201, 409]
    assert Release.objects.count() == 1


def test_one_key_for_two_releases_is_one_release_and_one_conflict(developer: Caller) -> None:
    key = {"Idempotency-Key": "build-17"}
    assert at_once(developer, BODY, {**BODY, "version": "2.0.0"}, **key) == [201, 409]
    assert Release.objects.count() == IdempotencyKey.objects.count() == 1
