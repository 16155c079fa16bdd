"""What stands before the fenced process: one query, of known functions and of tables that its pins offer."""

from dataclasses import dataclass

from analytics.engines import reading
from analytics.engines.base import Finding, Submission
from analytics.engines.duckdb.snapshots import Snapshots
from analytics.rules.sql import lint, statement, translation
from analytics.rules.sql.problems import SqlError
from analytics.rules.sql.statement import Statement
from analytics.rules.sql.typed.scopes import Schema


@dataclass(frozen=True)
class Admitted:
    """A query that may run: as it was read, in DuckDB's words, and its tables as database.table."""

    read: Statement
    sql: str
    tables: tuple[str, ...]


def admit(submission: Submission, snapshots: Snapshots) -> Admitted:
    """Will read a query and put it into DuckDB's words. Raises QueryError for one that may not run."""
    read = reading.read(submission.sql)
    try:
        sql = translation.translate(read, _schema(submission, snapshots), database=submission.database)
    except SqlError as error:
        raise reading.refused(error) from error
    except RecursionError as error:
        raise reading.too_deep() from error
    named = {f"{one.database or submission.database}.{one.name}" for one in statement.tables(read)}
    return Admitted(read, sql, tuple(sorted(named)))


def findings(admitted: Admitted, submission: Submission, snapshots: Snapshots) -> tuple[Finding, ...]:
    """Will list what Athena would refuse of a query that runs here, or answer a little differently."""
    found = lint.findings(admitted.read, _schema(submission, snapshots), database=submission.database)
    return tuple(Finding(one.code, one.sentence, one.line or 0, one.column or 0) for one in found)


def _schema(submission: Submission, snapshots: Snapshots) -> Schema:
    return {name: snapshots.tables(name, revision) for name, revision in submission.pins.items()}
