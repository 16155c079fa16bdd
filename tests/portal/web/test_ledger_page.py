"""The ledger's page: search that stays fast, an export that streams, a check of the chain."""

import csv
import json

import pytest
from django.db import connection, transaction
from django.http import StreamingHttpResponse
from django.test.utils import CaptureQueriesContext

from portal.accounts.actors import MACHINE, Actor, ActorKind
from portal.audit import ledger, selectors
from portal.audit.models import Event
from portal.audit.selectors import Filters
from tests import triggers
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ANN = Actor("Ann", ActorKind.PERSON)


def write(number, *, by=MACHINE, **known):
    with transaction.atomic():
        for index in range(number):
            entry = {"verb": "record", "service": "shop", "sentence": f"row {index}", **known}
            ledger.append(ledger.Entry(**entry), by=by, now=NOW)


def text_of(client, **search):
    return client.get("/ledger/", search).content.decode()


def test_it_is_searched_by_each_field_and_by_words(viewer):
    write(2)
    write(1, by=ANN, verb="lock", service="bank", environment="production", sentence="Inventory at the counter")
    write(1, verb="start", rollout_id=77, sentence="As planned.")
    for search in (
        {"actor": "Ann"},
        {"verb": "lock"},
        {"service": "bank"},
        {"environment": "production"},
        {"service": "bank", "environment": "production", "verb": "lock"},
        {"text": "the counter"},
        {"text": "COUNTER", "actor": "Ann"},
    ):
        text = text_of(viewer, **search)
        assert "Inventory at the counter" in text, search
        assert "row 0" not in text, search
    assert "rollouts/77/" in text_of(viewer, rollout_id=77)
    assert "Nothing matches" in text_of(viewer, actor="Nobody")


def test_it_goes_on_by_sequence(viewer):
    write(120)
    seen, before = [], None
    while True:
        page = selectors.page(Filters(), before=before)
        seen += [event.sequence for event in page.events]
        before = page.before
        if before is None:
            break
    assert seen == list(range(120, 0, -1))


@pytest.mark.parametrize(
    "search", [{"rollout_id": "x"}, {"rollout_id": "0"}, {"before": "x"}, {"verb": "\0"}, {"actor": "a" * 999}]
)
def test_what_can_not_be_searched_for_breaks_nothing(viewer, search):
    assert viewer.get("/ledger/", search).status_code == 200


def test_a_search_without_an_index_looks_at_a_window_and_goes_on():
    write(30)
    write(1, service="bank", sentence="needle")
    write(30)
    page, steps = selectors.page(Filters(text="needle"), window=20), 0
    while not page.events:
        assert page.looked_back_to is not None
        page, steps = selectors.page(Filters(text="needle"), before=page.before, window=20), steps + 1
    assert (page.events[0].sequence, steps) == (31, 1)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan is worded by SQLite")
@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(), "sqlite_autoindex_audit_event_1"),
        (Filters(actor="a"), "event_of_actor"),
        (Filters(verb="v"), "event_of_verb"),
        (Filters(rollout_id=1), "event_of_rollout"),
        (Filters(service="s", environment="e"), "event_of_environment"),
    ],
)
def test_exact_searches_walk_their_index_in_order(filters, index):
    plan = selectors.matching(filters).order_by("-sequence").explain()
    assert "TEMP B-TREE" not in plan
    assert index in plan


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan is worded by SQLite")
def test_a_window_is_found_by_the_key_alone():
    with CaptureQueriesContext(connection) as seen:
        selectors.page(Filters(service="s", verb="v", text="x"))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {seen.captured_queries[-1]['sql']}")
        plan = " ".join(row[3] for row in cursor.fetchall())
    assert "sqlite_autoindex_audit_event_1 (sequence>? AND sequence<?)" in plan
    assert "TEMP B-TREE" not in plan


def test_export_streams_every_match_with_its_seal(viewer):
    write(20)
    write(3, by=ANN, sentence="=cmd()")
    answer = viewer.get("/ledger/export/jsonl/")
    assert isinstance(answer, StreamingHttpResponse)
    rows = [json.loads(line) for line in answer.getvalue().decode().splitlines()]
    assert [row["sequence"] for row in rows] == list(range(1, 24))
    assert rows[-1]["seal"] == Event.objects.get(pk=23).seal
    table = list(csv.DictReader(viewer.get("/ledger/export/csv/?actor=Ann").getvalue().decode().splitlines()))
    assert [row["sentence"] for row in table] == ["'=cmd()"] * 3


@pytest.mark.parametrize("chunk", [1, 7, 20, 50])
def test_export_loses_nothing_between_chunks(chunk):
    write(20)
    assert [event.sequence for event in selectors.export(Filters(), chunk=chunk)] == list(range(1, 21))


def test_export_holds_one_chunk_at_a_time():
    write(20)
    rows = selectors.export(Filters(), chunk=5)
    with CaptureQueriesContext(connection) as seen:
        next(rows)
    assert len(seen) == 2  # the end, and the first chunk


def test_there_are_two_kinds_of_export(viewer):
    assert viewer.get("/ledger/export/xlsx/").status_code == 404


def test_the_chain_is_verified_by_a_button(viewer):
    write(3)
    assert "All 3 rows are as they were written" in viewer.post("/ledger/verify/").content.decode()
    assert viewer.get("/ledger/verify/").status_code == 405
    triggers.lift(connection)
    Event.objects.filter(pk=2).update(sentence="nothing")
    triggers.put(connection)
    assert "Row 2 (record by Verdigris) was edited." in viewer.post("/ledger/verify/").content.decode()
