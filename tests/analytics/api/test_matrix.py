"""Every operation of the API of data against every role and scope, and against what nobody means."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils.http import urlencode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.models import Query
from portal.accounts.permissions import Role, Scope
from portal.audit.models import Event
from tests.analytics.api.conftest import QUESTION
from tests.callers import Caller, caller_with, operations, reasons

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]

ALL = frozenset(Role)
ASKERS = ALL - {Role.VIEWER}
TOKEN = "0" * 32

# operation → method, address, body, roles, scope
TABLE: dict[str, tuple[str, str, Any, frozenset[Role], Scope]] = {
    "list_measures": ("get", "data/measures/", None, ALL, Scope.READ),
    "read_series": ("get", "data/measures/new_cases/series/", None, ALL, Scope.READ),
    "list_snapshots": ("get", "data/snapshots/", None, ALL, Scope.READ),
    "list_tables": ("get", "data/catalogue/", None, ALL, Scope.READ),
    "read_table": ("get", "data/catalogue/vaccinations/vaccinations/", None, ALL, Scope.READ),
    "list_budgets": ("get", "data/budgets/", None, ASKERS, Scope.QUERY),
    "list_queries": ("get", "data/queries/", None, ASKERS, Scope.QUERY),
    "ask_query": ("post", "data/queries/", QUESTION, ASKERS, Scope.QUERY),
    "estimate_query": ("post", "data/queries/estimate/", QUESTION, ASKERS, Scope.QUERY),
    "read_query": ("get", f"data/queries/{TOKEN}/", None, ASKERS, Scope.QUERY),
    "cancel_query": ("post", f"data/queries/{TOKEN}/cancel/", None, ASKERS, Scope.QUERY),
    "read_result": ("get", f"data/queries/{TOKEN}/result/", None, ASKERS, Scope.QUERY),
}
WRITING = [path for path, methods in operations("data").items() if "post" in methods]
READING = [
    (path, parameter["name"])
    for path, methods in operations("data").items()
    for parameter in methods.get("get", {}).get("parameters", [])
    if parameter["in"] == "query"
]
NAMES = {"{token}": TOKEN, "{name}": "new_cases", "{dataset}": "vaccinations", "{table}": "vaccinations"}
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
fields = st.sampled_from(["sql", "parameters", "database", "engine", "as_of", "origin"])
bodies = st.dictionaries(fields | st.text(max_size=12), values, max_size=6) | values


def call(caller: Caller, operation: str) -> Any:
    method, address, body, _, _ = TABLE[operation]
    return caller.send(method, address, body)


def address_of(path: str) -> str:
    for name, value in NAMES.items():
        path = path.replace(name, value)
    return path


def test_the_table_has_every_operation_of_the_schema() -> None:
    there = {one["operationId"] for methods in operations("data").values() for one in methods.values()}
    assert there == set(TABLE)


@pytest.mark.parametrize("operation", TABLE)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_the_table_says(operation: str, role: Role) -> None:
    *_, roles, scope = TABLE[operation]
    answer = call(caller_with(role, scopes=[scope]), operation)
    if role in roles:
        assert answer.status_code not in (401, 403)
    else:
        assert (answer.status_code, reasons(answer)) == (403, ["may_not"])
        assert not Event.objects.exists()


@pytest.mark.parametrize("operation", TABLE)
def test_every_role_together_needs_the_scope_still(operation: str) -> None:
    scope = TABLE[operation][-1]
    answer = call(caller_with(*Role, scopes=set(Scope) - {scope}), operation)
    assert (answer.status_code, reasons(answer)) == (403, ["may_not"])
    assert answer.json()["detail"].endswith(f"this needs {scope}.")
    assert call(Caller(None, "vdg_guessed", Client()), operation).status_code == 401
    assert not Query.objects.exists()


@pytest.mark.parametrize("path", WRITING)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies)
def test_a_body_that_means_nothing(ana: Caller, path: str, body: Any) -> None:
    answer = ana.send_raw("post", address_of(path), data=json.dumps(body), content_type="application/json")
    assert 400 <= answer.status_code < 500, answer.json()
    assert all(reason["code"] and reason["sentence"] for reason in answer.json()["reasons"])
    assert not Query.objects.exists()


@pytest.mark.parametrize(("path", "name"), READING)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(max_size=30))
def test_a_parameter_that_means_nothing(ana: Caller, path: str, name: str, value: str) -> None:
    try:
        query = urlencode({name: value})
    except UnicodeEncodeError:
        return
    assert ana.get(f"{address_of(path)}?{query}").status_code in (200, 400, 404, 409, 503)
