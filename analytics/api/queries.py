"""Questions that were asked, for other apps."""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.operations import queries
from analytics.operations.refusal import Missing
from analytics.rules.sql import given
from analytics.rules.sql import parameters as values
from analytics.rules.sql.parameters import Value

__all__ = ["Asked", "Missing", "asked"]


@dataclass(frozen=True)
class Asked:
    """A question as it was put: its SQL, the dataset whose tables need no name in front, and its values by name.

    `snapshots` are those that answered it, dataset -> revision.
    """

    token: str
    sql: str
    database: str
    engine: str
    values: Mapping[str, Value | tuple[Value, ...]]
    snapshots: Mapping[str, str]


def asked(token: str) -> Asked:
    """Will give the question of that token; values that have no name stand in the SQL. Raises Missing."""
    query = queries.find(token)
    parameters = [given.from_json(one) for one in query.parameters]
    named = {one.name: one.value for one in parameters if one.name}
    sql = query.sql if len(named) == len(parameters) else values.fill(query.sql, parameters)
    held = named if sql == query.sql else {}
    return Asked(query.token, sql, query.database, query.engine, held, query.pins)
