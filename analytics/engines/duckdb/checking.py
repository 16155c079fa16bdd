"""Reads a plain CSV or JSON lines file into the typed view `staged`, or says by line and column what is wrong with it.

DuckDB reads every cell as text, casts it and marks the rows in which something is wrong, in one parallel pass over the
file; nothing is held in this process, so a file may be larger than the memory. Only when a row is marked is the file
read a second time, to say what and where (rules.datasets.mistakes).
"""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from analytics.rules.cells import FIRST_DAY
from analytics.rules.datasets import mistakes
from analytics.rules.datasets.mistakes import Record
from analytics.rules.datasets.tables import LARGEST, TYPES, Column, Table
from analytics.rules.lines import MAX_LINE_BYTES
from analytics.rules.problems import COUNTED, DataError, Problem

# What the file is read into lies in a database of its own, which is thrown away: a table that was dropped would leave
# its room empty in the snapshot's file.
SCRATCH = "scratch"


@dataclass(frozen=True)
class _File:
    plain: Path
    name: str
    table: Table
    latest: date
    names: tuple[str, ...]  # what its columns are called in the table, in the file's order
    is_json: bool

    @property
    def columns(self) -> list[Column]:
        return [column for column in self.table.columns if column.name in self.names]

    @contextmanager
    def records(self) -> Iterator[Iterator[Record]]:
        with self.plain.open("rb") as rows:
            yield mistakes.of_json(rows) if self.is_json else mistakes.of_csv(rows, file=self.name, table=self.table)

    def explain(self, marked: set[int]) -> None:
        with self.records() as records:
            mistakes.explain(records, marked, self.columns, file=self.name, latest=self.latest)


def stage(connection: duckdb.DuckDBPyConnection, plain: Path, *, file: str, table: Table, latest: date) -> list[Column]:
    """Will make the view `staged` of a plain UTF-8 file, with the columns that it has of `table`, which are given.

    Its `row` numbers the records from 1. Raises DataError, naming `file`, with its first mistakes.
    """
    found = _open(plain, file=file, table=table, latest=latest)
    _read(connection, found)
    for rule in found.table.rules:
        _keep_rule(connection, found, rule.sql)
    return found.columns


def clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Will forget what was staged."""
    connection.execute(f"DROP VIEW staged; DROP TABLE {SCRATCH}.read_rows")


def _open(plain: Path, *, file: str, table: Table, latest: date) -> _File:
    with plain.open(encoding="utf-8-sig", newline="") as text:
        is_json = text.read(1) == "{"
        text.seek(0)
        headings = [column.name for column in table.columns] if is_json else next(csv.reader(text), [])
    table = table.form_of([heading.strip() for heading in headings])
    names = mistakes.headings(headings, file=file, table=table)
    return _File(plain, file, table, latest, tuple(names), is_json)


def _read(connection: duckdb.DuckDBPyConnection, file: _File) -> None:
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    selected = ", ".join(f"{_value(column)} AS {_quoted(column.name)}" for column in file.columns)
    numbers = [_quoted(column.name) for column in file.columns if column.kind in {"count", "number"}]
    # DuckDB takes 1_000 for a number; nobody writes that in a data file, but a slip of the finger.
    odd = f"contains(concat('', {', '.join(numbers)}), '_')" if numbers else "false"
    wrong = " OR ".join([odd, *(_wrong(column, file) for column in file.columns)])
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE {SCRATCH}.read_rows AS "
            f"SELECT {selected}, CASE WHEN {wrong} THEN true END AS is_wrong FROM ({_given(file)})",
            [str(file.plain)],
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        file.explain(set())
        raise DataError(file.name, [Problem(1, "", f"can't be read ({str(error).splitlines()[0]})")]) from None
    connection.execute(f"CREATE OR REPLACE TEMP VIEW staged AS SELECT 1 + rowid AS row, * FROM {SCRATCH}.read_rows")
    _keep_marked(connection, file)


def _keep_marked(connection: duckdb.DuckDBPyConnection, file: _File) -> None:
    counted = f"SELECT count(*), count(is_wrong) FROM {SCRATCH}.read_rows"
    rows, wrong = connection.execute(counted).fetchall()[0]
    rejected = [] if file.is_json else connection.execute("SELECT line, error_message FROM reject_errors").fetchall()
    if wrong or rejected:
        sql = f"SELECT row FROM staged WHERE is_wrong ORDER BY row LIMIT {COUNTED}"
        file.explain({row for (row,) in connection.execute(sql).fetchall()})
        line, what = rejected[0] if rejected else (1, "DuckDB refused a row of it")
        raise DataError(file.name, [Problem(line, "", str(what).splitlines()[0])])
    if not rows:
        raise DataError(file.name, [Problem(1, "", "there are headings but no rows")])


def _keep_rule(connection: duckdb.DuckDBPyConnection, file: _File, sql: str) -> None:
    broken = connection.execute(f"{sql} ORDER BY 1 LIMIT {COUNTED}").fetchall()
    if not broken:
        return
    with file.records() as records:
        lines = mistakes.beginnings(records, {number for row in broken for number in (row[0], row[3]) if number})
    problems = [
        Problem(lines[row], name, what.format(line=f"{lines.get(other, 0):,}")) for row, name, what, other in broken
    ]
    raise DataError(file.name, problems, len(problems))


def _given(file: _File) -> str:
    """The file's cells as text, by their names in the table."""
    if file.is_json:
        columns = json.dumps(dict.fromkeys(file.names, "VARCHAR"))
        listed = ", ".join(_text_cell(column, _quoted(column.name)) for column in file.columns)
        return f"SELECT {listed} FROM read_json(?, format = 'newline_delimited', columns = {columns})"
    # A column that nobody knows may bear any name, also one that stands twice.
    columns = json.dumps({str(number): "VARCHAR" for number in range(len(file.names))})
    listed = ", ".join(_text_cell(column, _quoted(str(file.names.index(column.name)))) for column in file.columns)
    return (
        f"SELECT {listed} FROM read_csv(?, header = false, skip = 1, auto_detect = false, delim = ',', quote = '\"', "
        f"escape = '\"', columns = {columns}, nullstr = '', strict_mode = true, store_rejects = true, "
        f"rejects_limit = {COUNTED}, max_line_size = {MAX_LINE_BYTES})"
    )


def _text_cell(column: Column, cell: str) -> str:
    # Casting a number passes over spaces by itself.
    is_number = column.kind in {"count", "number"}
    return f"{cell if is_number else f'''nullif(trim({cell}), '')'''} AS {_quoted(column.name)}"


def _value(column: Column) -> str:
    cell = _quoted(column.name)
    if column.kind == "count":
        return f"TRY_CAST(TRY_CAST({cell} AS DOUBLE) AS BIGINT)"
    cast = f"TRY_CAST({cell} AS {TYPES[column.kind]})" if column.kind != "text" else cell
    return f"coalesce({cast}, {column.if_empty})" if column.if_empty else cast


def _wrong(column: Column, file: _File) -> str:
    """SQL that is true where the cell isn't what its column says; an empty cell is only missing."""
    cell = _quoted(column.name)
    wrong = "false"
    match column.kind:
        case "day":
            day = f"TRY_CAST({cell} AS DATE)"
            within = f"{day} BETWEEN DATE '{FIRST_DAY}' AND DATE '{file.latest}'"
            wrong = f"({cell} IS NOT NULL AND (CAST({day} AS VARCHAR) = {cell} AND {within}) IS NOT TRUE)"
        case "count" | "number":
            good = _good_number(column, f"TRY_CAST({cell} AS DOUBLE)", file)
            wrong = f"({cell} IS NOT NULL AND ({good}) IS NOT TRUE AND trim({cell}) <> '')"
        case "text":
            if column.pattern:
                wrong = f"NOT coalesce(regexp_full_match({cell}, '{column.pattern}'), true)"
    return f"{wrong} OR {_missing(column)}" if column.must_stand else wrong


def _good_number(column: Column, value: str, file: _File) -> str:
    if column.kind == "number":
        return f"{value} BETWEEN -{LARGEST} AND {LARGEST}"
    most = f"{column.most:.0f}"
    if column.of_people and "population" in file.names:
        most = f"coalesce({column.of_people} * nullif(TRY_CAST(population AS DOUBLE), 0), {most})"
    least = f"-{most}" if column.may_fall else "0"
    return f"{value} BETWEEN {least} AND {most} AND {value} = floor({value})"


def _missing(column: Column) -> str:
    cell = _quoted(column.name)
    other, lacking = column.may_lack
    is_excused = f" AND {_quoted(other)} IS DISTINCT FROM '{lacking}'" if other else ""
    return f"({cell} IS NULL{is_excused})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
