"""A table as data: its columns, and what is checked of them before a row is believed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analytics.rules.cells import MOST_PEOPLE

# `count` is a whole number of people, `number` any number, `day` a date written 2020-12-31.
Kind = Literal["text", "day", "count", "number"]
TYPES: dict[Kind, str] = {"text": "VARCHAR", "day": "DATE", "count": "BIGINT", "number": "DOUBLE"}
LARGEST = 1e300


@dataclass(frozen=True)
class Column:
    """One column. A count is at most `most`, and at most `of_people` times the row's population where that is known.

    A cell of a `must_stand` column is never empty, except where the other column of `may_lack` has that text. `pattern`
    is what the whole of a text looks like, `pattern_said` what is said of one that doesn't. `if_empty` is SQL for what
    an empty cell means.
    """

    name: str
    kind: Kind
    comment: str = ""
    is_needed: bool = False
    must_stand: bool = False
    may_fall: bool = False
    most: float = MOST_PEOPLE
    of_people: int = 0
    pattern: str = ""
    pattern_said: str = ""
    may_lack: tuple[str, str] = ("", "")
    if_empty: str = ""


@dataclass(frozen=True)
class Rule:
    """What more must hold of the rows. `sql` selects from `staged` what breaks it: row, column, what, and another row.

    `{line}` in what is said stands for the line of that other row, which may be NULL.
    """

    sql: str


@dataclass(frozen=True)
class Table:
    """A table with one row for each place and day. Columns may stand in any order in a file, and more may be there.

    Rows are stored in the order of `place`, which may be several columns, and `day`; as in the file if both are empty.
    `renamed` is what a heading of the file is called here; `other_forms` are the same table under other headings.
    """

    name: str
    columns: tuple[Column, ...]
    place: str = ""
    day: str = ""
    comment: str = ""
    rules: tuple[Rule, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    other_forms: tuple["Table", ...] = ()

    def form_of(self, headings: Sequence[str]) -> "Table":
        """Will give the form that a file with these headings is in: the first whose needed columns are all there."""
        for form in (self, *self.other_forms):
            there = form.named(headings)
            if all(column.name in there for column in form.columns if column.is_needed):
                return form
        return self

    def column(self, name: str) -> Column:
        """Will give the column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def named(self, headings: Sequence[str]) -> list[str]:
        """Will give what the headings of a file are called in this table."""
        renamed = dict(self.renamed)
        return [renamed.get(heading, heading) for heading in headings]

    def known(self, headings: Sequence[str]) -> list[Column]:
        """Will give the columns that stand in a file with these headings, in this table's order."""
        there = set(self.named(headings))
        return [column for column in self.columns if column.name in there]


def once(*place: str, day: str) -> Rule:
    """Will give the rule that a place, named by so many columns, has each day once."""
    keys = ", ".join((*place, day))
    told = f"concat_ws(', ', {', '.join(place)}) || ' has ' || {day} || ' twice, first in line {{line}}'"
    return Rule(
        f"SELECT max(row), '{day}', {told}, min(row) FROM staged "
        f"WHERE {place[0]} IS NOT NULL GROUP BY {keys} HAVING count(*) > 1"
    )


def in_order(place: str, day: str) -> Rule:
    """Will give the rule that a place's days rise down the file: one that goes back was mistyped."""
    # Without an order of its own this window streams over the rows as they were read, however many there are.
    before = f"lag({day}) OVER () AS before, lag({place}) OVER () AS place_before"
    told = f"{place} || ' goes back from ' || before || ' to ' || {day}"
    return Rule(
        f"SELECT row, '{day}', {told}, NULL FROM (SELECT row, {place}, {day}, {before} FROM staged) "
        f"WHERE {place} = place_before AND {day} < before"
    )
