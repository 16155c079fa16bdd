"""Lists cost the same however long they are, and pages meet without a gap or an overlap."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.actors import MACHINE
from portal.audit import ledger
from releases.models import Deployment
from releases.rules.states import State
from tests import factories
from tests.callers import Caller

pytestmark = pytest.mark.django_db
LISTS = (
    "releases/",
    "releases/?service=shop",
    "rollouts/",
    "rollouts/?service=shop&environment=production",
    "rollouts/?state=succeeded",
    "environments/",
    "events/",
    "events/?service=shop",
    "events/?verb=open&actor=Verdigris",
)


def fill(place: Any, count: int) -> None:
    for _ in range(count):
        rollout = factories.rollout(State.SUCCEEDED, place, replaces=factories.release(place.service))
        Deployment.objects.create(rollout=rollout, token=str(rollout.pk), intended_at=factories.NOW)
        entry = ledger.Entry("open", service="shop", environment="production", rollout_id=rollout.pk)
        ledger.append(entry, by=MACHINE, now=factories.NOW)
        factories.environment(service=place.service, name=f"place-{rollout.pk}")


@pytest.mark.parametrize("address", LISTS)
def test_the_number_of_queries_does_not_grow(viewer: Caller, address: str) -> None:
    place = factories.environment(service=factories.service(slug="shop"))
    fill(place, 2)
    viewer.get(address)
    with CaptureQueriesContext(connection) as few:
        viewer.get(address)
    fill(place, 10)
    with CaptureQueriesContext(connection) as many:
        assert len(viewer.get(address).json()["results"]) >= 10
    assert len(many) == len(few) <= 6
    assert not any("COUNT(" in query["sql"].upper() for query in many)


def test_one_of_each_costs_the_same_however_much_belongs_to_it(viewer: Caller) -> None:
    place = factories.environment(service=factories.service(slug="shop"))
    rollout = factories.rollout(State.BAKING, place)
    for address, most in ((f"rollouts/{rollout.pk}/", 14), (f"releases/{rollout.release_id}/", 6)):
        viewer.get(address)
        with CaptureQueriesContext(connection) as queries:
            viewer.get(address)
        assert len(queries) <= most


@pytest.mark.parametrize("address", ["releases/", "rollouts/", "events/", "environments/"])
def test_pages_meet(viewer: Caller, address: str) -> None:
    place = factories.environment(service=factories.service(slug="shop"))
    fill(place, 7)
    whole = viewer.get(f"{address}?limit=200").json()
    assert whole["next"] is None
    found: list[Any] = []
    following: str | None = f"/api/v1/{address}?limit=3"
    while following:
        page = viewer.get(following).json()
        assert len(page["results"]) <= 3
        found += page["results"]
        following = page["next"]
    assert found == whole["results"]


def test_events_are_filtered(viewer: Caller) -> None:
    place = factories.environment(service=factories.service(slug="shop"))
    fill(place, 3)
    ledger.append(ledger.Entry("freeze", sentence="Holidays"), by=MACHINE, now=factories.NOW)

    def found(query: str) -> int:
        return len(viewer.get(f"events/?{query}").json()["results"])

    newest = viewer.get("events/?verb=open").json()["results"][0]
    assert (found(""), found("verb=freeze"), found("service=shop&environment=production")) == (4, 1, 3)
    assert found(f"rollout={newest['rollout']}") == 1
    assert found("actor=Nobody") == 0
