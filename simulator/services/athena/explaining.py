"""EXPLAIN, as far as it answers whether a query could run and which tables it reads: nothing is scanned for either."""

import json
import re

from simulator.services.athena import catalog
from simulator.services.athena.engine import translation
from simulator.services.athena.engine.failures import SYNTAX, QueryError
from simulator.services.athena.engine.session import Session
from simulator.services.athena.engine.types import Column
from simulator.services.athena.statements import Asked, Outcome, statement

_EXPLAIN = re.compile(r"EXPLAIN\s*(?:\(([^)]*)\))?\s*(.*)", re.IGNORECASE | re.DOTALL)
_UNKNOWN = dict.fromkeys(("outputRowCount", "outputSizeInBytes", "cpuCost", "maxMemory", "networkCost"), "NaN")


@statement(r"EXPLAIN\b", "UTILITY", "EXPLAIN")
def explain(asked: Asked, session: Session) -> Outcome:
    """Will say that a query is valid, or which tables it reads; the plan of one is not simulated."""
    found = _EXPLAIN.fullmatch(asked.sql)
    options = dict(re.findall(r"(\w+)\s+(\w+)", found[1].upper()) if found and found[1] else [])
    wanted = options.get("TYPE", "DISTRIBUTED")
    if found is None or wanted not in {"VALIDATE", "IO"}:
        raise QueryError(f"NOT_SUPPORTED: the simulator explains TYPE VALIDATE and TYPE IO, not {wanted}", SYNTAX)
    sql = translation.filled(found[2], asked.values)
    tree = translation.parse(sql)
    read = [(one.db or asked.database, one.name) for one in translation.tables(tree)]
    session.check(tree, sql)
    if wanted == "VALIDATE":
        return Outcome([Column("Valid", "boolean")], [["true"]])
    return Outcome([Column("Query Plan", "varchar")], [[_plan(read)]])


def _plan(read: list[tuple[str, str]]) -> str:
    """Trino's words for inputs and outputs, whose estimates are NaN where tables have no statistics."""
    inputs = [
        {
            "table": {"catalog": catalog.NAME, "schemaTable": {"schema": schema.lower(), "table": name.lower()}},
            "constraint": {"none": False, "columnConstraints": []},
            "estimate": _UNKNOWN,
        }
        for schema, name in dict.fromkeys(read)
    ]
    return json.dumps({"inputTableColumnInfos": inputs, "estimate": _UNKNOWN}, indent=2)
