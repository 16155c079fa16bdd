"""Where history was rewritten, as a grid of places and months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analytics.rules.quality.findings import Rewritten

MOST_PLACES = 30
STEPS = 4


@dataclass(frozen=True)
class Cell:
    """`step` is 0 where nothing changed, 1 to STEPS by the share that did; `told` says it in words."""

    step: int
    told: str


@dataclass(frozen=True)
class Picture:
    """The places with the most changes first, a cell for each month; `left` places with changes are not shown."""

    months: tuple[date, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    left: int


def of(rewritten: Sequence[Rewritten]) -> Picture:
    """Will draw the places in which any settled value changed."""
    months = tuple(sorted({one.month for one in rewritten}))
    changed: dict[str, int] = {}
    cells: dict[tuple[str, date], Rewritten] = {}
    for one in rewritten:
        changed[one.place] = changed.get(one.place, 0) + one.changed
        cells[one.place, one.month] = one
    places = [place for count, place in sorted(((-count, place) for place, count in changed.items() if count))]
    rows = tuple(
        (place, tuple(_cell(cells.get((place, month)), month) for month in months)) for place in places[:MOST_PLACES]
    )
    return Picture(months, rows, max(len(places) - MOST_PLACES, 0))


def _cell(one: Rewritten | None, month: date) -> Cell:
    if one is None or not one.compared:
        return Cell(0, f"{month:%B %Y}: nothing to compare")
    share = one.changed / one.compared
    step = 0 if not one.changed else min(1 + int(share * STEPS), STEPS)
    return Cell(step, f"{month:%B %Y}: {one.changed:,} of {one.compared:,} values changed")
