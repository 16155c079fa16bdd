"""Walks the schema and sends each operation what no one means: always 4xx with the one shape, and nothing changes."""

import json
from typing import Any

import pytest
from django.utils.http import urlencode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.permissions import Role
from portal.audit.models import Event
from releases.models import Environment, Release, Rollout
from releases.rules.states import State
from tests import factories
from tests.callers import Caller, caller_with, operations
from tests.releases.api.conftest import FOLDERS

pytestmark = pytest.mark.django_db

WRITING = [
    (method, path)
    for path, methods in operations(*FOLDERS).items()
    for method, operation in methods.items()
    if "requestBody" in operation
]
READING = [
    (path, parameter["name"])
    for path, methods in operations(*FOLDERS).items()
    for parameter in methods.get("get", {}).get("parameters", [])
    if parameter["in"] == "query" and path != "/api/v1/schema/"
]
PARAMETERS = {"{service}": "shop", "{environment}": "production"}

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.binary(max_size=0)
values = st.recursive(
    leaves.filter(lambda value: not isinstance(value, bytes)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
known = st.sampled_from(
    [
        "service",
        "version",
        "commit",
        "artifact",
        "configuration",
        "commits",
        "note",
        "reason",
        "plan",
        "policy",
        "release",
    ]
)
bodies = st.dictionaries(known | st.text(max_size=12), values, max_size=6) | values


@pytest.fixture
def everybody() -> Caller:
    place = factories.environment(service=factories.service(slug="shop"))
    factories.rollout(State.SUCCEEDED, place)
    return caller_with(*Role)


def everything() -> Any:
    return (
        list(Release.objects.values("pk", "version")),
        list(Rollout.objects.values()),
        list(Environment.objects.values()),
        Event.objects.count(),
    )


def check(answer: Any) -> None:
    body = answer.json()
    assert 400 <= answer.status_code < 500, body
    assert set(body) == {"detail", "reasons"}
    assert body["detail"]
    assert all(reason["code"] and reason["sentence"] for reason in body["reasons"])


def address(path: str) -> str:
    for name, value in PARAMETERS.items():
        path = path.replace(name, value)
    return path.replace("{rollout_id}", str(Rollout.objects.values_list("pk", flat=True).get())).replace(
        "{release_id}", str(Release.objects.values_list("pk", flat=True).get())
    )


@pytest.mark.parametrize(("method", "path"), WRITING)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies)
def test_a_body_that_means_nothing(everybody: Caller, method: str, path: str, body: Any) -> None:
    before = everything()
    raw = json.dumps(body)
    answer = everybody.send_raw(method, address(path), data=raw, content_type="application/json")
    if answer.status_code < 300:
        # An empty object, or a word by chance, may mean something: then it was one of these.
        assert set(body) <= {"note", "reason", "policy"}
        return
    check(answer)
    assert everything() == before


@pytest.mark.parametrize(("method", "path"), WRITING)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=200))
def test_bytes_that_are_no_json(everybody: Caller, method: str, path: str, raw: bytes) -> None:
    before = everything()
    answer = everybody.send_raw(method, address(path), data=b"\xff" + raw, content_type="application/json")
    check(answer)
    assert everything() == before


@pytest.mark.parametrize(("path", "name"), READING)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(max_size=30))
def test_a_query_that_means_nothing(everybody: Caller, path: str, name: str, value: str) -> None:
    try:
        query = urlencode({name: value})
    except UnicodeEncodeError:
        return
    answer = everybody.get(f"{address(path)}?{query}")
    if answer.status_code != 200:
        check(answer)


# What SNS sends is judged by its signature, not by its fields.
@pytest.mark.parametrize(("method", "path"), [one for one in WRITING if "/hooks/" not in one[1]])
def test_an_unknown_field_is_named(everybody: Caller, method: str, path: str) -> None:
    before = everything()
    answer = everybody.send(method, address(path), {"colour": "green"})
    check(answer)
    assert "There is no colour here." in answer.json()["detail"]
    assert everything() == before
