"""Writes a snapshot's file from checked rows. The caller moves it into place when it is whole."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from analytics.engines import schema
from analytics.rules import measures
from analytics.rules.records import Day, Place
from analytics.rules.snapshot import Snapshot


@dataclass(frozen=True)
class Label:
    """What is known of a snapshot before its rows are counted."""

    dataset: str
    revision: str
    source: str
    origin: str
    raw_digests: str
    licence: str
    population_source: str
    is_sample: bool


def spool(days: Iterable[Day], target: Path) -> None:
    """This function will write checked rows to a plain file, from which DuckDB loads them a thousand times faster."""
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(days)


def write(target: Path, daily: Path, places: Iterable[Place], label: Label, now: datetime) -> Snapshot:
    """This function will make the file `target` and give what it says of itself."""
    listed = target.with_suffix(".places.csv")
    with listed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for place in places:
            people = "\\N" if place.population is None else place.population
            writer.writerow([place.iso, place.name, place.kind, place.continent, people])
    connection = duckdb.connect(str(target), config={"threads": 2})
    try:
        connection.execute(schema.TABLES)
        connection.execute(schema.READ_PLACES, [str(listed)]).fetchall()
        connection.execute(schema.READ_DAILY, [str(daily)]).fetchall()
        compared, mismatches = connection.execute(schema.COMPARE).fetchall()[0]
        rows, place_count, first, last, negative = connection.execute(schema.EXTENT).fetchall()[0]
        profile = measures.PROFILE_2020 if negative else measures.PROFILE_2022
        imported_at = now.astimezone(UTC).replace(microsecond=0, tzinfo=None)
        row = (
            label.dataset, label.revision, label.source, label.origin, label.raw_digests, imported_at,
            rows, place_count, first, last,
            label.licence, profile.name, label.population_source, label.is_sample, compared, mismatches,
        )  # fmt: skip
        marks = ", ".join("?" for _ in (*row, schema.SCHEMA_VERSION))
        connection.execute(f"INSERT INTO snapshot VALUES ({marks})", [*row, schema.SCHEMA_VERSION])  # noqa: S608
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    return Snapshot(*row[:5], imported_at.replace(tzinfo=UTC), *row[6:])  # type: ignore[arg-type]
