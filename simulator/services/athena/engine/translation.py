"""Athena's SQL, read and written for DuckDB by the rules that the embedded engine has too, in Trino's words."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from analytics.rules.sql import statement, translation
from analytics.rules.sql.grammar import ATHENA
from analytics.rules.sql.macros import MACROS, SETTINGS
from analytics.rules.sql.problems import SqlError
from simulator.services.athena.engine.failures import SYNTAX, QueryError

Schema = Mapping[str, Mapping[str, Mapping[str, str]]]
Key = tuple[str, str, str]  # a partition key's name, type and value
_OF_HIVE = re.compile(r"\s*CREATE\s+EXTERNAL\b", re.IGNORECASE)
# What is refused, in Trino's words, where these name a thing of the query.
_SAYINGS = {
    "column-unknown": "COLUMN_NOT_FOUND: {at}Column '{name}' cannot be resolved",
    "function-unknown": "FUNCTION_NOT_FOUND: {at}Function '{name}' not registered",
    "function-refused": "NOT_SUPPORTED: {at}{sentence}",
    "refused": "NOT_SUPPORTED: {at}{sentence}",
}


class MalformedError(QueryError):
    """The text is no statement: Athena refuses it before there is a query."""


def parse(sql: str) -> exp.Expr:
    """Will read one statement. Raises MalformedError, whose text is what StartQueryExecution answers."""
    try:
        found = [one for one in sqlglot.parse(sql, read="athena" if _OF_HIVE.match(sql) else ATHENA) if one is not None]
    except SqlglotError as error:
        raise MalformedError(_complaint(error), SYNTAX) from error
    if len(found) != 1:
        raise MalformedError(f"Only one sql statement is allowed. Got: {sql}", SYNTAX)
    if isinstance(found[0], exp.Create | exp.Insert):
        return found[0]
    try:
        return statement.parse(sql).tree
    except SqlError as error:
        raise MalformedError(f"line 1:1: mismatched input '{sql.split(maxsplit=1)[0]}'", SYNTAX) from error


def original(tree: exp.Expr) -> str:
    """Will write a query as it was read, for a view to keep."""
    return tree.sql(ATHENA)


def _complaint(error: SqlglotError) -> str:
    told = getattr(error, "errors", None)
    if not told:
        return f"line 1:1: {error}"
    where = told[0]
    # sqlglot's column is that of the word's last letter.
    column = max(int(where["col"]) - len(where["highlight"]) + 1, 1)
    return f"line {where['line']}:{column}: mismatched input '{where['highlight']}'"


def filled(sql: str, values: Sequence[str]) -> str:
    """Will put the execution parameters, which are SQL literals, where the question marks are. Raises QueryError."""
    try:
        marks = [one for one in ATHENA.tokenize(sql) if one.token_type == TokenType.PLACEHOLDER]
    except SqlglotError as error:
        raise MalformedError(_complaint(error), SYNTAX) from error
    if len(marks) != len(values):
        told = f"Incorrect number of parameters: expected {len(marks)} but found {len(values)}"
        raise QueryError(f"INVALID_PARAMETER_USAGE: line 1:1: {told}", SYNTAX)
    for mark, value in reversed(list(zip(marks, values, strict=True))):
        sql = sql[: mark.start] + value + sql[mark.end + 1 :]
    return sql


def tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """Will give the tables that a query reads from the catalogue: not its own WITHs, and no functions."""
    return iter(list(statement.references(tree)))


def columns(tree: exp.Expr) -> set[str] | None:
    """Will give the names of all columns that a query speaks of; None where it asks for all with a star."""
    if any(not _is_counted(one) for one in tree.find_all(exp.Star)):
        return None
    # A name with dots may be a field of a row, which is a column.
    return {part.name.lower() for one in tree.find_all(exp.Column) for part in one.parts}


def _is_counted(star: exp.Star) -> bool:
    return isinstance(star.parent, exp.Anonymous) and star.parent.name.lower() == "count"


def conditions(tree: exp.Expr, table: exp.Table, keys: set[str]) -> list[exp.Expr]:
    """Will give what the WHERE demands of the partition keys alone.

    Only where it surely narrows the partitions: one table, read once, in a query without joins.
    """
    select = table.find_ancestor(exp.Select)
    alone = [one for one in tree.find_all(exp.Table) if one.name.lower() == table.name.lower()]
    if select is None or select.args.get("joins") or len(alone) > 1 or not (where := select.args.get("where")):
        return []
    parts = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
    return [one for one in map(_unqualified, parts) if _speaks_only_of(one, keys)]


def asked_of(keys: Iterable[Key], demanded: Sequence[exp.Expr]) -> str:
    """Will write the query for DuckDB that says whether a partition's keys fulfil what is demanded of them."""
    cells = [exp.alias_(exp.cast(exp.Literal.string(value), type_), name, quoted=True) for name, type_, value in keys]
    query = exp.select(exp.and_(exp.true(), *demanded)).from_("keys").with_("keys", as_=exp.select(*cells))
    return written(query, {}, original(query))


def _unqualified(one: exp.Expr) -> exp.Expr:
    one = one.copy()
    for found in one.find_all(exp.Column):
        found.set("table", None)
    return one


def _speaks_only_of(one: exp.Expr, keys: set[str]) -> bool:
    named = {found.name.lower() for found in one.find_all(exp.Column)}
    return bool(named) and named <= keys and one.find(exp.Query) is None


def written(tree: exp.Expr, schema: Schema, sql: str) -> str:
    """Will write a query for DuckDB. `schema` has the types of the columns of all tables that it reads.

    Raises QueryError for what isn't there, and for what DuckDB would answer otherwise.
    """
    if not isinstance(tree, exp.Query):
        raise QueryError(f"NOT_SUPPORTED: {tree.key} is no query")
    try:
        return translation.translate(statement.Statement(tree, sql), schema)
    except SqlError as error:
        raise _told(error, sql) from error


def _told(error: SqlError, sql: str) -> QueryError:
    at, name = "", ""
    if error.line and error.column:
        at = f"line {error.line}:{error.column}: "
        rest = sql.splitlines()[error.line - 1][error.column - 1 :] if error.line <= len(sql.splitlines()) else ""
        found = re.match(r'"((?:[^"]|"")*)"|([\w$]+(?:\.[\w$]+)*)', rest)
        name = (found[1] or found[2].rpartition(".")[2]) if found else ""
    saying = _SAYINGS.get(error.code, "SYNTAX_ERROR: {at}{sentence}")
    return QueryError(saying.format(at=at, name=name, sentence=error.sentence), SYNTAX)


__all__ = ["MACROS", "SETTINGS", "MalformedError", "asked_of", "columns", "conditions", "filled", "original", "parse",
           "tables", "written"]  # fmt: skip
