"""Says what is wrong in a file, and in which line: for the rows that DuckDB marked, or could not read at all.

DuckDB only decides; it reads in parallel and knows rows, not lines. Here the file is read from its start, record by
record, so a line is right also after quoted line ends and empty lines. It is named by where its record begins.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from analytics.rules import cells, lines
from analytics.rules.datasets.tables import Column, Table
from analytics.rules.problems import Collector, DataError, Problem


class Record(NamedTuple):
    """One record of a file; without cells where it is none, and then `what` says why."""

    line: int
    cells: Mapping[str, str] | None
    what: str = ""


def headings(found: Sequence[str], *, file: str, table: Table) -> list[str]:
    """Will give what the columns of a file are called in the table.

    Raises DataError if a column that is needed is missing, or one stands twice.
    """
    names = table.named([name.strip() for name in found])
    missing = [column.name for column in table.columns if column.is_needed and column.name not in names]
    if missing:
        plural = "s" if len(missing) > 1 else ""
        what = f"the column{plural} {', '.join(missing)} {'are' if plural else 'is'} missing"
        raise DataError(file, [Problem(1, "", what)])
    twice = sorted(column.name for column in table.columns if names.count(column.name) > 1)
    if twice:
        raise DataError(file, [Problem(1, twice[0], "this heading stands twice")])
    return names


def of_csv(rows: Iterable[bytes], *, file: str, table: Table) -> Iterator[Record]:
    """Will give the records of a CSV file. Raises DataError for broken quotes."""
    parsed = lines.fields(rows, file=file)
    names = table.named([name.strip() for name in next(parsed)[1]])
    for line, row in parsed:
        if not row:
            continue
        if len(row) == len(names):
            yield Record(line, dict(zip(names, (cell.strip() for cell in row), strict=True)))
        else:
            few = "fewer; it may have been cut" if len(row) < len(names) else "more"
            yield Record(line, None, f"has {len(row)} fields where the headings have {len(names)}: {few}")


def of_json(rows: Iterable[bytes]) -> Iterator[Record]:
    """Will give the records of a file with a JSON object in each line."""
    for line, row in enumerate(rows, start=1):
        if not row.strip():
            continue
        try:
            found = json.loads(row)
        except ValueError as error:
            yield Record(line, None, f"isn't valid JSON ({error})")
            continue
        if isinstance(found, dict):
            yield Record(line, {name: "" if value is None else str(value).strip() for name, value in found.items()})
        else:
            yield Record(line, None, "isn't a JSON object")


def explain(
    records: Iterable[Record], marked: Collection[int], columns: Sequence[Column], *, file: str, latest: date
) -> None:
    """Will look for what is wrong: in the marked records, counted from 1, and in those that are none.

    Raises DataError with what it finds; returns where it finds nothing.
    """
    problems = Collector(file)
    number = 0
    for record in records:
        if record.cells is None:
            problems.add(record.line, "", record.what)
            continue
        number += 1
        if number not in marked:
            continue
        for column in columns:
            what = mistake(column, record.cells, latest=latest)
            if what:
                problems.add(record.line, column.name, what)
    problems.finish()


def beginnings(records: Iterable[Record], numbers: Collection[int]) -> dict[int, int]:
    """Will give the lines on which the records of these numbers begin."""
    good = (record for record in records if record.cells is not None)
    return {number: record.line for number, record in enumerate(good, start=1) if number in numbers}


def mistake(column: Column, row: Mapping[str, str], *, latest: date) -> str:
    """Will say what is wrong with a column's cell, as the second half of a sentence; "" if nothing is."""
    text = row.get(column.name, "")
    try:
        if column.kind == "day":
            return _mistaken_day(column, text, latest)
        if column.kind == "text":
            return _mistaken_text(column, text, row)
        if not text and column.must_stand:
            return "the count is missing"
        if column.kind == "number":
            cells.number(text)
        else:
            cells.count(text, may_fall=column.may_fall, most=_most(column, row))
    except cells.CellError as error:
        return str(error)
    return ""


def _mistaken_day(column: Column, text: str, latest: date) -> str:
    if text or column.must_stand:
        cells.day(text, latest=latest)
    return ""


def _mistaken_text(column: Column, text: str, row: Mapping[str, str]) -> str:
    other, lacking = column.may_lack
    if not text and (not column.must_stand or (other and row.get(other) == lacking)):
        return ""
    if not text and not column.pattern:
        return column.pattern_said or "it is missing"
    if column.pattern and not cells.fits(text, column.pattern):
        return f"{cells.quoted(text)} {column.pattern_said}"
    return ""


def _most(column: Column, row: Mapping[str, str]) -> float:
    try:
        people = cells.count(row.get("population", "")) if column.of_people else None
    except cells.CellError:
        people = None
    return people * column.of_people if people else column.most
