"""The chain: every edit, removal and change of order is found and named, and the database refuses them first."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from portal.accounts.actors import MACHINE
from portal.audit import ledger
from portal.audit.models import Event
from tests import triggers
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def five_rows():
    with transaction.atomic():
        for number in range(1, 6):
            ledger.append(ledger.Entry("record", service="s", sentence=f"row {number}"), by=MACHINE, now=NOW)
    assert list(ledger.verify()) == []


@pytest.fixture
def a_hand_in_the_database(five_rows):
    triggers.lift(connection)
    yield
    triggers.put(connection)


@pytest.mark.parametrize(
    "change", [lambda: Event.objects.filter(pk=3).update(sentence="x"), lambda: Event.objects.all().delete()]
)
def test_the_database_refuses_a_change(five_rows, change):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()


def test_an_edit_is_named(a_hand_in_the_database):
    Event.objects.filter(pk=3).update(actor="Somebody else")
    assert [fault.sequence for fault in ledger.verify()] == [3]


def test_an_edit_with_a_recomputed_digest_but_no_key_is_named(a_hand_in_the_database, settings):
    event = Event.objects.get(pk=3)
    event.sentence = "nothing happened"
    key = settings.LEDGER_KEY
    settings.LEDGER_KEY = "guessed"
    event.seal = ledger.seal_of(event)
    settings.LEDGER_KEY = key
    event.save()
    assert 3 in [fault.sequence for fault in ledger.verify()]


def test_a_removed_row_is_named(a_hand_in_the_database):
    Event.objects.filter(pk=2).delete()
    faults = list(ledger.verify())
    assert faults[0].sentence == "Rows 2 to 2 were removed."


def test_rows_cut_off_at_the_end_are_named(a_hand_in_the_database):
    Event.objects.filter(pk__gte=4).delete()
    assert [fault.sentence for fault in ledger.verify()] == ["Rows 4 to 5 were removed from the end."]


def test_two_rows_that_changed_places_are_named(a_hand_in_the_database):
    second, third = Event.objects.get(pk=2), Event.objects.get(pk=3)
    Event.objects.filter(pk__in=[2, 3]).delete()
    for event, place in ((second, 3), (third, 2)):
        event.pk = place
        event.save(force_insert=True)
    assert {2, 3} <= {fault.sequence for fault in ledger.verify()}


def told_and_undone():
    with transaction.atomic():
        ledger.append(ledger.Entry("record"), by=MACHINE, now=NOW)
        raise RuntimeError("undone")


def test_an_event_stands_or_falls_with_what_it_tells_of():
    with pytest.raises(RuntimeError, match="undone"):
        told_and_undone()
    assert not Event.objects.exists()
    assert list(ledger.verify()) == []
