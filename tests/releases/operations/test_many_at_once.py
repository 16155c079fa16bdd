"""Several processes look at the same rollout at the same moment. It is moved once."""

import threading
from collections import Counter

import pytest
from django.db import connection, connections

from portal.accounts.permissions import Role
from portal.audit import ledger
from portal.audit.models import Event
from releases.models import Rollout
from releases.operations import advance, approvals, rollouts
from releases.rules.states import State
from releases.targets import memory
from tests import factories
from tests.factories import Clock

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 4


def settle_at_once(number: int, clock: Clock) -> None:
    """As many workers as there are begin together, each with a connection of its own."""
    gate = threading.Barrier(WORKERS)
    failures: list[BaseException] = []

    def work() -> None:
        gate.wait()
        try:
            advance.settle(number, clock=clock.now)
        except BaseException as failure:  # noqa: BLE001 - whatever it is, the test tells of it
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_many_workers_move_it_once() -> None:
    assert connection.vendor != "sqlite" or "memory" not in str(connection.settings_dict["NAME"])
    clock, environment = Clock(), factories.environment()
    developer, approver = factories.actor(Role.DEVELOPER), factories.actor(Role.APPROVER)
    release = factories.release(environment.service)
    number = rollouts.open(environment_id=environment.pk, release_id=release.pk, by=developer, now=clock.now()).pk
    settle_at_once(number, clock)
    approvals.approve(rollout_id=number, by=approver, now=clock.now())
    rollouts.promote(rollout_id=number, by=approver, now=clock.now())
    for _ in range(12):
        settle_at_once(number, clock)
        clock.turn(6)
    assert Rollout.objects.get(pk=number).state == State.SUCCEEDED
    told = Event.objects.filter(rollout_id=number).exclude(to_state="").values_list("from_state", "to_state")
    assert set(Counter(told).values()) == {1}
    calls = Counter(call[0] for call in memory.named(environment.slug).calls)
    assert (calls["start"], calls["finish"]) == (1, 1)
    assert list(ledger.verify()) == []
