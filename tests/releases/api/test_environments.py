"""An environment: what serves, opening, going back, locks, plan and policy."""

from typing import Any

import pytest

from portal import clock
from portal.audit.models import Event
from releases.models import Environment, Freeze, Rollout
from releases.operations import advance
from releases.rules import plan as plans
from releases.rules.policy import Policy
from releases.rules.states import State
from tests import factories
from tests.callers import Caller, reasons

pytestmark = pytest.mark.django_db
ADDRESS = "environments/shop/production/"
AT_ONCE = plans.all_at_once()


@pytest.fixture
def place() -> Environment:
    policy = Policy(opens_by_itself=False, approvals_needed=0, promotes_by_itself=True)
    return factories.environment(plan=AT_ONCE, policy=policy, service=factories.service(slug="shop"))


def serve(place: Environment, caller: Caller, version: str) -> None:
    factories.release(place.service, version)
    opened = caller.post(ADDRESS, {"release": version})
    advance.settle(opened.json()["id"], clock=clock.now)
    assert caller.get(ADDRESS).json()["serving"]["release"] == version


def test_it_tells_what_serves_what_comes_and_what_holds_it(
    place: Environment, developer: Caller, operator: Caller
) -> None:
    serve(place, developer, "1.0.0")
    operator.post(f"{ADDRESS}lock/", {"reason": "stocktaking"})
    facts = {"starts": "2026-01-01T00:00", "ends": "2099-01-01T00:00", "time_zone": "UTC", "set_by": "Ada"}
    Freeze.objects.create(reason="holidays", set_at=factories.NOW, **facts)
    factories.rollout(State.QUEUED, place)
    shown = operator.get(ADDRESS).json()
    assert shown["serving"]["release"] == "1.0.0"
    assert [one["state"] for one in shown["under_way"]] == ["queued"]
    assert shown["lock"]["reason"] == "stocktaking"
    assert shown["freezes"][0]["frozen_until"] == "2099-01-01T00:00:00Z"
    assert shown["plan"] == {"steps": [{"weight": 100, "wait_s": 0, "is_analysed": False}], "bake_s": 0}
    assert shown["policy"]["approvals_needed"] == 0
    assert shown["may"]["lock"] == []
    assert shown["may"]["roll_back"][0]["code"] == "nothing_before"


def test_a_rollback_goes_to_what_served_before_at_once(
    place: Environment, developer: Caller, django_capture_on_commit_callbacks: Any
) -> None:
    serve(place, developer, "1.0.0")
    assert reasons(developer.post(f"{ADDRESS}rollback/")) == ["nothing_before"]
    serve(place, developer, "1.1.0")
    with django_capture_on_commit_callbacks(execute=True):
        answer = developer.post(f"{ADDRESS}rollback/", {"note": "wrong colours"})
    assert answer.json()["kind"] == "rollback"
    shown = developer.get(ADDRESS).json()
    assert shown["serving"]["release"] == "1.0.0"
    assert "wrong colours" in shown["lock"]["reason"]


def test_opening_what_serves_already_is_refused(place: Environment, developer: Caller) -> None:
    serve(place, developer, "1.0.0")
    answer = developer.post(ADDRESS, {"release": "1.0.0"})
    assert (answer.status_code, reasons(answer)) == (409, ["already_serves"])
    unknown = developer.post(ADDRESS, {"release": "9.9.9"})
    assert unknown.status_code == 404
    assert "has no release '9.9.9'" in unknown.json()["detail"]


def test_a_lock_is_set_and_lifted_with_a_word(place: Environment, operator: Caller) -> None:
    assert reasons(operator.post(f"{ADDRESS}lock/")) == ["note_missing"]
    assert operator.post(f"{ADDRESS}lock/", {"reason": "stocktaking"}).json()["lock"]["reason"] == "stocktaking"
    assert reasons(operator.post(f"{ADDRESS}unlock/")) == ["note_missing"]
    assert operator.post(f"{ADDRESS}unlock/", {"note": "counted"}).json()["lock"] is None
    assert list(Event.objects.values_list("verb", flat=True)) == ["lock", "lift_lock"]


def test_a_new_plan_voids_the_approvals_it_was_not_given_for(
    place: Environment, operator: Caller, approver: Caller
) -> None:
    waiting = factories.rollout(State.READY, place)
    approver.post(f"rollouts/{waiting.pk}/approve/")
    plan = {"steps": [{"weight": 10, "wait_s": 60}, {"weight": 100}], "bake_s": 300}
    shown = operator.patch(ADDRESS, {"plan": plan, "policy": {"approvals_needed": 2}}).json()
    assert [step["weight"] for step in shown["plan"]["steps"]] == [10, 100]
    assert shown["policy"]["approvals_needed"] == 2
    assert shown["policy"]["promotes_by_itself"] is True
    approval = operator.get(f"rollouts/{waiting.pk}/").json()["approvals"][0]
    assert (approval["holds"], approval["void_reason"]) == (False, "the plan was changed")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "Say a plan, a policy, or both."),
        ({"plan": None}, "plan is null"),
        ({"plan": []}, "A plan is"),
        ({"plan": {"steps": []}}, "at least one step"),
        ({"plan": {"steps": [{"weight": 50}, {"weight": 20}, {"weight": 100}]}}, "must rise"),
        ({"plan": {"steps": [{"weight": 50}]}}, "The last step must be 100 %"),
        ({"plan": {"steps": [{"weight": 0}, {"weight": 100}]}}, "from 1 to 100"),
        ({"plan": {"steps": [{"weight": "10"}, {"weight": 100}]}}, "is a whole number"),
        ({"plan": {"steps": [{"weight": 100, "wait_s": -1}]}}, "A wait is 0 to"),
        ({"plan": {"steps": [{"weight": 100, "colour": 1}]}}, "not colour"),
        ({"plan": {"steps": [{"weight": n + 1} for n in range(99)]}}, "at most 20 steps"),
        ({"plan": {"steps": ["x" * 90_000]}}, "Step 1 needs a weight."),
        ({"policy": []}, "A policy is an object"),
        ({"policy": {"colour": 1}}, "A policy knows no colour"),
        ({"policy": {"approvals_needed": -1}}, "can't be below 0"),
        ({"policy": {"approvals_needed": 1.5}}, "is a whole number"),
        ({"policy": {"approval_valid_s": 2**53 - 1}}, "approval_valid_s"),
        ({"policy": {"on_drift": "panic"}}, "restore or adopt"),
        ({"address": "x"}, "There is no address here."),
    ],
)
def test_what_cannot_be_followed_gets_a_sentence_and_changes_nothing(
    place: Environment, operator: Caller, body: dict[str, object], told: str
) -> None:
    before = (place.plan, place.policy)
    answer = operator.patch(ADDRESS, body)
    assert answer.status_code == 400
    assert told in answer.json()["detail"]
    assert len(answer.json()["detail"]) < 1_200
    place.refresh_from_db()
    assert (place.plan, place.policy) == before
    assert not Event.objects.exists()


@pytest.mark.parametrize("address", ["environments/shop/moon/", "environments/moon/production/"])
def test_an_environment_that_is_none_is_missing(place: Environment, operator: Caller, address: str) -> None:
    answers = [operator.get(address), operator.patch(address, {"policy": {}}), operator.post(f"{address}rollback/")]
    assert {answer.status_code for answer in answers} == {404}
    assert "There is: shop/production." in answers[0].json()["detail"]


def test_environments_are_listed(place: Environment, viewer: Caller) -> None:
    factories.environment(service=place.service, name="staging")
    shown = viewer.get("environments/").json()
    assert [one["environment"] for one in shown["results"]] == ["staging", "production"]


def test_an_address_that_is_none_is_answered_in_the_same_shape(viewer: Caller) -> None:
    for address in ("releases", "moon/", "environments/ü/production/", ""):
        answer = viewer.client.get(f"/api/v1/{address}")
        assert answer.status_code == 404
        assert answer.json()["reasons"][0]["code"] == "missing"


def test_a_method_that_is_none_is_answered_in_the_same_shape(viewer: Caller) -> None:
    assert reasons(viewer.send("delete", "releases/")) == ["method_not_allowed"]
    assert viewer.send("put", ADDRESS).status_code == 405
    assert not Rollout.objects.exists()
