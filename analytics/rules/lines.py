"""From bytes to the fields of a line. What can be wrong before any column is looked at is found here."""

import codecs
import csv
from collections.abc import Iterable, Iterator
from typing import NoReturn

from analytics.rules.problems import DataError, Problem

MAX_LINE_BYTES = 1_000_000
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def checked(chunks: Iterable[bytes], *, file: str) -> Iterator[bytes]:
    """Will give a file's bytes as they are, in chunks and without a mark before the first line, once seen to be text.

    Raises DataError for an empty file, an encoding that isn't UTF-8, a NUL character, a line without an end, and a
    last line that was cut.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, since, last = 1, 0, b""
    for chunk in chunks:
        text = chunk if last else _start(chunk, file=file)
        # What is left of a character that began in the chunk before.
        held = decoder.getstate()[0]
        try:
            decoder.decode(text)
        except UnicodeDecodeError as error:
            good = (held + text)[: error.start]
            column = len(good) - good.rfind(b"\n") + (0 if b"\n" in good else since - len(held))
            _refuse(file, line + good.count(b"\n"), f"isn't UTF-8 (byte {column}); save the file as UTF-8")
        if b"\0" in text:
            number = line + text.count(b"\n", 0, text.index(b"\0"))
            _refuse(file, number, "holds a NUL character, so this isn't a text file")
        first_end = text.find(b"\n")
        if since + (len(text) if first_end < 0 else first_end) > MAX_LINE_BYTES:
            _refuse(file, line, f"is longer than {MAX_LINE_BYTES:,} bytes, so this isn't a data file")
        line += text.count(b"\n")
        since = since + len(text) if first_end < 0 else len(text) - text.rfind(b"\n") - 1
        last = chunk
        yield text
    if not last:
        _refuse(file, 1, "the file is empty")
    if not last.endswith((b"\n", b"\r")):
        _refuse(file, line, "the last line has no end, so the file may have been cut; fetch it again")


def fields(lines: Iterable[bytes], *, file: str) -> Iterator[tuple[int, list[str]]]:
    """Will give each record's fields, the headings first, and the line on which it begins.

    Raises DataError for a broken quote. The lines are of a file that was `checked`.
    """
    reader = csv.reader((line.decode("utf-8") for line in lines), strict=True)
    began = 1
    try:
        for row in reader:
            yield began, row
            began = reader.line_num + 1
    except csv.Error as error:
        _refuse(file, began, f"isn't valid CSV ({error})")


def _start(chunk: bytes, *, file: str) -> bytes:
    if chunk.startswith(_UTF16_MARKS):
        _refuse(file, 1, "the file is UTF-16, not UTF-8; save it as UTF-8")
    if chunk[:100].lstrip().lower().startswith((b"<!doctype", b"<html")):
        _refuse(file, 1, "this is a web page, not a data file; use the address of the file itself")
    return chunk.removeprefix(_UTF8_MARK)


def _refuse(file: str, number: int, what: str) -> NoReturn:
    raise DataError(file, [Problem(number, "", what)]) from None
