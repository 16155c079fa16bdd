"""What a comparison found, in numbers, and what is to be thought of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

# The newest days are still being reported: that they change is no rewriting of history.
SETTLED_DAYS = 14
MOST_REWRITTEN_PERCENT = 1.0
# A place that loses more of a column's values than this, and at least a week of them, lost them by mistake.
MOST_LOST_PERCENT = 10.0
LEAST_LOST = 7
MOST_NAMED = 3


@dataclass(frozen=True)
class Named:
    """A count that belongs to a name: rows of a place, changed values of a column."""

    name: str
    blue: int
    green: int


@dataclass(frozen=True)
class Rewritten:
    """How many settled values of a place changed in a month, of how many that both snapshots have."""

    place: str
    month: date
    changed: int
    compared: int


@dataclass(frozen=True)
class Facts:
    """The numbers of one comparison; lists hold the largest differences first. Dates are None for an empty table."""

    columns_gone: tuple[str, ...] = ()
    columns_new: tuple[str, ...] = ()
    types_changed: tuple[str, ...] = ()
    rows_blue: int = 0
    rows_green: int = 0
    places_gone: tuple[str, ...] = ()
    places_shorter: tuple[Named, ...] = ()
    last_blue: date | None = None
    last_green: date | None = None
    lost: tuple[Named, ...] = ()
    impossible: tuple[Named, ...] = ()
    rewritten: tuple[Rewritten, ...] = ()
    compared: int = 0
    parity_compared: int = 0
    parity_mismatches: int = 0
    has_blue: bool = True
    tables: tuple[str, ...] = field(default_factory=tuple)

    @property
    def changed(self) -> int:
        """How many settled values both snapshots have, and differ in."""
        return sum(one.changed for one in self.rewritten)


@dataclass(frozen=True)
class Check:
    """One thing that was compared. `sentence` has no full stop."""

    code: str
    sentence: str
    is_good: bool


def judge(facts: Facts) -> tuple[Check, ...]:
    """Will say of each thing that is compared how green does against blue; of the first snapshot only what it is."""
    checks = [_impossible(facts), *_parity(facts)]
    if facts.has_blue:
        checks = [_schema(facts), _rows(facts), _freshness(facts), _nulls(facts), *checks, _history(facts)]
    elif facts.last_green is not None:
        told = f"The first snapshot: {facts.rows_green:,} rows to {facts.last_green}"
        checks.insert(0, Check("rows", told, is_good=facts.rows_green > 0))
    return tuple(checks)


def _schema(facts: Facts) -> Check:
    wrong = [f"{', '.join(facts.columns_gone)} gone"] if facts.columns_gone else []
    wrong += [f"{', '.join(facts.types_changed)} of another type"] if facts.types_changed else []
    if wrong:
        return Check("schema", f"The columns are not those of blue: {'; '.join(wrong)}", is_good=False)
    new = f", and {', '.join(facts.columns_new)} new" if facts.columns_new else ""
    return Check("schema", f"All columns of blue are there with their types{new}", is_good=True)


def _rows(facts: Facts) -> Check:
    if facts.places_gone:
        gone = _listed(facts.places_gone)
        return Check("rows", f"{_places(facts.places_gone)} of blue gone: {gone}", is_good=False)
    if facts.places_shorter:
        worst = _listed([f"{one.name} ({one.green:,} of {one.blue:,})" for one in facts.places_shorter])
        told = f"{_places(facts.places_shorter)} with fewer rows than in blue: {worst}"
        return Check("rows", told, is_good=False)
    more = facts.rows_green - facts.rows_blue
    return Check("rows", f"{facts.rows_green:,} rows, {more:,} more than blue; no place has fewer", is_good=True)


def _places(found: tuple[object, ...]) -> str:
    return "1 place" if len(found) == 1 else f"{len(found)} places"


def _freshness(facts: Facts) -> Check:
    if facts.last_green is None:
        return Check("freshness", "Green has no row", is_good=False)
    if facts.last_blue is not None and facts.last_green < facts.last_blue:
        told = f"Green ends on {facts.last_green}, before blue ({facts.last_blue})"
        return Check("freshness", told, is_good=False)
    return Check("freshness", f"Green ends on {facts.last_green}, blue on {facts.last_blue or 'no day'}", is_good=True)


def _nulls(facts: Facts) -> Check:
    def is_much(one: Named) -> bool:
        lost = one.blue - one.green
        return lost >= LEAST_LOST and 100 * lost > MOST_LOST_PERCENT * one.blue

    much = [f"{one.name} ({one.green:,} of {one.blue:,} left)" for one in facts.lost if is_much(one)]
    if much:
        return Check("nulls", f"Values that blue has are missing: {_listed(much)}", is_good=False)
    few = sum(one.blue - one.green for one in facts.lost)
    told = f"{few:,} single values of blue are missing" if few else "No value that blue has is missing"
    return Check("nulls", told, is_good=True)


def _impossible(facts: Facts) -> Check:
    more = [one for one in facts.impossible if one.green > one.blue]
    known = sum(one.green for one in facts.impossible)
    if not facts.has_blue:
        told = f"{known:,} impossible values" if known else "No impossible value"
        return Check("impossible", told, is_good=True)
    if more:
        worst = _listed([f"{one.name} ({one.green:,}, blue {one.blue:,})" for one in more])
        return Check("impossible", f"Impossible values that blue doesn't have: {worst}", is_good=False)
    told = f"{known:,} impossible values, no more than in blue" if known else "No impossible value"
    return Check("impossible", told, is_good=True)


def _history(facts: Facts) -> Check:
    if not facts.compared:
        return Check("history", "There is no settled day to compare", is_good=True)
    percent = 100 * facts.changed / facts.compared
    told = f"{facts.changed:,} of {facts.compared:,} values older than {SETTLED_DAYS} days changed ({percent:.3g} %)"
    if facts.changed:
        told += f", most in {_listed(_most_rewritten(facts))}"
    return Check("history", told, is_good=percent <= MOST_REWRITTEN_PERCENT)


def _most_rewritten(facts: Facts) -> list[str]:
    by_place: dict[str, int] = {}
    for one in facts.rewritten:
        by_place[one.place] = by_place.get(one.place, 0) + one.changed
    ranked = sorted(((changed, place) for place, changed in by_place.items() if changed), reverse=True)
    return [f"{place} ({changed:,})" for changed, place in ranked]


def _parity(facts: Facts) -> Iterator[Check]:
    if not facts.parity_compared:
        return
    told = f"{facts.parity_mismatches:,} of {facts.parity_compared:,} published values differ from ours"
    yield Check("parity", told, is_good=facts.parity_mismatches == 0)


def _listed(names: list[str] | tuple[str, ...]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
