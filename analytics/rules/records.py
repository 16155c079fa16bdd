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
    """What one place reported on one day."""

    iso: str
    date: date
    total_cases: int | None
    new_cases: int | None
    total_deaths: int | None
    new_deaths: int | None
