"""One cell of a data file: a date, a count, a number. Each function gives the value or says what is wrong."""

import re
from datetime import date

# The world's people, with room to grow: nothing that is counted here can be more.
MOST_PEOPLE = 9_000_000_000
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
FIRST_DAY = date(2019, 12, 1)


class CellError(ValueError):
    """What is wrong with a cell, as the second half of a sentence."""


def quoted(text: str) -> str:
    """Will put a cell's text in quotation marks, shortened so that a message stays readable."""
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def fits(text: str, pattern: str) -> bool:
    """Will say whether the whole of a text looks like the pattern."""
    return re.fullmatch(pattern, text, re.ASCII) is not None


def number(text: str) -> float | None:
    """Will read a number, None for an empty cell.

    Raises CellError for anything else, also for the words Python would take: nan, inf, 1_000.
    """
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise CellError(f"{quoted(text)} isn't a number")
    return float(text)


def count(text: str, *, may_fall: bool = False, most: float = MOST_PEOPLE) -> int | None:
    """Will read a whole number of people, None for an empty cell.

    Raises CellError for a fraction, for a negative one unless it `may_fall`, and for more than `most`.
    """
    value = number(text)
    if value is None:
        return None
    if value < 0 and not may_fall:
        raise CellError(f"{quoted(text)} is negative")
    if abs(value) > most:
        raise CellError(f"{quoted(text)} is more than the {most:,.0f} that are possible there")
    if value != int(value):
        raise CellError(f"{quoted(text)} isn't a whole number")
    return int(value)


def day(text: str, *, latest: date) -> date:
    """Will read a date written 2020-12-31.

    Raises CellError for another form, a day that doesn't exist, and one before December 2019 or after `latest`.
    """
    if not _ISO_DATE.fullmatch(text):
        raise CellError(f"{quoted(text)} isn't a date like 2020-12-31" if text else "the date is missing")
    try:
        value = date.fromisoformat(text)
    except ValueError:
        raise CellError(f"{quoted(text)} is a day that doesn't exist") from None
    return within(value, text, latest=latest)


def within(value: date, text: str, *, latest: date) -> date:
    """Will give the date back if it lies between the pandemic's start and `latest`.

    Raises CellError if not.
    """
    if value < FIRST_DAY:
        raise CellError(f"{quoted(text)} lies before the pandemic")
    if value > latest:
        raise CellError(f"{quoted(text)} lies in the future")
    return value
