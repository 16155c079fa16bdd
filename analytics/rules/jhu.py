"""Johns Hopkins' two time series: one row for each region, one column for each day, totals that go on rising."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.rules import cells, lines
from analytics.rules.problems import Collector, DataError, Problem
from analytics.rules.records import WORLD, Day, Place

FIXED = ("Province/State", "Country/Region", "Lat", "Long")
_HEADING = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{2}|20[0-9]{2})", re.ASCII)


@dataclass(frozen=True)
class Series:
    """One file: its days, and for each country the sum of its regions' totals; `regions` as the file lists them."""

    file: str
    days: tuple[date, ...]
    totals: Mapping[str, list[int]]
    regions: tuple[tuple[str, str], ...]


def read(rows: Iterable[bytes], *, file: str, latest: date, people: Mapping[str, int]) -> Series:
    """Will read one of the two files and add up the regions of each country.

    `people` are the populations that are known, by the country's name: no count can be far above them.

    Raises DataError, naming line and column, for anything that isn't such a file.
    """
    problems = Collector(file)
    parsed = lines.fields(rows, file=file)
    _, headings = next(parsed)
    days = _days([heading.strip() for heading in headings], file=file, latest=latest)
    totals: dict[str, list[int]] = {}
    seen: dict[tuple[str, str], int] = {}
    for line, row in parsed:
        if not row:
            continue
        if len(row) != len(headings):
            few = "fewer; it may have been cut" if len(row) < len(headings) else "more"
            problems.add(line, "", f"has {len(row)} fields where the headings have {len(headings)}: {few}")
            continue
        region = (row[0].strip(), row[1].strip())
        if not region[1]:
            problems.add(line, FIXED[1], "the name of the country is missing")
            continue
        if region in seen:
            problems.add(line, FIXED[1], f"{region[1]} {region[0]} stands twice, first in line {seen[region]:,}")
        seen[region] = line
        counts = _counts(row, headings, line, people.get(region[1], cells.MOST_PEOPLE), problems)
        before = totals.get(region[1])
        totals[region[1]] = counts if before is None else [a + b for a, b in zip(before, counts, strict=True)]
    if not seen:
        problems.add(1, "", "there are headings but no rows")
    problems.finish()
    return Series(file, days, totals, tuple(sorted(seen)))


def _days(headings: list[str], *, file: str, latest: date) -> tuple[date, ...]:
    missing = [name for name, found in zip(FIXED, [*headings, "", "", "", ""], strict=False) if name != found]
    if missing:
        raise DataError(
            file, [Problem(1, "", f"the first columns must be {', '.join(FIXED)}; {missing[0]} is missing")]
        )
    days: list[date] = []
    for index, heading in enumerate(headings[len(FIXED) :], start=len(FIXED) + 1):
        try:
            day = _day(heading, latest=latest)
        except cells.CellError as error:
            raise DataError(file, [Problem(1, f"{index}", str(error))]) from None
        if days and day != days[-1] + timedelta(days=1):
            raise DataError(file, [Problem(1, heading, f"this isn't the day after {days[-1]}")])
        days.append(day)
    if not days:
        raise DataError(file, [Problem(1, "", "there is no column of a day")])
    return tuple(days)


def _day(heading: str, *, latest: date) -> date:
    match = _HEADING.fullmatch(heading)
    if not match:
        raise cells.CellError(f"the heading {cells.quoted(heading)} isn't a day like 12/31/20")
    month, day, year = (int(part) for part in match.groups())
    try:
        value = date(2000 + year % 100, month, day)
    except ValueError:
        raise cells.CellError(f"the heading {cells.quoted(heading)} is a day that doesn't exist") from None
    return cells.within(value, heading, latest=latest)


def _counts(row: list[str], headings: list[str], line: int, people: int, problems: Collector) -> list[int]:
    counts = []
    for index in range(len(FIXED), len(row)):
        try:
            value = cells.count(row[index].strip(), most=people * 2)
            if value is None:
                problems.add(line, headings[index], "the count is missing")
        except cells.CellError as error:
            problems.add(line, headings[index], str(error))
            value = None
        counts.append(value or 0)
    return counts


def check_pair(cases: Series, deaths: Series) -> None:
    """Will make sure that both files cover the same days and regions.

    Raises DataError if not: one of them is then older, or cut.
    """
    if cases.days != deaths.days:
        what = f"ends on {deaths.days[-1]}, {cases.file} on {cases.days[-1]}: they must cover the same days"
        raise DataError(deaths.file, [Problem(1, "", what)])
    differing = sorted(set(cases.regions) ^ set(deaths.regions))
    if differing:
        name = " ".join(part for part in reversed(differing[0]) if part)
        what = f"the two files list different regions ({name} is only in one): one may have been cut"
        raise DataError(deaths.file, [Problem(len(deaths.regions) + 1, "", what)])


def days(cases: Series, deaths: Series, places: Mapping[str, Place]) -> Iterator[Day]:
    """Will give a row for each place and day, and for the world as the sum of them all.

    A day on which the total falls has no new count (profile owid-jhu-2022).
    """
    everything = [(places[name].iso, total, deaths.totals[name]) for name, total in cases.totals.items()]
    world_cases = [sum(column) for column in zip(*cases.totals.values(), strict=True)]
    world_deaths = [sum(column) for column in zip(*deaths.totals.values(), strict=True)]
    for iso, total_cases, total_deaths in [*everything, (WORLD, world_cases, world_deaths)]:
        for index, day in enumerate(cases.days):
            new_cases, new_deaths = _rise(total_cases, index), _rise(total_deaths, index)
            yield Day(iso, day, total_cases[index], new_cases, total_deaths[index], new_deaths)


def _rise(totals: list[int], index: int) -> int | None:
    if index == 0:
        return None
    rise = totals[index] - totals[index - 1]
    return rise if rise >= 0 else None
