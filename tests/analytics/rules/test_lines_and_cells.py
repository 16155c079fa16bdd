"""Bytes to lines, text to values: whatever comes in, only a value or a clear refusal comes out."""

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rules import cells, lines
from analytics.rules.problems import COUNTED, Collector, DataError

LATEST = date(2026, 11, 23)


def read(content, size=7):
    """Will read bytes as an import does; in small chunks, so that characters and line ends fall between two."""
    chunks = (content[at : at + size] for at in range(0, len(content), size))
    text = b"".join(lines.checked(chunks, file="x.csv"))
    return list(lines.fields(io.BytesIO(text), file="x.csv"))


def refusal(content, size=7):
    with pytest.raises(DataError) as caught:
        read(content, size)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Line 1: the file is empty."),
        (b"a,b\n1,caf\xe9\n", "Line 2: isn't UTF-8 (byte 6)"),
        ("a,b\n".encode("utf-16"), "Line 1: the file is UTF-16"),
        (b"<!DOCTYPE html>\n<html>\n", "Line 1: this is a web page"),
        (b"a,b\n1,2\n1,", "Line 3: the last line has no end, so the file may have been cut"),
        (b'a,b\n1,"2\n', "Line 2: isn't valid CSV"),
        (b"a,b\n1,\x00\n", "Line 2: holds a NUL character"),
        (b"a" * (lines.MAX_LINE_BYTES + 1) + b"\n", "Line 1: is longer than"),
    ],
)
def test_a_file_that_is_no_text_table_is_refused_with_its_line(content, said):
    for size in (11, 1_000_000):
        assert said in refusal(content, size)


def test_a_mark_at_the_start_and_windows_line_ends_are_read():
    content = "\ufeffa,b\r\n1,2\r\n".encode()
    assert read(content) == [(1, ["a", "b"]), (2, ["1", "2"])]


def test_a_record_is_named_by_the_line_it_begins_on():
    assert read(b'a,b\n1,"2\n3"\n\n4,5\n') == [(1, ["a", "b"]), (2, ["1", "2\n3"]), (4, []), (5, ["4", "5"])]


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_a_refusal(content):
    try:
        for number, row in read(content):
            assert number >= 1
            assert all(isinstance(field, str) for field in row)
    except DataError:
        return


@given(st.text(max_size=20))
def test_any_text_is_a_count_within_bounds_or_refused(text):
    try:
        value = cells.count(text)
    except cells.CellError:
        return
    assert value is None or 0 <= value <= cells.MOST_PEOPLE


@given(st.integers(0, cells.MOST_PEOPLE))
def test_every_count_is_read_as_it_was_written(value):
    assert cells.count(str(value)) == cells.count(f"{value}.0") == value


@pytest.mark.parametrize(
    "text", ["nan", "inf", "1_000", "1,000", "٣", "0x10", "-1", "1.5", "1e999", "99999999999", " "]
)
def test_what_python_would_take_as_a_number_but_no_count_is(text):
    with pytest.raises(cells.CellError):
        cells.count(text)


@given(st.dates(cells.FIRST_DAY, LATEST))
def test_every_day_of_the_pandemic_is_read_as_it_was_written(value):
    assert cells.day(value.isoformat(), latest=LATEST) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing"),
        ("20210101", "isn't a date"),
        ("2021-1-1", "isn't a date"),
        ("01.02.2021", "isn't a date"),
        ("2021-02-30", "doesn't exist"),
        ("1999-01-01", "before the pandemic"),
        ("2026-11-24", "in the future"),
    ],
)
def test_a_broken_date_is_refused(text, said):
    with pytest.raises(cells.CellError, match=said):
        cells.day(text, latest=LATEST)


def test_a_file_that_is_wrong_throughout_is_given_up():
    problems = Collector("x.csv")
    for number in range(1, COUNTED):
        problems.add(number, "a", "is wrong")
    with pytest.raises(DataError, match=r"has 1,000 mistakes or more\. Line 1, column a: is wrong"):
        problems.add(COUNTED, "a", "is wrong")
