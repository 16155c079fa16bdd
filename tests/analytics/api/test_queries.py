"""Queries over HTTP: the same history, budgets and ledger as the workbench's."""

from datetime import timedelta

import pytest

from analytics.models import Budget, Query
from analytics.operations import serving
from portal import clock
from portal.accounts.permissions import Role
from portal.audit.models import Event
from tests.analytics import doses
from tests.analytics.api.conftest import QUESTION, answered
from tests.callers import caller_with, reasons

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]


def test_a_question_is_asked_followed_and_stands_in_the_one_history(ana):
    asked = ana.post("data/queries/", QUESTION)
    assert asked.status_code == 202
    token = asked.json()["token"]
    assert (asked.json()["state"], asked.json()["position"], asked.json()["origin"]) == ("QUEUED", 0, "api")
    query = answered(token)
    ended = ana.get(f"data/queries/{token}/?patience_s=5").json()
    assert (ended["state"], ended["rows"], ended["snapshots"]) == ("SUCCEEDED", 2, query.pins)
    assert ended["columns"] == [{"name": "iso_code", "type": "varchar"}, {"name": "doses", "type": "bigint"}]
    assert ended["bytes_scanned"] <= ended["bytes_upper"]
    assert (query.person, query.asked_by) == (ana.user, ended["asked"]["by"])
    ana.client.force_login(ana.user, backend="django.contrib.auth.backends.ModelBackend")
    assert "iso_code" in ana.client.get(ended["links"]["page"]).content.decode()
    assert token in Event.objects.get(verb="query").sentence


def test_ones_own_history_is_paged(ana):
    tokens = [
        ana.post("data/queries/", {"sql": f"SELECT {n} AS n", "origin": "notebook"}).json()["token"] for n in range(3)
    ]
    caller_with(Role.ANALYST).post("data/queries/", {"sql": "SELECT 9 AS n"})
    first = ana.get("data/queries/?limit=2").json()
    assert [one["token"] for one in first["results"]] == [tokens[2], tokens[1]]
    rest = ana.get(first["next"]).json()
    assert [one["token"] for one in rest["results"]] == [tokens[0]]
    assert (rest["results"][0]["origin"], rest["next"]) == ("notebook", None)


def test_what_it_would_cost_is_said_and_nothing_is_written(ana):
    found = ana.post("data/queries/estimate/", QUESTION).json()
    assert found["tables"] == ["vaccinations.vaccinations"]
    assert found["bytes_upper"] > 0
    assert set(found["snapshots"]) == {doses.DATASET}
    assert not Query.objects.exists()


def test_sql_that_may_not_run_is_refused_by_line_and_column(ana):
    answer = ana.post("data/queries/", {"sql": "SELECT 1,\n nothing FROM vaccinations", "database": doses.DATASET})
    assert (answer.status_code, reasons(answer)) == (400, ["column-unknown"])
    assert answer.json()["detail"].startswith("Line 2, column 2: ")
    wrong = {**QUESTION, "parameters": [{"name": "day", "type": "date", "value": "tomorrow"}]}
    assert reasons(ana.post("data/queries/estimate/", wrong)) == ["parameters"]
    assert not Query.objects.exists()


def test_a_parameter_is_a_value_and_never_text(ana):
    sql = "SELECT count(*) AS n FROM vaccinations WHERE iso_code IN (:places)"
    sent = [{"name": "places", "type": "varchar", "value": ["ITA", "') OR 1=1 --"]}]
    token = ana.post("data/queries/", {**QUESTION, "sql": sql, "parameters": sent}).json()["token"]
    answered(token)
    assert ana.get(f"data/queries/{token}/result/").json()["rows"] == [[30]]


def test_the_budget_is_the_workbenchs(ana):
    Budget.objects.create(person=ana.user, span=Budget.Span.DAY, bytes_at_most=1, usd_at_most=1)
    answer = ana.post("data/queries/", QUESTION)
    assert (answer.status_code, reasons(answer)) == (409, ["over-budget"])
    assert not Query.objects.exists()
    [told] = ana.get("data/budgets/").json()["results"]
    assert (told["span"], told["role"], told["left_bytes"], told["spent_bytes"]) == ("day", "", 1, 0)
    assert told["renews_at"] > clock.now().isoformat()


def test_a_key_asks_once(ana):
    first = ana.post("data/queries/", QUESTION, **{"Idempotency-Key": "cell-7"})
    again = ana.post("data/queries/", QUESTION, **{"Idempotency-Key": "cell-7"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["token"] == again.json()["token"]
    assert Query.objects.count() == Event.objects.filter(verb="query").count() == 1
    other = ana.post("data/queries/", {**QUESTION, "sql": "SELECT 1 AS one"}, **{"Idempotency-Key": "cell-7"})
    assert (other.status_code, reasons(other)) == (409, ["key-taken"])
    elses = caller_with(Role.ANALYST).post("data/queries/", QUESTION, **{"Idempotency-Key": "cell-7"})
    assert elses.json()["token"] != first.json()["token"]


def test_a_key_outlives_another_snapshot(ana, shelf, state_dir):
    first = ana.post("data/queries/", QUESTION, **{"Idempotency-Key": "cell-7"}).json()
    serving.serve(state_dir, doses.DATASET, revision=shelf("second", factor=2))
    assert ana.post("data/queries/", QUESTION, **{"Idempotency-Key": "cell-7"}).json()["token"] == first["token"]


def test_what_was_known_on_a_day_is_read(ana, shelf, state_dir):
    served = ana.post("data/queries/estimate/", QUESTION).json()["snapshots"]
    known = ana.post("data/queries/estimate/", {**QUESTION, "as_of": doses.NOW.date().isoformat()}).json()["snapshots"]
    assert known == served
    before = (doses.NOW.date() - timedelta(days=1)).isoformat()
    answer = ana.post("data/queries/", {**QUESTION, "as_of": before})
    assert (answer.status_code, reasons(answer)) == (400, ["nothing-known"])
    serving.quarantine(state_dir, doses.DATASET, revision=served[doses.DATASET], why="wrong", by="Ana", now=clock.now())
    second = shelf("second", factor=2)
    later = ana.post("data/queries/", {**QUESTION, "as_of": "2026-12-31"}).json()
    assert later["snapshots"] == {doses.DATASET: second}


def test_a_query_is_cancelled_by_who_asked_it(ana):
    token = ana.post("data/queries/", QUESTION).json()["token"]
    other = caller_with(Role.ANALYST).post(f"data/queries/{token}/cancel/")
    assert (other.status_code, reasons(other)) == (403, ["not-yours"])
    assert ana.post(f"data/queries/{token}/cancel/").status_code == 200
    assert answered(token).state == "CANCELLED"
    assert ana.get(f"data/queries/{token}/").json()["message"].startswith(ana.user.shown_name)
    gone = ana.get(f"data/queries/{token}/result/")
    assert (gone.status_code, reasons(gone)) == (409, ["no-result"])


@pytest.mark.parametrize("address", ["data/queries/nothing/", "data/queries/nothing/result/"])
def test_what_is_not_there_is_said(ana, address):
    assert reasons(ana.get(address)) == ["missing"]
