"""Our World in Data's file: one row for each place and day. Columns may stand in any order, and more may be there."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from analytics.rules import cells, lines
from analytics.rules.problems import Collector, DataError, Problem
from analytics.rules.records import INTERNATIONAL, Day, Place, kind_of

NEEDED = (
    "iso_code", "continent", "location", "date",
    "total_cases", "new_cases", "total_deaths", "new_deaths", "population",
)  # fmt: skip
COMPARED = ("new_cases_smoothed", "new_deaths_smoothed")
_ISO = re.compile(r"[A-Z]{3}|OWID_[A-Z0-9]{3}", re.ASCII)


class Reader:
    """Reads one file; `places` is filled while `days()` is consumed."""

    def __init__(self, rows: Iterable[bytes], *, file: str, latest: date) -> None:
        self.file = file
        self.latest = latest
        self.places: dict[str, Place] = {}
        self._rows = lines.fields(rows, file=file)
        self._problems = Collector(file)
        self._last: dict[str, tuple[int, Day]] = {}
        self._line = 1

    def days(self) -> Iterator[Day]:
        """This function will give every row that holds cases or deaths, checked, in the file's order.

        Raises DataError, naming line and column, when the file is read to its end and something is wrong in it.
        """
        headings = self._headings()
        at = {name: index for index, name in enumerate(headings)}
        seen = 0
        for line, row in self._rows:
            self._line = line
            if not row:
                continue
            seen += 1
            if len(row) != len(headings):
                few = "fewer; it may have been cut" if len(row) < len(headings) else "more"
                self._problem("", f"has {len(row)} fields where the headings have {len(headings)}: {few}")
                continue
            day = self._day({name: row[index].strip() for name, index in at.items() if name in _USED})
            if day is not None and not self._problems.count:
                yield day
        if not seen:
            self._problem("", "there are headings but no rows")
        self._problems.finish()

    def _headings(self) -> list[str]:
        _, headings = next(self._rows)
        headings = [heading.strip() for heading in headings]
        missing = [name for name in NEEDED if name not in headings]
        if missing:
            what = f"the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} {_are(missing)} missing"
            raise DataError(self.file, [Problem(1, "", what)])
        twice = sorted({name for name in headings if name in _USED and headings.count(name) > 1})
        if twice:
            raise DataError(self.file, [Problem(1, twice[0], "this heading stands twice")])
        return headings

    def _day(self, cell: dict[str, str]) -> Day | None:
        iso = cell["iso_code"] or (INTERNATIONAL if cell["location"] == "International" else "")
        if not _ISO.fullmatch(iso):
            self._problem("iso_code", f"{cells.quoted(iso)} isn't a country code of three capital letters")
            return None
        if not cell["location"]:
            self._problem("location", "the name of the place is missing")
            return None
        try:
            at = cells.day(cell["date"], latest=self.latest)
        except cells.CellError as error:
            self._problem("date", str(error))
            return None
        population = self._count(cell, "population", most=cells.MOST_PEOPLE)
        people = population or cells.MOST_PEOPLE
        day = Day(
            iso,
            at,
            # A person may be counted again after a second infection; die only once.
            self._count(cell, "total_cases", most=people * 2),
            self._count(cell, "new_cases", most=people, may_fall=True),
            self._count(cell, "total_deaths", most=people),
            self._count(cell, "new_deaths", most=people, may_fall=True),
            *(self._number(cell, name) for name in COMPARED),
        )
        self._place(iso, cell, population)
        self._compare_with_the_day_before(day)
        return None if day[2:6] == (None,) * 4 else day

    def _place(self, iso: str, cell: dict[str, str], population: int | None) -> None:
        known = self.places.get(iso)
        if known is None:
            kind = kind_of(iso, cell["continent"])
            self.places[iso] = Place(iso, cell["location"], kind, cell["continent"], population)
        elif known.name != cell["location"]:
            what = f"{iso} is {cells.quoted(cell['location'])} here and {cells.quoted(known.name)} before"
            self._problem("location", what)
        elif known.population != population:
            self._problem("population", f"{known.name} has another population here than before")

    def _compare_with_the_day_before(self, day: Day) -> None:
        line, before = self._last.get(day.iso, (0, None))
        self._last[day.iso] = (self._line, day)
        if before is not None and before.date == day.date:
            self._problem("date", f"{day.iso} has {day.date} twice, first in line {line:,}")
        elif before is not None and before.date > day.date:
            self._problem("date", f"{day.iso} goes back from {before.date} to {day.date}")
        # A negative day is a country's correction of its total. Anything else negative is a mistake.
        for name in ("cases", "deaths"):
            new, total = getattr(day, f"new_{name}"), getattr(day, f"total_{name}")
            if new is not None and new < 0:
                earlier = getattr(before, f"total_{name}", None)
                if total is None or earlier is None or total - earlier != new:
                    self._problem(f"new_{name}", f"{new} is negative, and the total doesn't fall by as much")

    def _count(self, cell: dict[str, str], name: str, *, most: int, may_fall: bool = False) -> int | None:
        try:
            return cells.count(cell[name], most=most, may_fall=may_fall)
        except cells.CellError as error:
            self._problem(name, str(error))
            return None

    def _number(self, cell: dict[str, str], name: str) -> float | None:
        try:
            return cells.number(cell.get(name, ""))
        except cells.CellError as error:
            self._problem(name, str(error))
            return None

    def _problem(self, column: str, what: str) -> None:
        self._problems.add(self._line, column, what)


_USED = frozenset((*NEEDED, *COMPARED))


def _are(names: list[str]) -> str:
    return "are" if len(names) > 1 else "is"
