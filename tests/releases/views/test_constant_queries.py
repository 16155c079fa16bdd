"""A page asks the database as often for fifty rows as for one."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from portal import clock
from portal.accounts.actors import MACHINE
from portal.audit import ledger
from releases.models import Approval, Freeze
from releases.rules.states import State
from releases.selectors import waiting
from tests import factories
from tests.releases.views.conftest import environment, rollout

pytestmark = pytest.mark.django_db


def count(client, page):
    client.get(page)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(page).status_code == 200
    return len(seen)


def more_services(number):
    for _ in range(number):
        made = rollout(State.READY)
        Approval.objects.create(
            rollout=made,
            release_digest=made.release.digest,
            plan_digest=made.plan_digest,
            decision="approved",
            decided_by=factories.user(),
            decided_at=clock.now(),
            expires_at=clock.now() + timedelta(days=1),
        )


@pytest.mark.parametrize("page", ["/", "/waiting/", "/freezes/"])
def test_lists_over_all_services(approver, page):
    more_services(1)
    few = count(approver, page)
    more_services(20)
    for number in range(20):
        Freeze.objects.create(
            reason=f"{number}", starts="2030-01-01T10:00", ends="2030-01-02T10:00", time_zone="UTC",
            set_at=clock.now(), set_by="Somebody", environment=environment(),
        )  # fmt: skip
    assert count(approver, page) == few


def test_one_service_and_one_environment(approver):
    place = environment(service=factories.service(slug="shop"))
    pages = ["/services/shop/", "/services/shop/environments/production/"]
    rollout(State.SUCCEEDED, place)
    few = [count(approver, page) for page in pages]
    for number in range(50):
        release = factories.release(place.service, f"2.{number}.0")
        rollout(State.ROLLED_BACK if number % 2 else State.SUCCEEDED, place, release=release)
    many = [count(approver, page) for page in pages]
    assert many[0] == few[0]
    # Where something was rolled back, its events are looked up once.
    assert many[1] <= few[1] + 1


def test_the_ledger(approver):
    def write(number):
        with transaction.atomic():
            for _ in range(number):
                ledger.append(ledger.Entry("record", service="s"), by=MACHINE, now=clock.now())

    write(1)
    few = count(approver, "/ledger/")
    write(60)
    assert count(approver, "/ledger/") == few


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan is worded by SQLite")
def test_what_is_open_is_found_by_its_own_index(db):
    assert "rollout_not_ended" in waiting.still_open().explain()
