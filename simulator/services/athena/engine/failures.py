"""Why a query ends otherwise than well."""

import re

import duckdb

# Groups of the user guide's error catalogue; which group a Trino error is in isn't documented, that is our reading.
USER, DATA, SCHEMA, SYNTAX = 1000, 1001, 1004, 1006
INTERNAL = 0
CAUSED_BY_SYSTEM, CAUSED_BY_USER = 1, 2


class QueryError(Exception):
    """The query FAILED: `message` is the StateChangeReason."""

    def __init__(self, message: str, type_: int = USER, category: int = CAUSED_BY_USER) -> None:
        super().__init__(message)
        self.message = message
        self.type = type_
        self.category = category


class CutoffError(QueryError):
    """The query read more than its workgroup lets it, and was CANCELLED."""

    def __init__(self) -> None:
        super().__init__("Bytes scanned limit was exceeded")


class LateError(QueryError):
    """The query ran longer than it may (the words are our reading: the user guide has none)."""

    def __init__(self) -> None:
        super().__init__("Query timeout")


def position(sql: str, name: str) -> str:
    """Will say where `name` first stands in `sql`, as Trino does: "line 1:8"."""
    found = re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", sql, re.IGNORECASE)
    before = sql[: found.start()] if found else ""
    return f"line {before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


# What DuckDB says, and what Trino says instead; the group is the thing's name.
_SAYINGS = (
    (r'Referenced column "([^"]+)" (?:was )?not found', "COLUMN_NOT_FOUND: {at}: Column '{name}' cannot be resolved"),
    (r'Referenced table "([^"]+)" not found', "COLUMN_NOT_FOUND: {at}: Column '{name}' cannot be resolved"),
    (r'"[^"]+" does not have a column named "([^"]+)"', "COLUMN_NOT_FOUND: {at}: Column '{name}' cannot be resolved"),
    (r"Function with name \"?([\w$]+)\"? does not exist", "FUNCTION_NOT_FOUND: {at}: Function '{name}' not registered"),
    (r'Ambiguous reference to column name "([^"]+)"', "AMBIGUOUS_NAME: {at}: Column '{name}' is ambiguous"),
    (
        r'column "([^"]+)" must appear in the GROUP BY clause',
        "EXPRESSION_NOT_AGGREGATE: {at}: '{name}' must be an aggregate expression or appear in GROUP BY clause",
    ),
    # Macros of the translation fail by casting a sentence to a number.
    (r"Could not convert string '((?!Cannot cast)[A-Z][^:']{9,}: [^']*)' to INT", "INVALID_FUNCTION_ARGUMENT: {name}"),
    (
        r"Could not convert string '(?:Cannot cast to [\w ]+: )?([^']*)'",
        "INVALID_CAST_ARGUMENT: Cannot cast '{name}' to the type that was asked",
    ),
    (r"([Dd]ivision by zero)", "DIVISION_BY_ZERO: Division by zero"),
    (r"(No function matches|Could not choose a best candidate|Cannot (?:mix|compare))", "TYPE_MISMATCH: {first}"),
)


def of_duckdb(error: duckdb.Error, sql: str) -> QueryError:
    """Will put an error of DuckDB into Trino's words, with its place in the query where it names something."""
    first = str(error).splitlines()[0]
    for pattern, saying in _SAYINGS:
        if found := re.search(pattern, str(error)):
            name = found[1]
            return QueryError(saying.format(name=name, at=position(sql, name), first=first), SYNTAX)
    return QueryError(f"GENERIC_USER_ERROR: {first}")
