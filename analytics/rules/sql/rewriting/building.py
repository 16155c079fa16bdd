"""The parts of which DuckDB's SQL is made, and the refusal of what can't be made."""

from collections.abc import Callable
from typing import NoReturn

from sqlglot import exp

from analytics.rules.sql.problems import SqlError, first_place
from analytics.rules.sql.typed import types
from analytics.rules.sql.typed.nodes import type_of
from analytics.rules.sql.typed.scopes import TYPE
from analytics.rules.sql.typed.types import Type

Rewrite = Callable[[exp.Anonymous], exp.Expr]


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def text(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def number(value: int | str) -> exp.Expr:
    return exp.Literal.number(value)


def cast(node: exp.Expr, type_: Type, *, is_try: bool = False) -> exp.Expr:
    """Will cast as DuckDB does; `casts` knows how Athena does."""
    kind = exp.TryCast if is_try else exp.Cast
    made = kind(this=node, to=exp.DataType.build(types.for_duckdb(type_), dialect="duckdb"))
    made.meta[TYPE] = type_
    return made


def is_null(node: exp.Expr) -> exp.Expr:
    return exp.Is(this=node.copy(), expression=exp.Null())


def case(*choices: tuple[exp.Expr, exp.Expr], default: exp.Expr | None = None) -> exp.Case:
    return exp.Case(ifs=[exp.If(this=when, true=then) for when, then in choices], default=default)


def constant(node: exp.Expr, what: str) -> str:
    """Will give the text of a literal. Raises SqlError where it is none: what it means must be known beforehand."""
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise refusal(node, f"{what} must be written as a text here, not computed.")


def needs(node: exp.Expr, what: str) -> Type:
    """Will give a node's type. Raises SqlError where it couldn't be told."""
    known = type_of(node)
    if known is None:
        raise refusal(node, f"The type of {what} can't be told here. CAST it.")
    return known


def refuse(node: exp.Expr, sentence: str) -> NoReturn:
    """Will raise a refusal."""
    raise refusal(node, sentence)


def refusal(node: exp.Expr, sentence: str) -> SqlError:
    """Will make the SqlError of a refusal, with the place of the first word in `node` that has one."""
    line, column = first_place(one.meta for one in node.walk())
    told = f"{sentence} Nothing was run: this engine would answer otherwise than Athena."
    return SqlError("refused", told, line=line, column=column)
