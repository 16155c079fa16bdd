"""What every format becomes: places, and one row for each place and day."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

Kind = Literal["country", "continent", "world", "other"]

WORLD = "OWID_WRL"
CONTINENTS = {
    "Africa": "OWID_AFR",
    "Asia": "OWID_ASI",
    "Europe": "OWID_EUR",
    "North America": "OWID_NAM",
    "Oceania": "OWID_OCE",
    "South America": "OWID_SAM",
}
INTERNATIONAL = "OWID_INT"


@dataclass(frozen=True)
class Place:
    """A country, a continent, the world, or something else that is counted (a ship, an income group)."""

    iso: str
    name: str
    kind: Kind
    continent: str
    population: int | None


class Day(NamedTuple):
    """What one place reported on one day; `published_*` is the source's own 7-day mean, to compare with."""

    iso: str
    date: date
    total_cases: int | None
    new_cases: int | None
    total_deaths: int | None
    new_deaths: int | None
    published_cases_mean: float | None
    published_deaths_mean: float | None


def kind_of(iso: str, continent: str) -> Kind:
    """This function will tell a country from the sums that Our World in Data lists beside the countries."""
    if iso == WORLD:
        return "world"
    if iso in CONTINENTS.values():
        return "continent"
    if iso.startswith("OWID_") and not continent:
        return "other"
    return "country"
