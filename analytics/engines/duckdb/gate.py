"""What stands before the fenced process: one query, of known functions and of tables that its pins offer."""

from dataclasses import dataclass

from analytics.engines import reading
from analytics.engines.base import Submission
from analytics.engines.duckdb.snapshots import Snapshots
from analytics.rules.sql import statement, translation
from analytics.rules.sql.problems import SqlError
from analytics.rules.sql.statement import Statement


@dataclass(frozen=True)
class Admitted:
    """A query that may run: as it was read, in DuckDB's words, and its tables as database.table."""

    read: Statement
    sql: str
    tables: tuple[str, ...]


def admit(submission: Submission, snapshots: Snapshots) -> Admitted:
    """Will read a query and put it into DuckDB's words. Raises QueryError for one that may not run."""
    schema = {name: snapshots.tables(name, revision) for name, revision in submission.pins.items()}
    read = reading.read(submission.sql)
    try:
        sql = translation.translate(read, schema, database=submission.database)
    except SqlError as error:
        raise reading.refused(error) from error
    except RecursionError as error:
        raise reading.too_deep() from error
    named = {f"{one.database or submission.database}.{one.name}" for one in statement.tables(read)}
    return Admitted(read, sql, tuple(sorted(named)))
