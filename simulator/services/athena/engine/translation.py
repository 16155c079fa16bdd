"""Athena's SQL, read by sqlglot and written for DuckDB, with what the two mean differently put right."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.tokenizer_core import TokenType

from simulator.services.athena.engine.failures import SYNTAX, QueryError

Schema = Mapping[str, Mapping[str, Mapping[str, str]]]
# Of a DATE these make a DATE in Trino, a TIMESTAMP in DuckDB.
_KEEP_DATES = (exp.TimestampTrunc, exp.DateTrunc, exp.DateAdd, exp.DateSub, exp.Add, exp.Sub)
_MARK = "number"
_NAMED = (exp.Alias, exp.Column, exp.Dot)


class MalformedError(QueryError):
    """The text is no statement: Athena refuses it before there is a query."""


def parse(sql: str) -> exp.Expr:
    """Will read one statement. Raises MalformedError, whose text is what StartQueryExecution answers."""
    try:
        found = [one for one in sqlglot.parse(sql, read="athena") if one is not None]
    except SqlglotError as error:
        raise MalformedError(_complaint(error), SYNTAX) from error
    if len(found) != 1:
        raise MalformedError(f"Only one sql statement is allowed. Got: {sql}", SYNTAX)
    if not isinstance(found[0], exp.Query | exp.Create | exp.Insert):
        raise MalformedError(f"line 1:1: mismatched input '{sql.split(maxsplit=1)[0]}'", SYNTAX)
    return found[0]


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
        marks = [one for one in sqlglot.tokenize(sql, read="athena") if one.token_type == TokenType.PLACEHOLDER]
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
    own = {one.alias_or_name.lower() for one in tree.find_all(exp.CTE)}
    for one in list(tree.find_all(exp.Table)):
        if isinstance(one.this, exp.Identifier) and (one.args.get("db") or one.name.lower() not in own):
            yield one


def columns(tree: exp.Expr) -> set[str] | None:
    """Will give the names of all columns that a query speaks of; None where it asks for all with a star."""
    if any(not isinstance(one.parent, exp.Count) for one in tree.find_all(exp.Star)):
        return None
    return {one.name.lower() for one in tree.find_all(exp.Column)}


def conditions(tree: exp.Expr, table: exp.Table, keys: set[str]) -> list[str]:
    """Will give what the WHERE demands of the partition keys alone, in DuckDB's SQL.

    Only where it surely narrows the partitions: one table, read once, in a query without joins.
    """
    select = table.find_ancestor(exp.Select)
    alone = [one for one in tree.find_all(exp.Table) if one.name.lower() == table.name.lower()]
    if select is None or select.args.get("joins") or len(alone) > 1 or not (where := select.args.get("where")):
        return []
    parts = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
    return [one.sql("duckdb") for one in map(_unqualified, parts) if _speaks_only_of(one, keys)]


def _unqualified(one: exp.Expr) -> exp.Expr:
    one = one.copy()
    for found in one.find_all(exp.Column):
        found.set("table", None)
    return one


def _speaks_only_of(one: exp.Expr, keys: set[str]) -> bool:
    named = {found.name.lower() for found in one.find_all(exp.Column)}
    return bool(named) and named <= keys and one.find(exp.Query) is None


def written(tree: exp.Expr, schema: Schema) -> str:
    """Will write a query for DuckDB. `schema` has the types of the columns of all tables that it reads."""
    _name(tree)
    _keep_dates(tree, schema)
    for one in list(tree.find_all(exp.DateDiff)):
        # Trino counts whole units, DuckDB's date_diff the boundaries between them.
        unit = exp.Literal.string(str(one.args["unit"].name).lower())
        one.replace(exp.Anonymous(this="date_sub", expressions=[unit, one.expression, one.this]))
    for cast in list(tree.find_all(exp.Cast)):
        _cut(cast)
    return tree.sql("duckdb")


def _name(tree: exp.Expr) -> None:
    """Columns without a name are _col0, _col1, ... in Athena."""
    first = tree
    while isinstance(first, exp.SetOperation | exp.Subquery):
        first = first.this
    if isinstance(first, exp.Select):
        shown = [
            one if isinstance(one, _NAMED) or one.is_star else exp.alias_(one, f"_col{index}")
            for index, one in enumerate(first.expressions)
        ]
        first.set("expressions", shown)


def _cut(cast: exp.Cast) -> None:
    """CAST(x AS varchar(3)) keeps three letters in Trino; DuckDB knows no length."""
    length = cast.to.expressions
    if cast.to.is_type("varchar", "char") and length:
        cast.to.set("expressions", [])
        cast.replace(exp.func("LEFT", cast.copy(), exp.Literal.number(length[0].name)))


def _keep_dates(tree: exp.Expr, schema: Schema) -> None:
    """Will cast back to DATE what Trino leaves one; the types are those that sqlglot finds in a qualified copy."""
    ours = [one for one in tree.find_all(*_KEEP_DATES) if _moves_by_time(one)]
    for index, one in enumerate(ours):
        one.meta[_MARK] = index
    known: dict[str, object] = {name: dict(tables) for name, tables in schema.items()}
    typed = tree.copy()
    with suppress(SqlglotError):
        # The copy is for its types only: what qualify makes of some queries, DuckDB can't run.
        typed = qualify(typed, schema=known, dialect="duckdb", validate_qualify_columns=False, quote_identifiers=False)
        typed = annotate_types(typed, schema=known, dialect="duckdb")
    of_dates = {one.meta.get(_MARK) for one in typed.find_all(*_KEEP_DATES) if one.this.is_type("date")}
    for index, one in enumerate(ours):
        if index in of_dates:
            one.replace(exp.cast(one.copy(), "date"))


def _moves_by_time(one: exp.Expr) -> bool:
    """Of sums, those with an interval: two numbers are none, and two dates are no date."""
    return not isinstance(one, exp.Add | exp.Sub) or isinstance(one.expression, exp.Interval)
