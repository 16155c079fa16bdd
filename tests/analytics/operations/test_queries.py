"""Asking in SQL: rows in the database, a fenced process that answers, and what is kept of it."""

import io
from dataclasses import replace
from datetime import timedelta

import pyarrow.parquet
import pytest

from analytics.engines.base import State
from analytics.models import Budget, Query
from analytics.operations import exports, queries, serving
from analytics.operations.queries import Question
from analytics.operations.refusal import Refused
from analytics.rules.sql.parameters import Parameter
from portal.accounts.permissions import Role
from portal.audit.models import Event
from tests import factories
from tests.analytics import doses
from tests.factories import NOW

pytestmark = pytest.mark.django_db
SUM = Question(
    "SELECT iso_code, max(total_vaccinations) AS doses FROM vaccinations GROUP BY 1 ORDER BY 1", doses.DATASET
)
FROM_MANY = "FROM " + ", ".join(f"vaccinations t{n}" for n in range(9))
# It would take hours.
ENDLESS = Question(f"SELECT count(*) {FROM_MANY}", doses.DATASET)


@pytest.fixture
def ana():
    return factories.actor(Role.ANALYST)


def ended(query):
    for _ in range(60):
        found = queries.advance(query.pk, now=NOW, patience_s=2)
        if found.ended_at:
            return found
    raise AssertionError(f"{query.token} did not end: {found.state}")


def test_a_question_is_answered_and_kept(lake, ana):
    query = queries.submit(SUM, by=ana, now=NOW)
    assert (query.state, query.pins) == (State.QUEUED, {doses.DATASET: query.pins[doses.DATASET]})
    query = ended(query)
    assert (query.state, query.rows, query.message) == (State.SUCCEEDED, 2, "")
    assert [column["name"] for column in query.columns] == ["iso_code", "doses"]
    assert query.bytes_scanned <= query.bytes_upper
    assert b"".join(exports.export(query, "csv").content).decode() == '"iso_code","doses"\n"FJI",3000\n"ITA",3000\n'
    packed = b"".join(exports.export(query, "parquet").content)
    assert pyarrow.parquet.read_table(io.BytesIO(packed)).to_pydict() == {
        "iso_code": ["FJI", "ITA"],
        "doses": [3000, 3000],
    }
    assert b"".join(exports.export(query, "xlsx").content).startswith(b"PK")
    # It was looked at only once, when it began.
    assert query.ended_at >= query.submitted_at + timedelta(milliseconds=query.ran_ms)
    assert query.ran_ms > 0
    event = Event.objects.get(verb="query")
    assert (event.actor, event.service) == (ana.name, doses.DATASET)
    assert query.token in event.sentence


def test_a_parameter_is_a_value_and_never_text(lake, ana):
    sql = "SELECT count(*) AS n FROM vaccinations WHERE iso_code = :place"
    for value, count in (("ITA", 30), ("x' OR '1'='1", 0)):
        question = Question(sql, doses.DATASET, (Parameter("place", "varchar", value),))
        query = ended(queries.submit(question, by=ana, now=NOW))
        assert b"".join(exports.export(query, "csv").content) == f'"n"\n{count}\n'.encode()


def test_the_same_question_of_the_same_snapshot_is_answered_once(lake, ana, state_dir):
    first = ended(queries.submit(SUM, by=ana, now=NOW))
    again = queries.submit(replace(SUM, sql=f"-- once more\n{SUM.sql.lower().replace(' ', '  ')}"), by=ana, now=NOW)
    assert (again.state, again.answered_by, again.is_reused, again.cost_usd) == (State.SUCCEEDED, first, True, 0)
    assert b"".join(exports.export(again, "csv").content) == b"".join(exports.export(first, "csv").content)
    serving.serve(state_dir, doses.DATASET, revision=lake("second", factor=2))
    other = ended(queries.submit(SUM, by=ana, now=NOW))
    assert (other.is_reused, b"6000" in b"".join(exports.export(other, "csv").content)) == (False, True)
    pinned = queries.submit(replace(SUM, pins=first.pins), by=ana, now=NOW)
    assert pinned.answered_by == first


def test_what_may_answer_differently_is_asked_again(lake, ana):
    question = replace(SUM, sql="SELECT now() AS at")
    ended(queries.submit(question, by=ana, now=NOW))
    assert queries.submit(question, by=ana, now=NOW).answered_by is None


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DROP TABLE vaccinations", "DROP is no query"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
    ],
)
def test_what_may_not_run_is_refused_before_anything_ran(lake, ana, sql, said):
    with pytest.raises(Refused, match=said):
        queries.submit(replace(SUM, sql=sql), by=ana, now=NOW)
    assert not Query.objects.exists()


def test_a_viewer_may_not_ask(lake):
    with pytest.raises(Refused, match="needs one of the roles"):
        queries.submit(SUM, by=factories.actor(Role.VIEWER), now=NOW)


def test_a_snapshot_that_is_not_there_is_refused(lake, ana):
    with pytest.raises(Refused, match="There is no snapshot 0123"):
        queries.submit(replace(SUM, pins={doses.DATASET: "0123"}), by=ana, now=NOW)


def test_a_budget_is_kept_and_says_what_is_left(lake, ana):
    Budget.objects.create(role=Role.ANALYST, span=Budget.Span.DAY, bytes_at_most=1, usd_at_most=1.0)
    with pytest.raises(Refused, match=r"of the day's budget 1\sbyte and \$1\.00 are left"):
        queries.submit(SUM, by=ana, now=NOW)
    Budget.objects.create(person_id=ana.user_id, span=Budget.Span.DAY, bytes_at_most=10**12, usd_at_most=1.0)
    assert ended(queries.submit(SUM, by=ana, now=NOW)).state == State.SUCCEEDED


def test_queries_wait_their_turn_and_can_be_cancelled(lake, ana):
    first = queries.submit(ENDLESS, by=ana, now=NOW)
    second = queries.submit(SUM, by=ana, now=NOW)
    assert queries.advance(first.pk, now=NOW).state == State.RUNNING
    assert queries.advance(second.pk, now=NOW).state == State.QUEUED
    assert queries.position(second) == 0
    with pytest.raises(Refused, match="only they or an operator"):
        queries.cancel(first, by=factories.actor(Role.ANALYST), now=NOW)
    queries.cancel(first, by=ana, now=NOW)
    cancelled = ended(first)
    assert (cancelled.state, cancelled.cancel_asked_by) == (State.CANCELLED, ana.name)
    assert ended(second).state == State.SUCCEEDED


def test_a_waiting_query_is_cancelled_without_its_engine(lake, ana):
    query = queries.submit(SUM, by=ana, now=NOW)
    queries.cancel(query, by=ana, now=NOW)
    assert ended(query).state == State.CANCELLED
    with pytest.raises(Refused, match="no result"):
        exports.export(Query.objects.get(pk=query.pk), "csv")


def test_a_worker_that_died_after_it_took_the_query_loses_nothing(lake, ana):
    query = queries.submit(SUM, by=ana, now=NOW)
    Query.objects.filter(pk=query.pk).update(state=State.RUNNING, started_at=NOW)
    assert ended(query).state == State.SUCCEEDED


def test_a_sheet_has_a_limit_that_is_told(lake, ana):
    query = ended(queries.submit(SUM, by=ana, now=NOW))
    query.rows = exports.MOST_EXCEL_ROWS + 1
    with pytest.raises(Refused, match="a sheet holds 1,048,575"):
        exports.export(query, "xlsx")
