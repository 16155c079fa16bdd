"""`manage.py ledger`: what was edited, removed or reordered is found and named."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.actors import MACHINE
from portal.audit import ledger
from portal.audit.models import Event, Head
from tests import factories, triggers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rows(db: None) -> None:
    for number in range(1, 7):
        entry = ledger.Entry("lock" if number % 2 else "open", service="shop", sentence=f"Row {number}, ü")
        ledger.append(entry, by=MACHINE, now=factories.NOW)


def say(*words: str) -> str:
    out = io.StringIO()
    call_command("ledger", *words, stdout=out)
    return out.getvalue()


def faults(forge: str) -> list[str]:
    """Who has the database lifts the triggers first; the chain still tells."""
    triggers.lift(connection)
    try:
        with connection.cursor() as cursor:
            for statement in forge.split(";"):
                cursor.execute(statement)
    finally:
        triggers.put(connection)
    out = io.StringIO()
    with pytest.raises(CommandError, match="The ledger is not as it was written") as raised:
        call_command("ledger", "verify", stdout=out)
    assert raised.value.returncode == 1
    return out.getvalue().splitlines()


def test_an_untouched_ledger_is_as_it_was_written() -> None:
    assert say("verify") == "All 6 rows of the ledger are as they were written.\n"


def test_an_edited_row_is_named() -> None:
    assert faults("UPDATE audit_event SET sentence = 'nothing' WHERE sequence = 3") == [
        "Row 3 (lock by Verdigris) was edited."
    ]


def test_removed_rows_are_named() -> None:
    told = faults("DELETE FROM audit_event WHERE sequence IN (3, 4)")
    assert told == ["Rows 3 to 4 were removed."]


def test_rows_cut_off_at_the_end_are_named() -> None:
    assert faults("DELETE FROM audit_event WHERE sequence > 4") == ["Rows 5 to 6 were removed from the end."]


def test_rows_cut_off_at_the_start_are_named() -> None:
    assert faults("DELETE FROM audit_event WHERE sequence < 3") == ["Rows 1 to 2 were removed."]


def test_reordered_rows_are_named() -> None:
    swap = "UPDATE audit_event SET sequence = {} WHERE sequence = {}"
    told = faults(";".join(swap.format(*pair) for pair in ((99, 2), (2, 3), (3, 99))))
    assert {word for line in told for word in ("Row 2", "Row 3") if word in line} == {"Row 2", "Row 3"}


def test_rows_added_past_the_end_are_named() -> None:
    copied = "actor, actor_kind, at, verb, service, environment, release, from_state, to_state, reason, sentence"
    told = faults(
        f"INSERT INTO audit_event (sequence, previous_seal, seal, {copied}) "  # noqa: S608 - nothing of it is given
        f"SELECT 7, seal, seal, {copied} FROM audit_event WHERE sequence = 6"
    )
    assert told == ["Rows 7 to 7 were added past the end."]


def test_a_walk_locks_nobody_out() -> None:
    with CaptureQueriesContext(connection) as queries:
        say("verify")
    assert not [query["sql"] for query in queries if query["sql"].startswith(("BEGIN", "SAVEPOINT", "UPDATE"))]


def test_a_forged_end_is_named() -> None:
    Head.objects.update(seal="0" * 64)
    with pytest.raises(CommandError):
        say("verify")


def test_an_export_carries_every_row_and_seal(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in say("export").splitlines()]
    assert [row["sequence"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["seal"] for row in rows] == list(Event.objects.values_list("seal", flat=True))
    file = tmp_path / "ledger.csv"
    say("export", "--format", "csv", "--verb", "lock", "--output", str(file))
    assert len(file.read_text().splitlines()) == 4
    with pytest.raises(CommandError, match="Nothing was exported") as raised:
        say("export", "--output", str(file))
    assert raised.value.returncode == 2


def test_the_tail_shows_the_newest_rows_last() -> None:
    told = say("tail", "--count", "2").splitlines()
    assert [line.split()[0] for line in told] == ["5", "6"]
    assert "Verdigris: open · shop · Row 6, ü" in told[-1]
    assert say("tail", "--service", "moon") == ""
