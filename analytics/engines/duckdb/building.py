"""Builds a snapshot's file. The caller moves it into place when it is whole."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from analytics.engines.duckdb import checking, reproduction, schema
from analytics.rules.datasets.registry import Dataset
from analytics.rules.datasets.tables import Column, Table
from analytics.rules.measures import catalog, parity, profiles
from analytics.rules.measures import sql as measures
from analytics.rules.progress import Progress
from analytics.rules.quality.watched import Watched
from analytics.rules.records import Day, Place
from analytics.rules.snapshot import Snapshot

MEMORY = "1GB"
# A row group stands in memory while it is written, and the widest table has over a hundred columns.
ROW_GROUP = 40_960
_OWN = "WHERE database_name = current_database() AND schema_name = 'main'"


@dataclass(frozen=True)
class Label:
    """What is known of a snapshot before its rows are counted."""

    revision: str
    source: str
    origin: str
    raw_digests: str
    licence: str
    population_source: str
    is_sample: bool


@dataclass(frozen=True)
class Building:
    """A file that is being filled. What doesn't fit into the memory spills into `folder`."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    progress: Progress

    def table(self, plain: Path, table: Table, *, file: str, latest: date) -> None:
        """Will add a table as its file has it. Raises DataError for a file that isn't one."""
        columns = checking.stage(self.connection, plain, file=file, table=table, latest=latest)
        listed = ", ".join(_quoted(column.name) for column in columns)
        order = ", ".join(part for part in (table.place, table.day) if part) or "row"
        self._run(f"CREATE TABLE {table.name} AS SELECT {listed} FROM staged ORDER BY {order}")
        checking.clear(self.connection)
        self._comment(table.name, table.comment, columns)

    def covid_cases(self, plain: Path, table: Table, *, file: str, latest: date) -> str:
        """Will add places, days, what was published, and the measures; gives the profile's name. Raises DataError."""
        columns = checking.stage(self.connection, plain, file=file, table=table, latest=latest)
        there = {column.name for column in columns}
        for statement in (schema.places_of(there), schema.days_of(there), schema.published_of(there)):
            self._run(statement)
        checking.clear(self.connection)
        named = {column.name: column.comment for column in columns}
        for made in ("places", "days", "published"):
            self._comment(made, schema.COMMENTS[made], [Column(n, "text", c) for n, c in named.items()])
        return self._measure(has_weekly_cases="weekly_cases" in there)

    def counted(self, days: Iterable[Day], places: Iterable[Place]) -> str:
        """Will add the same from rows that were checked elsewhere; gives the profile's name."""
        rows, listed = self.folder / "days.csv", self.folder / "places.csv"
        with rows.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(days)
        with listed.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(
                [one.iso, one.name, one.kind, one.continent, "\\N" if one.population is None else one.population]
                for one in places
            )
        self._run(schema.PLACES)
        self.connection.execute(schema.READ_PLACES, [str(listed)]).fetchall()
        self.connection.execute(schema.READ_DAYS, [str(rows)]).fetchall()
        self._run("CREATE TABLE published AS SELECT iso, date FROM days")
        for made in ("places", "days", "published"):
            self._comment(made, schema.COMMENTS[made], ())
        return self._measure(has_weekly_cases=False)

    def finish(self, dataset: Dataset, label: Label, profile: str, *, now: datetime) -> Snapshot:
        """Will write what the snapshot says of itself, and give that."""
        rows, places, first, last = self._extent(dataset.watched)
        compared, mismatches = 0, 0
        if profile:
            sums = "SELECT coalesce(sum(compared), 0)::BIGINT, coalesce(sum(mismatches), 0)::BIGINT FROM parity"
            compared, mismatches = self._run(sums)[0]
        made = Snapshot(
            dataset.name, label.revision, label.source, label.origin, label.raw_digests,
            now.astimezone(UTC).replace(microsecond=0), rows, places, first, last,
            label.licence, profile, label.population_source, label.is_sample, compared, mismatches,
        )  # fmt: skip
        row = [*astuple(replace(made, imported_at=made.imported_at.replace(tzinfo=None))), schema.SCHEMA_VERSION]
        self._run(schema.SNAPSHOT)
        marks = ", ".join("?" * len(row))
        self.connection.execute(f"INSERT INTO snapshot VALUES ({marks})", row).fetchall()
        self._comment("snapshot", schema.COMMENTS["snapshot"], ())
        self._run("CHECKPOINT")
        return made

    def export(self, into: Path) -> None:
        """Will write every table as Parquet below `into`: a file for each year where it has a date, one where not."""
        for (name,) in self._run(f"SELECT table_name FROM duckdb_tables() {_OWN} ORDER BY 1"):
            if not self._has_days(name):
                self._copy(f"SELECT * FROM {name}", into / name)
                continue
            # Year by year: a partitioned write holds a row group of every year in memory at once.
            for (year,) in self._run(f"SELECT DISTINCT year(date) FROM {name} ORDER BY 1"):
                self._copy(f"SELECT * FROM {name} WHERE year(date) = {year}", into / name / f"year={year}")

    def _measure(self, *, has_weekly_cases: bool) -> str:
        self.progress("measuring", 0, None)
        negative = self._run("SELECT bool_or(new_cases < 0 OR new_deaths < 0) FROM days")[0][0]
        profile = profiles.choose(has_negatives=bool(negative), has_weekly_cases=has_weekly_cases)
        has = self._columns("days") - {"iso", "date"}
        self._run(f"CREATE TABLE made AS {measures.wide(profile, has=has)}")
        reproduction.fill(self.connection, self.progress)
        both = "SELECT * FROM made LEFT JOIN reproduction USING (iso, date) ORDER BY iso, date"
        self._run(f"CREATE TABLE measures AS {both}")
        self._run("DROP TABLE made")
        self._run("DROP TABLE reproduction")
        self._run(schema.PARITY)
        published = self._columns("published") - {"iso", "date"}
        if parity.comparisons(profile, has=published):
            self._run(f"INSERT INTO parity {parity.sql(profile, has=published)}")
        about = [Column(one.name, "number", f"{one.label}: {one.formula}") for one in catalog.MEASURES.values()]
        self._comment("measures", schema.COMMENTS["measures"], about)
        self._comment("parity", schema.COMMENTS["parity"], ())
        return profile.name

    def _extent(self, watched: Sequence[Watched]) -> tuple[int, int, Any, Any]:
        """Rows of all tables that are compared, places of the first, the first and last day of any."""
        # Of a form whose files are known by name, some tables may not have come.
        there = [one for one in watched if self._columns(one.table)]
        facts = (
            (f"count(*), count(DISTINCT {_quoted(one.place)}), min({one.day}), max({one.day})", one) for one in there
        )
        found = [self._run(f"SELECT {asked} FROM {one.table}")[0] for asked, one in facts]
        if not found:
            sql = f"SELECT sum(estimated_size)::BIGINT FROM duckdb_tables() {_OWN}"
            return self._run(sql)[0][0], 0, None, None
        first = min((row[2] for row in found if row[2]), default=None)
        last = max((row[3] for row in found if row[3]), default=None)
        return sum(row[0] for row in found), found[0][1], first, last

    def _columns(self, table: str) -> set[str]:
        sql = f"SELECT column_name FROM duckdb_columns() {_OWN} AND table_name = ?"
        return {name for (name,) in self.connection.execute(sql, [table]).fetchall()}

    def _has_days(self, table: str) -> bool:
        sql = (
            f"SELECT 1 FROM duckdb_columns() {_OWN} AND table_name = ? AND column_name = 'date' AND data_type = 'DATE'"
        )
        return bool(self.connection.execute(sql, [table]).fetchall())

    def _comment(self, table: str, comment: str, columns: Iterable[Column]) -> None:
        there = self._columns(table)
        self._run(f"COMMENT ON TABLE {table} IS {_text(comment)}")
        for column in columns:
            if column.comment and column.name in there:
                self._run(f"COMMENT ON COLUMN {table}.{_quoted(column.name)} IS {_text(column.comment)}")

    def _copy(self, sql: str, folder: Path) -> None:
        folder.mkdir(parents=True)
        options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
        self._run(f"COPY ({sql}) TO {_text(str(folder / 'part-0.parquet'))} ({options})")

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()


@contextmanager
def begun(target: Path, progress: Progress) -> Iterator[Building]:
    """Will give a new file to fill; it is closed at the end."""
    spill = target.parent / "spill"
    spill.mkdir()
    config: dict[str, Any] = {"threads": 2, "memory_limit": MEMORY, "temp_directory": str(spill)}
    connection = duckdb.connect(str(target), config=config)
    try:
        scratch = target.parent / f"{checking.SCRATCH}.duckdb"
        connection.execute(f"ATTACH {_text(str(scratch))} AS {checking.SCRATCH}")
        yield Building(connection, target.parent, progress)
    finally:
        connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
