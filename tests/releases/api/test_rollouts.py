"""The verbs of a rollout, said over HTTP and done by the real operations on the memory target."""

from collections.abc import Callable
from typing import Any

import pytest

from portal import clock
from portal.accounts.permissions import Role, Scope
from portal.audit.models import Event
from releases.models import Environment, Request, Rollout
from releases.operations import advance, releases
from releases.rules import plan as plans
from releases.rules.observation import Health
from releases.rules.policy import Policy
from releases.rules.states import State
from releases.targets import memory
from tests import factories
from tests.callers import Caller, caller_with, reasons

pytestmark = pytest.mark.django_db
PLAN = plans.canary(weight=10, wait_s=3600, bake_s=3600)
HELD = Policy(opens_by_itself=False, min_requests=0)
Settled = Callable[[], None]


@pytest.fixture
def place() -> Environment:
    return factories.environment(plan=PLAN, policy=HELD, service=factories.service(slug="shop"))


@pytest.fixture
def settled(django_capture_on_commit_callbacks: Any) -> Callable[..., Any]:
    """Says something, and lets what it set off run, as after a commit."""

    def say(caller: Caller, address: str, note: str = "") -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            answer = caller.post(address, {"note": note} if note else None)
        for rollout_id in Rollout.objects.filter(ended_at=None).values_list("pk", flat=True):
            advance.settle(rollout_id, clock=clock.now)
        return answer

    return say


@pytest.fixture
def ready(place: Environment, developer: Caller) -> Rollout:
    release = factories.release(place.service, "1.1.0", author=developer.user)
    answer = developer.post("environments/shop/production/", {"release": release.version})
    assert answer.status_code == 201
    advance.settle(answer.json()["id"], clock=clock.now)
    rollout = Rollout.objects.get()
    assert rollout.state == State.READY
    return rollout


def test_a_release_goes_all_the_way(ready: Rollout, approver: Caller, settled: Any) -> None:
    address = f"rollouts/{ready.pk}/"
    assert reasons_in_may(approver.get(address), "promote") == ["needs_approvals"]
    approved = settled(approver, f"{address}approve/", "looks well")
    assert approved.json()["approvals"][0]["note"] == "looks well"
    assert reasons_in_may(approved, "promote") == []
    assert settled(approver, f"{address}promote/").status_code == 200
    shifting = approver.get(address).json()
    assert (shifting["state"], shifting["weights"]) == ("shifting", {"asked": 10, "seen": 10})
    assert shifting["plan"] == plans.to_json(PLAN) | {"steps": shifting["plan"]["steps"]}
    settled(approver, f"{address}skip/")
    assert approver.get(address).json()["state"] == "baking"
    settled(approver, f"{address}skip/")
    done = approver.get(address).json()
    assert done["state"] == "succeeded"
    assert approver.get("environments/shop/production/").json()["serving"]["release"] == "1.1.0"


def test_a_refusal_carries_every_reason(ready: Rollout, approver: Caller, operator: Caller) -> None:
    operator.post("environments/shop/production/lock/", {"reason": "the till is counted"})
    answer = approver.post(f"rollouts/{ready.pk}/promote/")
    assert answer.status_code == 409
    assert reasons(answer) == ["locked", "needs_approvals"]
    assert "the till is counted" in answer.json()["detail"]
    shown = approver.get(f"rollouts/{ready.pk}/").json()["may"]["promote"]
    assert shown == answer.json()["reasons"]
    assert not Request.objects.exists()


def test_the_author_is_refused_by_the_same_reason_that_is_shown(ready: Rollout, developer: Caller) -> None:
    factories.Grant.objects.create(user=developer.user, role=Role.APPROVER)
    assert reasons_in_may(developer.get(f"rollouts/{ready.pk}/"), "approve") == ["author"]
    answer = developer.post(f"rollouts/{ready.pk}/approve/")
    assert (answer.status_code, reasons(answer)) == (409, ["author"])


def test_pause_and_resume(ready: Rollout, approver: Caller, settled: Any) -> None:
    address = f"rollouts/{ready.pk}/"
    settled(approver, f"{address}approve/")
    settled(approver, f"{address}promote/")
    paused = settled(approver, f"{address}pause/").json()
    assert paused["paused"]["by"] == f"{approver.user.shown_name} (build)"
    assert reasons(approver.post(f"{address}pause/")) == ["already_asked"]
    assert settled(approver, f"{address}resume/").json()["paused"] is None
    assert reasons(approver.post(f"{address}resume/")) == ["not_paused"]


def test_a_rejection_needs_a_word_and_takes_green_down(ready: Rollout, approver: Caller, settled: Any) -> None:
    address = f"rollouts/{ready.pk}/"
    assert reasons(approver.post(f"{address}reject/", {"note": "  "})) == ["note_missing"]
    settled(approver, f"{address}reject/", "the numbers are from last year")
    assert approver.get(address).json()["state"] == "rejected"
    assert memory.named(ready.environment.slug).other is None


def test_a_rollback_is_driven_by_the_request_itself(
    ready: Rollout, approver: Caller, settled: Any, django_capture_on_commit_callbacks: Any
) -> None:
    address = f"rollouts/{ready.pk}/"
    settled(approver, f"{address}approve/")
    settled(approver, f"{address}promote/")
    with django_capture_on_commit_callbacks(execute=True):
        answer = approver.post(f"{address}rollback/", {"note": "slow"})
    assert answer.status_code == 200
    assert approver.get(address).json()["state"] == "rolled_back"
    assert approver.get("environments/shop/production/").json()["lock"]["reason"].startswith("1.1.0 was rolled back.")
    assert Event.objects.filter(verb="roll_back", actor=f"{approver.user.shown_name} (build)").exists()
    assert reasons(approver.post(f"{address}rollback/")) == ["ended"]


def test_cancel_is_for_what_has_not_started(ready: Rollout, developer: Caller) -> None:
    assert reasons(developer.post(f"rollouts/{ready.pk}/cancel/")) == ["wrong_state"]
    queued = factories.rollout(State.QUEUED, ready.environment)
    assert developer.post(f"rollouts/{queued.pk}/cancel/").status_code == 200
    assert reasons(developer.post(f"rollouts/{queued.pk}/cancel/")) == ["already_asked"]


def test_a_failed_rollback_is_tried_again_or_resolved_with_a_note(place: Environment, operator: Caller) -> None:
    stuck = factories.rollout(State.ROLLBACK_FAILED, place)
    assert reasons(operator.post(f"rollouts/{stuck.pk}/resolve/")) == ["note_missing"]
    assert operator.post(f"rollouts/{stuck.pk}/retry/").status_code == 200
    assert operator.post(f"rollouts/{stuck.pk}/resolve/", {"note": "weights set by hand"}).status_code == 200
    assert set(stuck.requests.values_list("verb", flat=True)) == {"retry", "resolve"}


def test_an_unhealthy_green_is_not_promoted(ready: Rollout, approver: Caller, settled: Any) -> None:
    memory.named(ready.environment.slug).set_health(Health.UNHEALTHY)
    settled(approver, f"rollouts/{ready.pk}/approve/")
    assert reasons(approver.post(f"rollouts/{ready.pk}/promote/")) == ["green_not_healthy"]


@pytest.mark.parametrize("verb", ["approve", "promote", "rollback"])
def test_what_is_no_rollout_is_missing(approver: Caller, verb: str) -> None:
    for unknown in (0, 999, 10**30):
        answer = approver.post(f"rollouts/{unknown}/{verb}/")
        assert (answer.status_code, reasons(answer)) == (404, ["missing"])


def test_a_note_is_a_short_text_and_nothing_else(ready: Rollout, approver: Caller) -> None:
    for body in ({"note": 1}, {"note": "x" * 2001}, {"comment": "x"}, ["note"], "note"):
        answer = approver.post(f"rollouts/{ready.pk}/approve/", body)
        assert answer.status_code == 400
    assert not ready.approvals.exists()


def test_a_token_without_the_scope_is_told_so_before_and_after(ready: Rollout, approver: Caller) -> None:
    reader = caller_with(user=approver.user, scopes=[Scope.READ])
    shown = reader.get(f"rollouts/{ready.pk}/").json()["may"]["approve"]
    answer = reader.post(f"rollouts/{ready.pk}/approve/")
    assert answer.status_code == 403
    assert answer.json()["reasons"] == shown
    assert shown == [{"code": "may_not", "sentence": "This token has the scopes read; this needs roll_out."}]


def test_rollouts_are_listed_by_what_is_asked(viewer: Caller, place: Environment) -> None:
    ended = factories.rollout(State.SUCCEEDED, place)
    active = factories.rollout(State.BAKING, place)
    queued = factories.rollout(State.QUEUED, place)
    elsewhere = factories.rollout(State.READY)

    def ids(query: str) -> list[int]:
        return [one["id"] for one in viewer.get(f"rollouts/?{query}").json()["results"]]

    assert ids("") == [elsewhere.pk, queued.pk, active.pk, ended.pk]
    assert ids("service=shop") == [queued.pk, active.pk, ended.pk]
    assert ids("service=shop&environment=production&state=baking") == [active.pk]
    assert ids("state=succeeded") == [ended.pk]
    assert ids("active=true") == [elsewhere.pk, active.pk]
    assert ids("active=false") == [queued.pk, ended.pk]
    assert viewer.get("rollouts/?state=lost").json()["detail"].startswith("state: lost is no state.")
    assert viewer.get("rollouts/?active=perhaps").status_code == 400
    assert viewer.get("rollouts/?environment=moon").status_code == 404


def reasons_in_may(answer: Any, verb: str) -> list[str]:
    return [reason["code"] for reason in answer.json()["may"][verb]]


def test_recording_again_changes_no_rollout(place: Environment, developer: Caller) -> None:
    recording = releases.Recording("shop", "2.0.0", commit="a" * 40)
    body = {"service": recording.service, "version": recording.version, "commit": recording.commit}
    for _ in range(2):
        assert developer.post("releases/", body).json()["digest"] == recording.digest
    assert not Rollout.objects.exists()
