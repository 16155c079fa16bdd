"""Reads what people wrote, within bounds: reading is done by the process that serves them, before any fence stands."""

from sqlglot import exp

from analytics.engines.base import QueryError
from analytics.rules.sql import statement
from analytics.rules.sql.grammar import ATHENA
from analytics.rules.sql.problems import SqlError
from analytics.rules.sql.statement import Statement

# Words, signs and literals. To read, type and translate so many takes three seconds; people's queries have hundreds.
MOST_WORDS = 40_000
MOST_TABLES = 500


def read(sql: str) -> Statement:
    """Will read one query. Raises QueryError for anything else, or for one too large to be looked at."""
    try:
        if len(sql) <= statement.LONGEST and len(ATHENA.tokenize(sql)) > MOST_WORDS:
            message = f"The query has more than {MOST_WORDS:,} words and signs. Nothing was run. Make it shorter."
            raise QueryError("too-long", message)
        found = statement.parse(sql)
    except SqlError as error:
        raise refused(error) from error
    except RecursionError as error:
        raise too_deep() from error
    except ValueError as error:
        raise QueryError("syntax", "The query can't be read. Nothing was run. Mend it, then run it again.") from error
    if sum(1 for _ in found.tree.find_all(exp.Table)) > MOST_TABLES:
        message = f"The query names tables more than {MOST_TABLES} times. Nothing was run. Name fewer."
        raise QueryError("too-long", message)
    return found


def refused(error: SqlError) -> QueryError:
    """Will put what the rules refuse into the engines' error."""
    return QueryError(error.code, error.sentence, line=error.line or 0, column=error.column or 0)


def too_deep() -> QueryError:
    """Will say that a query's parts stand too deep in each other."""
    message = "The query is nested too deeply to be read. Nothing was run. Name its parts with WITH."
    return QueryError("too-deep", message)
