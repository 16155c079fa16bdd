"""What is sent to Athena for a query: the query itself, or an UNLOAD around it."""

from collections.abc import Iterator

from sqlglot.tokenizer_core import TokenType

from analytics.rules.sql import statement
from analytics.rules.sql.grammar import ATHENA
from analytics.rules.sql.statement import Statement

UNLOAD = "UNLOAD"


def plain(read: Statement) -> str:
    """Will give the query as it was written, without what stands behind it."""
    words = [one for one in ATHENA.tokenize(read.text) if one.token_type is not TokenType.SEMICOLON]
    return read.text[: words[-1].end + 1]


def unload(read: Statement, folder: str) -> str:
    """Will give a statement that leaves the query's rows as Parquet in a folder of S3, which must be empty."""
    # On lines of its own: the query may end in a comment.
    return f"{UNLOAD} (\n{plain(read)}\n) TO '{folder}' WITH (format = 'PARQUET', compression = 'SNAPPY')"


def named(read: Statement, database: str) -> Iterator[str]:
    """Will name the tables, as database.table."""
    for one in statement.tables(read):
        yield f"{one.database or database}.{one.name}"
