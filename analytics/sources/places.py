"""Countries' codes, continents and rounded populations, for the sample and for data that has none (Johns Hopkins).

Populations: thousands in 2020, rounded, after the UN's World Population Prospects 2019. Names and codes are those of
Our World in Data, so that a country keeps its address whichever data is served.
"""

import csv
import re
import unicodedata
from functools import cache
from pathlib import Path

from analytics.rules.records import WORLD, Place

POPULATION_SOURCE = "UN World Population Prospects 2019, rounded"
WORLD_POPULATION = 7_795_000_000


@cache
def known() -> dict[str, Place]:
    """This function will give every known country by its name, and by the one that Johns Hopkins uses for it."""
    places: dict[str, Place] = {}
    with (Path(__file__).parent / "places.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            people = int(float(row["population_thousands"]) * 1000)
            place = Place(row["iso"], row["name"], "country", row["continent"], people)
            places |= {place.name: place, row["jhu_name"] or place.name: place}
    return places


def populations() -> dict[str, int]:
    """This function will give the known populations by the country's name."""
    return {name: place.population for name, place in known().items() if place.population}


def world(population: int = WORLD_POPULATION) -> Place:
    """This function will give the world as a place."""
    return Place(WORLD, "World", "world", "", population)


def named(name: str) -> Place:
    """This function will give the country of that name; a ship, or games, becomes a place of its own without people."""
    if name in known():
        return known()[name]
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    letters = re.sub(r"[^A-Z0-9]", "", plain.upper())
    return Place(f"X_{letters[:40] or 'UNNAMED'}", name, "other", "", None)
