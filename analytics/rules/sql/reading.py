"""What a result is called: Athena's names and types of its columns, whatever DuckDB calls them."""

from dataclasses import dataclass

from analytics.rules.sql.statement import Statement
from analytics.rules.sql.typed import inference
from analytics.rules.sql.typed.scopes import Schema


@dataclass(frozen=True)
class Column:
    """A column of a result: its name in lower case, and Athena's type, "unknown" where it can't be told."""

    name: str
    type: str


def columns(statement: Statement, schema: Schema, *, database: str | None = None) -> tuple[Column, ...]:
    """Will name the columns of a query's result: _col0, _col1, ... by their places where nothing names them.

    Raises SqlError as `translation.translate` does for what it names that isn't there.
    """
    found = inference.annotate(statement.tree.copy(), schema, database=database)
    return tuple(
        Column(one.name.lower() or f"_col{index}", str(one.type or "unknown")) for index, one in enumerate(found)
    )
