"""Recording, listing and reading releases."""

import subprocess
from pathlib import Path

import pytest

from portal.accounts.permissions import Scope
from portal.audit.models import Event
from releases.models import Commit, Release, Rollout
from releases.rules.policy import Policy
from tests import factories
from tests.callers import Caller, caller_with, reasons

pytestmark = pytest.mark.django_db
COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
IMAGE = f"registry.example/insights@sha256:{'a' * 64}"


def body(**changed: object) -> dict[str, object]:
    return {"service": "insights", "version": "1.1.0", "commit": COMMIT, **changed}


@pytest.fixture(autouse=True)
def _insights(db: None) -> None:
    factories.service(slug="insights")


def test_a_build_records_a_release(developer: Caller) -> None:
    commits = [{"sha": COMMIT, "author": "Ada", "subject": "Deaths per week 💚", "at": "2026-11-20T10:00:00Z"}]
    answer = developer.post(
        "releases/", body(changelog="Weeks, nicht Tage", configuration={"COLOUR": "grün"}, commits=commits)
    )
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["digest"].startswith("sha256:")
    assert shown["configuration"] == {"COLOUR": "grün"}
    assert shown["commits"][0]["subject"] == "Deaths per week 💚"
    assert developer.get(f"releases/{shown['id']}/").json() == shown
    assert Event.objects.get(verb="record").release == "1.1.0"


def test_saying_the_same_again_gives_the_release_that_is_there(developer: Caller) -> None:
    first = developer.post("releases/", body())
    again = developer.post("releases/", body())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Release.objects.count() == 1
    assert Event.objects.filter(verb="record").count() == 1


def test_the_same_version_with_another_digest_is_a_conflict(developer: Caller) -> None:
    developer.post("releases/", body())
    answer = developer.post("releases/", body(commit=OTHER))
    assert answer.status_code == 409
    assert "give the new one another version" in answer.json()["detail"]
    assert Release.objects.get().commit == COMMIT


def test_an_idempotency_key_names_one_recording(developer: Caller) -> None:
    key = {"Idempotency-Key": "build-17"}
    first = developer.post("releases/", body(), **key)
    again = developer.post("releases/", body(), **key)
    other = developer.post("releases/", body(version="1.2.0"), **key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert "idempotency key" in other.json()["detail"]
    assert Release.objects.count() == 1


def test_a_key_is_taken_by_a_recording_that_found_its_release_there(developer: Caller) -> None:
    key = {"Idempotency-Key": "build-18"}
    developer.post("releases/", body())
    assert developer.post("releases/", body(), **key).status_code == 200
    assert developer.post("releases/", body(version="1.2.0"), **key).status_code == 409


def test_somebody_elses_key_is_no_matter(developer: Caller) -> None:
    colleague = caller_with(user=factories.user("developer"))
    key = {"Idempotency-Key": "build-17"}
    assert developer.post("releases/", body(), **key).status_code == 201
    assert colleague.post("releases/", body(version="1.2.0"), **key).status_code == 201


@pytest.mark.parametrize("key", ["x" * 201, "a b", "clé"])
def test_an_idempotency_key_that_cannot_be_kept_is_refused(developer: Caller, key: str) -> None:
    answer = developer.post("releases/", body(), **{"Idempotency-Key": key})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Idempotency-Key:")
    assert not Release.objects.exists()


def test_a_recorded_release_opens_a_rollout_where_the_policy_says_so(developer: Caller) -> None:
    service = factories.service(slug="shop")
    factories.environment(service=service, name="staging", policy=Policy(opens_by_itself=True))
    factories.environment(service=service, name="production", policy=Policy(opens_by_itself=False))
    shown = developer.post("releases/", body(service="shop")).json()
    assert [one["environment"] for one in shown["rollouts"]] == ["staging"]
    assert Rollout.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "status", "told"),
    [
        ({"service": "nowhere"}, 404, "There is no service 'nowhere'. The services are: insights."),
        ({"version": "1 1"}, 400, "is no version"),
        ({"version": ""}, 400, "version"),
        ({"version": "v" * 65}, 400, "version"),
        ({"version": 1.1}, 400, "version: This is a text, not a number."),
        ({"version": None}, 400, "version is null"),
        ({"commit": "abc"}, 400, "is no commit"),
        ({"commit": "", "artifact": ""}, 400, "needs a commit, or an artifact"),
        ({"artifact": "registry.example/insights:latest"}, 400, "names no digest"),
        ({"artifact": f"insights@sha256:{'A' * 64}"}, 400, "names no digest"),
        ({"configuration": {"lower": "x"}}, 400, "is no environment variable"),
        ({"configuration": {"COLOUR": 3}}, 400, "COLOUR is a text, not a number"),
        ({"configuration": ["COLOUR"]}, 400, "configuration: This is an object of names and texts, not a list."),
        ({"configuration": {"COLOUR": "x" * 4001}}, 400, "at most 4000 characters"),
        ({"colour": "green", "size": 3}, 400, "There is no colour, size here."),
        ({"author": "a" * 151}, 400, "author"),
        ({"commits": "none"}, 400, "commits"),
        ({"commits": [{"sha": "x", "author": "a", "subject": "s", "at": "today"}]}, 400, "commits"),
        ({"commits": [{"sha": COMMIT}] * 2}, 400, "author is missing"),
        ({"changelog": "x" * 100_001}, 400, "changelog"),
    ],
)
def test_what_cannot_be_a_release_gets_a_sentence_and_changes_nothing(
    developer: Caller, changed: dict[str, object], status: int, told: str
) -> None:
    answer = developer.post("releases/", body(**changed))
    assert answer.status_code == status
    assert told in answer.json()["detail"]
    assert not Release.objects.exists()
    assert not Commit.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("raw", "status", "told"),
    [
        (b"", 400, "service is missing"),
        (b"{", 400, "The body is not JSON"),
        (b"null", 400, "The body is null"),
        (b"[]", 400, "A JSON object is wanted, not a list."),
        (b'"text"', 400, "A JSON object is wanted, not a text."),
        (b'{"service": "a", "service": "b"}', 400, "'service' is given twice"),
        (b'{"service": NaN}', 400, "NaN is no number"),
        (b'{"service": 1e999}', 400, "A number is too large."),
        (b'{"service": %s}' % (b"9" * 5_000), 400, "not JSON"),
        (b'{"service": 99999999999999999999}', 400, "A number is too large."),
        (b'{"service": "in\\u0000sights"}', 400, "NUL"),
        (b'{"service": "\\ud800"}', 400, "surrogate"),
        (b'{"service": "\xff"}', 400, "not UTF-8"),
        (b"[" * 100_000, 400, "nested too deeply"),
        (b'{"configuration": ' + b"[" * 50 + b"]" * 50 + b"}", 400, "nested too deeply"),
        (b'"' + b"x" * 1_000_001 + b'"', 413, "larger than 1000000 bytes"),
    ],
)
def test_a_body_that_is_no_json_object_gets_a_sentence(developer: Caller, raw: bytes, status: int, told: str) -> None:
    answer = developer.send_raw("post", "releases/", data=raw, content_type="application/json")
    assert answer.status_code == status
    assert told in answer.json()["detail"]


def test_a_form_is_no_json(developer: Caller) -> None:
    answer = developer.send_raw(
        "post", "releases/", data="service=insights", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 415
    assert reasons(answer) == ["unsupported_media_type"]


def test_a_commit_that_does_not_exist_is_no_release(developer: Caller, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    factories.service(slug="shop", repository=str(tmp_path))
    answer = developer.post("releases/", body(service="shop"))
    assert answer.status_code == 400
    assert "is not in shop's repository. Push it, then record the release." in answer.json()["detail"]
    assert not Release.objects.exists()


def test_a_token_without_the_scope_records_nothing(developer: Caller) -> None:
    reader = caller_with(user=developer.user, scopes=[Scope.READ, Scope.ROLL_OUT])
    answer = reader.post("releases/", body())
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This token has the scopes read, roll_out; this needs record."


def test_a_viewer_is_told_which_role_is_needed(viewer: Caller) -> None:
    answer = viewer.post("releases/", body())
    assert answer.status_code == 403
    assert reasons(answer) == ["may_not"]
    assert "It needs one of: developer." in answer.json()["detail"]


def test_releases_of_one_service_are_listed_newest_first(viewer: Caller) -> None:
    shop = factories.service(slug="shop")
    for number in range(3):
        factories.release(shop, f"1.{number}.0")
        factories.release(factories.service())
    answer = viewer.get("releases/?service=shop&limit=2")
    assert [one["version"] for one in answer.json()["results"]] == ["1.2.0", "1.1.0"]
    rest = viewer.get(answer.json()["next"]).json()
    assert [one["version"] for one in rest["results"]] == ["1.0.0"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("service=nowhere", 404, "There is no service 'nowhere'"),
        ("colour=green", 400, "There is no colour here"),
        ("limit=0", 400, "limit"),
        ("limit=many", 400, "limit"),
        ("before=99999999999999999999999", 400, "before"),
        ("service=%00", 400, "service"),
        ("limit=201", 400, "limit"),
    ],
)
def test_a_query_that_makes_no_sense_gets_a_sentence(viewer: Caller, query: str, status: int, told: str) -> None:
    answer = viewer.get(f"releases/?{query}")
    assert answer.status_code == status
    assert told in answer.json()["detail"]


def test_a_release_that_is_none_is_missing(viewer: Caller) -> None:
    for unknown in ("999", "9" * 30):
        assert viewer.get(f"releases/{unknown}/").status_code == 404
