"""One read-only statement in Athena's dialect: what it is, which tables it reads, and what it is called in a cache."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from analytics.rules.sql import parameters as values
from analytics.rules.sql.grammar import ATHENA
from analytics.rules.sql.problems import SqlError, readable_depth

LONGEST = 262_144  # characters: the limit of Athena's QueryString
_WRITES = (exp.DML, exp.DDL, exp.Command, exp.Copy, exp.Set, exp.Pragma, exp.Into)
_BEGINNINGS = (TokenType.SELECT, TokenType.WITH, TokenType.VALUES, TokenType.TABLE)
# What answers differently when it is asked again; the rest of Trino's functions depend on their arguments alone.
_OF_THE_MOMENT = frozenset({
    "now", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp",
    "random", "rand", "uuid", "shuffle", "arbitrary", "any_value",
})  # fmt: skip
_IN_NO_ORDER = frozenset({"array_agg", "map_agg", "multimap_agg", "listagg", "row_number", "first_value", "last_value"})


@dataclass(frozen=True)
class Statement:
    """A query that was read. `tree` is never changed: what rewrites it takes a copy."""

    tree: exp.Query
    text: str


@dataclass(frozen=True, order=True)
class Table:
    """A table as the statement names it, in lower case; `database` is None where it isn't named."""

    database: str | None
    name: str


def parse(sql: str) -> Statement:
    """Will read one query. Raises SqlError: too-long, syntax, not-one-statement or not-a-query."""
    if len(sql) > LONGEST:
        raise SqlError("too-long", f"The statement has {len(sql):,} characters; Athena takes at most {LONGEST:,}.")
    with readable_depth():
        return _read(sql)


def _read(sql: str) -> Statement:
    try:
        begins = next((one for one in ATHENA.tokenize(sql) if one.token_type != TokenType.L_PAREN), None)
        if begins is not None and begins.token_type not in _BEGINNINGS:
            raise _no_query(begins.text)
        found = [one for one in ATHENA.parse(sql) if one is not None]
    except SqlglotError as error:
        raise _misread(error) from error
    if len(found) != 1:
        raise SqlError("not-one-statement", f"There are {len(found)} statements here. Give one query at a time.")
    return Statement(_query(found[0]), sql)


def _query(tree: exp.Expr) -> exp.Query:
    if isinstance(tree, exp.Values):
        tree = exp.Select(expressions=[exp.Star()], from_=exp.From(this=tree))
    if (writes := tree.find(*_WRITES)) or not isinstance(tree, exp.Query):
        raise _no_query((writes or tree).key)
    return tree


def _no_query(word: str) -> SqlError:
    return SqlError("not-a-query", f"{word.upper()} is no query. Nothing was run. SELECT, WITH, VALUES and TABLE are.")


def _misread(error: SqlglotError) -> SqlError:
    told = (getattr(error, "errors", None) or [{}])[0]
    near = told.get("highlight") or ""
    line, column = told.get("line"), told.get("col")
    if column is not None:
        column = max(int(column) - len(near) + 1, 1)
    what = told.get("description") or str(error).splitlines()[0]
    return SqlError("syntax", f"The statement can't be read near {near!r}: {what}", line=line, column=column)


def tables(statement: Statement) -> frozenset[Table]:
    """Will name the tables of the catalogue that the query reads; names that a WITH made in reach are none."""
    return frozenset(Table(one.db.lower() or None, one.name.lower()) for one in references(statement.tree))


def references(tree: exp.Expr) -> Iterator[exp.Table]:
    """Will give the nodes that name tables of the catalogue."""
    for one in tree.find_all(exp.Table):
        if isinstance(one.this, exp.Identifier) and (one.db or not _is_named_by_with(one)):
            yield one


def _is_named_by_with(table: exp.Table) -> bool:
    """A name is a WITH's in the query below it, and in the queries that come later in the same WITH."""
    name, above = table.name.lower(), table.parent
    below: exp.Expr = table
    while above is not None:
        with_ = above if isinstance(above, exp.With) else above.args.get("with_")
        if isinstance(below, exp.With):
            with_ = None  # what it made for the query around was seen one step below
        if isinstance(with_, exp.With):
            for one in with_.expressions:
                if one is below and not with_.recursive:
                    break
                if one.alias.lower() == name:
                    return True
                if one is below:
                    break
        below, above = above, above.parent
    return False


def canonical(statement: Statement, parameters: Sequence[values.Parameter] = ()) -> str:
    """Will write the statement so that comments, white space and the case of words make no difference.

    Made from the words as they were read, not from the tree: two statements never share it because a writer of trees
    dropped what it doesn't know. Raises SqlError where the parameters don't fit.
    """
    return " ".join(map(_word, ATHENA.tokenize(values.fill(statement.text, parameters).rstrip().rstrip(";"))))


def _word(token: Token) -> str:
    match token.token_type:
        case TokenType.STRING:
            return "'{}'".format(token.text.replace("'", "''"))
        case TokenType.IDENTIFIER:
            return '"{}"'.format(token.text.replace('"', '""'))
        case TokenType.HEX_STRING | TokenType.UNICODE_STRING | TokenType.NATIONAL_STRING:
            return f"{token.token_type.name}'{token.text}'"
    return token.text.lower()


def is_repeatable(statement: Statement) -> bool:
    """Will say whether asking again gives the same rows for the same data: no clock, no chance, no LIMIT unordered."""
    tree = statement.tree
    if tree.find(exp.TableSample, exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Localtime):
        return False
    if any(one.name.lower() in _OF_THE_MOMENT for one in tree.find_all(exp.Anonymous)):
        return False
    return not any(map(_is_cut_unordered, tree.find_all(exp.Query))) and not any(map(_is_unordered, _aggregates(tree)))


def _is_cut_unordered(query: exp.Query) -> bool:
    return bool(query.args.get("limit") or query.args.get("offset")) and not query.args.get("order")


def _aggregates(tree: exp.Expr) -> Iterator[exp.Anonymous]:
    return (one for one in tree.find_all(exp.Anonymous) if one.name.lower() in _IN_NO_ORDER)


def _is_unordered(call: exp.Anonymous) -> bool:
    around = call.find_ancestor(exp.Window, exp.WithinGroup, exp.Select)
    return (
        not call.find(exp.Order)
        and (around is None or around.args.get("order") is None)
        and not isinstance(around, exp.WithinGroup)
    )
