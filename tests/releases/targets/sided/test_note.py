"""The note: what a tag can hold, and nothing else."""

import re
from datetime import UTC, datetime

import pytest

from releases.targets.sided import note as notes
from releases.targets.sided.note import Held, Move, Note, NoteError, Phase, Side

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
# The characters that a load balancer takes in a tag's value (ELBv2 API reference, Tag).
ALLOWED = re.compile(r"[A-Za-z0-9 _.:/=+\-@]*")


@pytest.mark.parametrize(
    "note",
    [
        Note(),
        Note(Side.A, 30, {Side.A: Held("shop-1", "0" * 12, Phase.FINISHED)}),
        Note(Side.B, 0, {Side.A: Held("shop-2", "ab", Phase.WARM)}, Move(100, AT, "C123", AT)),
        Note(None, 100, {Side.B: Held("x", "y")}, Move(0, AT)),
    ],
)
def test_a_note_is_read_as_it_was_written(note):
    assert notes.read(notes.write(note)) == note


def test_the_longest_note_fits_into_a_tag():
    held = Held(notes.mark_of("x" * 48), "f" * 12, Phase.FINISHED)
    longest = notes.write(Note(Side.A, 100, {Side.A: held, Side.B: held}, Move(100, AT, "C" * 32, AT)))
    assert len(longest) <= 256
    assert ALLOWED.fullmatch(longest)


@pytest.mark.parametrize("token", ["x" * 49, "a b", "a@b", "ä", "a:b=c"])
def test_a_token_that_a_tag_can_not_hold_is_marked_otherwise(token):
    assert ALLOWED.fullmatch(notes.mark_of(token))
    assert notes.mark_of(token) != token
    note = Note(Side.A, 0, {Side.B: Held(notes.mark_of(token), "0")})
    assert notes.read(notes.write(note)).side_of(token) is Side.B


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "v=2 blue=a share=0",
        "v=1 blue=c share=0",
        "v=1 blue=a share=101",
        "v=1 blue=a",
        "v=1 blue=a share=0 a=x",
    ],
)
def test_what_somebody_else_wrote_is_refused(text):
    with pytest.raises(NoteError):
        notes.read(text)


def test_a_move_is_never_taken_for_older_than_it_is():
    late = Note(Side.A, 30, {}, Move(0, AT.replace(microsecond=1)))
    assert notes.read(notes.write(late)).move.at > late.move.at
