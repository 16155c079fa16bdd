"""Runs the conformance table's queries on DuckDB, beside the same queries untranslated, and writes the page of it."""

import math
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb

from analytics.rules.sql import lint, reading, statement, translation
from analytics.rules.sql.problems import SqlError
from analytics.rules.sql.typed.types import for_duckdb, read

MADE = "<!-- Made by `make docs`; edit the cases in analytics/rules/sql/conformance. -->\n"
FOLDER = Path(translation.__file__).parent / "conformance"
NULL = "<null>"
Verdict = Literal["exact", "refused", "not equal"]


@dataclass(frozen=True)
class Case:
    """One query; rows are as Athena's results write them. One of `rows`, `fails`, `stops`, `refused` is given.

    `fails` is a part of the error that DuckDB gives where Athena fails too; `stops` the same where Athena would answer,
    and this engine sees only while it runs that it can't. `refused` is a code of SqlError's, `lint` that of a finding:
    it runs here, and Athena refuses it.
    """

    sql: str
    rows: tuple[tuple[str, ...], ...] | None = None
    columns: tuple[str, ...] | None = None
    types: tuple[str, ...] | None = None
    fails: str | None = None
    stops: str | None = None
    refused: str | None = None
    lint: str | None = None
    why: str = ""


@dataclass(frozen=True)
class Topic:
    """The cases of one file, and where it is written what they answer."""

    name: str
    source: str
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Result:
    """What became of a case; `plain` says whether DuckDB answers the same when the query isn't translated."""

    topic: Topic
    case: Case
    verdict: Verdict
    plain: bool
    told: str = ""


@dataclass
class Bench:
    """Two connections with the tables of the cases: one as an engine prepares it, one as DuckDB comes."""

    schema: dict[str, dict[str, dict[str, str]]]
    prepared: Any = field(default_factory=duckdb.connect)
    plain: Any = field(default_factory=duckdb.connect)


def topics(folder: Path = FOLDER) -> Iterator[Topic]:
    """Will read the cases, topic by topic."""
    for path in sorted(folder.glob("[a-z]*.toml")):
        content = tomllib.loads(path.read_text())
        yield Topic(content["name"], content["source"], tuple(map(_case, content["cases"])))


def _case(one: dict[str, Any]) -> Case:
    """A case as its file has it; `of` and `is` are short for the query and the rows of one expression."""
    rows = one.get("rows")
    if "is" in one:
        rows = [one["is"] if isinstance(one["is"], list) else [one["is"]]]
    listed: dict[str, Any] = {name: tuple(one[name]) for name in ("columns", "types") if name in one}
    told = {name: one[name] for name in ("fails", "stops", "refused", "lint", "why") if name in one}
    return Case(one.get("sql") or f"SELECT {one['of']}", tuple(map(tuple, rows)) if rows is not None else None,
                **listed, **told)  # fmt: skip


@cache
def bench(folder: Path = FOLDER) -> Bench:
    """Will make the tables that _tables.toml describes, on both connections."""
    described = tomllib.loads((folder / "_tables.toml").read_text())
    made = Bench(
        {database: {name: one["columns"] for name, one in found.items()} for database, found in described.items()}
    )
    for name, value in translation.SETTINGS.items():
        made.prepared.execute(f"SET {name} = '{value}'")
    for macro in translation.MACROS:
        made.prepared.execute(macro)
    for database, tables in described.items():
        for connection in (made.prepared, made.plain):
            connection.execute(f'CREATE SCHEMA "{database}"')
            for name, one in tables.items():
                types = ", ".join(f'"{column}" {_for_duckdb(type_)}' for column, type_ in one["columns"].items())
                connection.execute(f'CREATE TABLE "{database}"."{name}" ({types})')
                connection.execute(f'INSERT INTO "{database}"."{name}" {one["rows"]}')
        made.plain.execute(f"SET search_path = '{database}'")
    return made


def _for_duckdb(type_: str) -> str:
    known = read(type_)
    return for_duckdb(known) if known else type_


def results(folder: Path = FOLDER) -> tuple[Result, ...]:
    """Will run every case."""
    return tuple(judged(topic, case) for topic in topics(folder) for case in topic.cases)


def judged(topic: Topic, case: Case) -> Result:
    """Will run one case, translated and not, and say what became of it."""
    known = bench()
    verdict, told = _judged(case, known)
    plain = case.rows is not None and _rows(known.plain, case.sql, None) == _given(case)
    return Result(topic, case, verdict, plain, told)


def _judged(case: Case, known: Bench) -> tuple[Verdict, str]:
    try:
        query = statement.parse(case.sql)
        sql = translation.translate(query, known.schema)
    except SqlError as error:
        is_meant = case.refused == error.code
        return ("refused" if is_meant else "not equal"), f"{error.code}: {error}"
    if case.refused:
        return "not equal", f"ran as {sql}"
    header = reading.columns(query, known.schema)
    found = _rows(known.prepared, sql, [one.type for one in header])
    if isinstance(found, str):
        if case.stops is not None and case.stops in found:
            return "refused", found
        is_meant = case.fails is not None and case.fails in found
        return ("exact" if is_meant else "not equal"), found
    return _compared(case, query, found, header, known)


def _compared(
    case: Case, query: statement.Statement, found: Any, header: Sequence[reading.Column], known: Bench
) -> tuple[Verdict, str]:
    wrong = []
    if case.rows is None and case.lint is None:
        wrong.append("ran")
    if case.rows is not None and found != _given(case):
        wrong.append(f"rows are {found}")
    if case.columns is not None and case.columns != tuple(one.name for one in header):
        wrong.append(f"columns are {[one.name for one in header]}")
    if case.types is not None and case.types != tuple(one.type for one in header):
        wrong.append(f"types are {[one.type for one in header]}")
    codes = {one.code for one in lint.findings(query, known.schema)} - {"approximate"}
    if codes != ({case.lint} if case.lint else set()):
        wrong.append(f"findings are {codes}")
    return ("not equal", "; ".join(wrong)) if wrong else ("exact", "")


def _given(case: Case) -> list[tuple[str, ...]]:
    return list(case.rows or ())


def _rows(connection: Any, sql: str, types: Sequence[str] | None) -> Any:
    """The rows as texts, or the error's text. DuckDB's types must be those that the translation says."""
    try:
        found = connection.sql(sql)
        if types is not None and (told := _other_types(types, found)):
            return told
        # DuckDB's client needs one more library for zones; the session's is UTC.
        zoned = [str(one) == "TIMESTAMP WITH TIME ZONE" for one in found.types]
        cells = (f"CAST(#{n} AS {'TIMESTAMP' if is_ else kind})" for n, (is_, kind) in
                 enumerate(zip(zoned, found.types, strict=True), 1))  # fmt: skip
        rows = (found.project(", ".join(cells)) if any(zoned) else found).fetchall()
    except (duckdb.Error, AttributeError) as error:
        return str(error).splitlines()[0]
    return [tuple(map(_cell, row, zoned)) for row in rows]


def _cell(value: Any, is_zoned: bool) -> str:  # noqa: FBT001 - two columns side by side
    return text(value) + (" UTC" if is_zoned and value is not None else "")


def _other_types(types: Sequence[str], found: Any) -> str:
    """Where DuckDB's types aren't those that we say: precisions of decimals and digits of timestamps aside."""
    for said, kind in zip(types, found.types, strict=True):
        known, wanted = read(str(kind)), read(said)
        if (
            known is not None
            and wanted is not None
            and "row" not in said
            and known.name != wanted.name
            and said != "unknown"
        ):
            return f"DuckDB's type is {kind}, not {said}"
    return ""


def text(value: Any) -> str:
    """Will write a value as Athena's results do."""
    match value:
        case None:
            return NULL
        case bool():
            return "true" if value else "false"
        case float():
            return _double(value)
        case Decimal():
            return f"{value:f}"
        case bytes():
            return value.hex(" ")
        case date() | time() | timedelta():
            return _moment(value)
    return _several(value)


def _moment(value: date | time | timedelta) -> str:
    match value:
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
        case timedelta():
            return (
                f"{value.days} {value.seconds // 3600:02d}:{value.seconds // 60 % 60:02d}:{value.seconds % 60:02d}.000"
            )
    return value.isoformat()


def _several(value: Any) -> str:
    match value:
        case list() | tuple():
            return f"[{', '.join(map(text, value))}]".replace(NULL, "null")
        case dict():
            return "{" + ", ".join(f"{key}={text(one)}" for key, one in value.items()).replace(NULL, "null") + "}"
    return str(value)


def _double(value: float) -> str:
    """Java's Double.toString: plain from 0.001 to 10,000,000, else with an exponent."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    digits, _, power = f"{Decimal(repr(value)).normalize():e}".replace("e+", "e").partition("e")
    return f"{digits if '.' in digits else digits + '.0'}E{power}"


def page() -> str:
    """Will write docs/conformance.md: every topic with its counts, every case with what became of it."""
    found = results()
    exact = [one for one in found if one.verdict == "exact"]
    answered = [one for one in exact if one.case.rows is not None]
    wrong = [one for one in found if one.verdict == "not equal"]
    differs = sum(not one.plain for one in answered)
    head = (
        f"{len(found)} queries in Athena's SQL, each with what the documentation of Trino and Athena says of it, run "
        f"on DuckDB {duckdb.__version__} by the embedded engine. **{len(exact)} are exact** (of these "
        f"{len(exact) - len(answered)} fail or are found by the lint, as on Athena), "
        f"**{len(found) - len(exact) - len(wrong)} are refused** with a reason, **{len(wrong)} are not equal**. "
        f"Given to DuckDB as they are, {differs} of the {len(answered)} that have an answer fail or answer otherwise.\n"
    )
    lines = [MADE, "# Athena's SQL on the embedded engine\n", head, _summary(found)]
    if wrong:
        lines += ["## Not equal\n", *(f"- `{_inline(one.case.sql)}`: {_inline(one.told)}" for one in wrong), ""]
    for topic in dict.fromkeys(one.topic for one in found):
        lines += _section(topic, [one for one in found if one.topic is topic])
    return "\n".join(lines)


def _summary(found: Sequence[Result]) -> str:
    rows = ["| topic | queries | exact | refused | not equal | as plain DuckDB answers |", "|---|---|---|---|---|---|"]
    for topic in dict.fromkeys(one.topic for one in found):
        mine = [one for one in found if one.topic is topic]
        counts = [sum(one.verdict == name for one in mine) for name in ("exact", "refused", "not equal")]
        rows.append(
            f"| {topic.name} | {len(mine)} | {' | '.join(map(str, counts))} | {sum(one.plain for one in mine)} |"
        )
    return "\n".join([*rows, ""])


def _section(topic: Topic, found: Sequence[Result]) -> list[str]:
    rows = [f"| `{_inline(one.case.sql)}` | {_expected(one.case)} | {one.verdict} |" for one in found]
    return [f"## {topic.name}\n", f"Source: {topic.source}\n", "| query | Athena | here |", "|---|---|---|", *rows, ""]


def _expected(case: Case) -> str:
    if case.refused:
        return f"refused here: {case.refused}" + (f" ({case.why})" if case.why else "")
    if case.stops:
        return f"refused here while it runs: {case.why}"
    if case.fails:
        return "fails" + (f": {case.why}" if case.why else "")
    if case.rows is None:
        return f"refuses it; runs here, with a finding: {case.lint}"
    return "; ".join(_inline(", ".join(row)) for row in case.rows) or "no rows"


def _inline(written: str) -> str:
    return " ".join(written.split()).replace("|", "\\|").replace("<", "&lt;")
