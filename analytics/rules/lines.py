"""From bytes to the fields of a line. What can be wrong before any column is looked at is found here."""

import csv
from collections.abc import Iterable, Iterator
from typing import NoReturn

from analytics.rules.problems import DataError, Problem

MAX_LINE_BYTES = 1_000_000
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def fields(lines: Iterable[bytes], *, file: str) -> Iterator[tuple[int, list[str]]]:
    """This function will give each line's number and fields, the headings first.

    Raises DataError for an empty file, an encoding that isn't UTF-8, a broken quote, and a last line that was cut.
    """
    reader = csv.reader(_decoded(lines, file=file), strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        _refuse(file, reader.line_num, f"isn't valid CSV ({error})")


def _decoded(lines: Iterable[bytes], *, file: str) -> Iterator[str]:
    number, last = 0, b""
    for number, line in enumerate(lines, start=1):
        last = line
        if len(line) > MAX_LINE_BYTES:
            _refuse(file, number, f"is longer than {MAX_LINE_BYTES:,} bytes, so this isn't a data file")
        if number == 1:
            line = _without_mark(line, file=file)  # noqa: PLW2901  # the mark is no part of the first heading
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            _refuse(file, number, f"isn't UTF-8 (byte {error.start + 1}); save the file as UTF-8")
        if "\0" in text:
            _refuse(file, number, "holds a NUL character, so this isn't a text file")
        yield text
    if number == 0:
        _refuse(file, 1, "the file is empty")
    if not last.endswith((b"\n", b"\r")):
        _refuse(file, number, "the last line has no end, so the file may have been cut; fetch it again")


def _without_mark(line: bytes, *, file: str) -> bytes:
    if line.startswith(_UTF16_MARKS):
        _refuse(file, 1, "the file is UTF-16, not UTF-8; save it as UTF-8")
    if line.lstrip().lower().startswith((b"<!doctype", b"<html")):
        _refuse(file, 1, "this is a web page, not a data file; use the address of the file itself")
    return line.removeprefix(_UTF8_MARK)


def _refuse(file: str, number: int, what: str) -> NoReturn:
    raise DataError(file, [Problem(number, "", what)]) from None
