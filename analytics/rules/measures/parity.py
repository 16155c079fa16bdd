"""Ours beside the published columns: what must be equal, how nearly, and why not nearer."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from analytics.rules.measures import columns
from analytics.rules.measures.catalog import MEASURES
from analytics.rules.measures.measure import ETL, OWID_2020
from analytics.rules.measures.profiles import Profile
from analytics.rules.measures.sql import is_made

# Countries whose own positive rate the file of 2020-12-17 publishes; told by their values, which no ratio gives.
OFFICIAL_RATES = ("COL", "DEU", "FRA", "MEX", "NLD", "USA")
_LACKING = "-1e300"
_NOISE = 1e-6  # of a value: what the order of summing leaves of a double


@dataclass(frozen=True)
class Comparison:
    """One measure that must agree with the published column of its name."""

    measure: str
    tolerance: float  # absolute, in the measure's unit
    why: str  # why this tolerance, and why not these places
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Excused:
    """One measure that can't agree, with the reason."""

    measure: str
    why: str


class Result(NamedTuple):
    """What the parity query says of one measure; the worst row has the largest difference."""

    measure: str
    compared: int
    mismatches: int
    only_ours: int  # rows where nothing is published and we have a value: shown, no mismatch
    iso: str | None
    date: str | None
    ours: float | None
    theirs: float | None


_RATES = "the six countries whose official rate was published are left out: no ratio of cases and tests gives it"
_ADMISSIONS = "the admissions themselves are published with 3 decimals: in a small country half of one is 0.0015"
_EXCUSED = (
    Excused("reproduction_rate", "taken over as published (Arroyo-Marioli et al., from Stan): equal by being the same"),
)


def comparisons(profile: Profile, *, has: Collection[str] | None = None) -> tuple[Comparison, ...]:
    """Will give what must be equal under this profile; only what is among the published columns `has`, if given."""
    found = [_comparison(name, profile) for name in MEASURES if _is_ours(name, profile)]
    return tuple(each for each in found if has is None or each.measure in has)


def excused(profile: Profile, *, has: Collection[str] | None = None) -> tuple[Excused, ...]:
    """Will give what can't be compared or can't agree, with the reason."""
    found = [*_EXCUSED]
    if profile.name == OWID_2020:
        found += [
            Excused(name, f"{', '.join(OFFICIAL_RATES)}: {_RATES}") for name in ("positive_rate", "tests_per_case")
        ]
    return tuple(each for each in found if has is None or each.measure in has)


def sql(profile: Profile, *, has: Collection[str]) -> str:
    """Will give the SELECT over `measures` and `published` with one row (`Result`) for each comparison.

    `has` are the columns of `published`. A place is compared on the days that both tables have.
    """
    compared = comparisons(profile, has=has)
    counted = ",\n  ".join(column for each in compared for column in _tally(each))
    rows = "\nUNION ALL ".join(_row(each) for each in compared)
    return (
        f"WITH tallied AS (\n  SELECT {counted}\n"
        "  FROM published AS p JOIN measures AS m ON m.iso = p.iso AND m.date = p.date\n)\n"
        f"SELECT * FROM (\n{rows}\n) AS listed ORDER BY mismatches DESC, measure"
    )


def _is_ours(name: str, profile: Profile) -> bool:
    # What a profile takes over as it is given has nothing to be compared with.
    return is_made(name, profile) and columns.given(name, profile) != {name}


def _comparison(name: str, profile: Profile) -> Comparison:
    if profile.name == ETL:
        return Comparison(name, _NOISE, "nothing is rounded: only the order of summing differs")
    measure = MEASURES[name]
    if name in {"positive_rate", "tests_per_case"}:
        step = 0.001 if name == "positive_rate" else 0.1
        return Comparison(name, _half(step), _RATES, OFFICIAL_RATES if profile.name == OWID_2020 else ())
    if name.startswith("weekly_") and name.endswith("admissions_per_million"):
        return Comparison(name, 0.002, _ADMISSIONS)
    if name in {"new_tests_smoothed", "new_vaccinations_smoothed", "new_people_vaccinated_smoothed"}:
        return Comparison(name, _NOISE, "whole numbers, rounded half-even on both sides")
    if measure.topic == "vaccinations" and measure.relative == "per million":
        return Comparison(name, _half(1.0), "whole numbers; a half may go either way")
    if measure.topic == "vaccinations" and measure.relative and profile.name != OWID_2020:
        return Comparison(name, _half(0.01), "2 decimals; a half may go either way")
    return Comparison(name, _half(0.001), "3 decimals; a half may go either way")


def _half(step: float) -> float:
    # Both sides are rounded to the step: where a half went another way they are a whole step apart.
    return step * 1.01


def _tally(each: Comparison) -> tuple[str, ...]:
    name, theirs, ours = each.measure, f"p.{each.measure}", f"m.{each.measure}"
    if each.without:
        listed = ", ".join(f"'{iso}'" for iso in each.without)
        theirs = f"CASE WHEN p.iso NOT IN ({listed}) THEN {theirs} END"
    bound = f"{each.tolerance:e} + {_NOISE:e} * abs({theirs})"
    # A value that we lack is further off than any number.
    off = f"CASE WHEN {theirs} IS NOT NULL THEN coalesce(abs({ours} - {theirs}), 1e300) END"
    return (
        f"count({theirs}) AS {name}_compared",
        f"count(CASE WHEN {off} > {bound} THEN 1 END) AS {name}_mismatches",
        f"count(CASE WHEN p.{name} IS NULL THEN {ours} END) AS {name}_only_ours",
        f"max_by(p.iso, {off}) AS {name}_iso",
        f"max_by(p.date, {off}) AS {name}_date",
        # A number for the value that we lack, so that it is found too: max_by passes over a NULL.
        f"max_by(coalesce(1e0 * {ours}, {_LACKING}), {off}) AS {name}_ours",
        f"max_by({theirs}, {off}) AS {name}_theirs",
    )


def _row(each: Comparison) -> str:
    name = each.measure
    return (
        f"SELECT '{name}' AS measure, {name}_compared AS compared, {name}_mismatches AS mismatches,"
        f" {name}_only_ours AS only_ours, {name}_iso AS iso, CAST({name}_date AS varchar) AS date,"
        f" nullif({name}_ours, {_LACKING}) AS ours, CAST({name}_theirs AS double) AS theirs FROM tallied"
    )
