"""What runs here and Athena would refuse: found from the types, before anybody pays for it there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlglot import exp

from analytics.rules.sql import functions
from analytics.rules.sql.problems import first_place
from analytics.rules.sql.statement import Statement
from analytics.rules.sql.typed import inference, types
from analytics.rules.sql.typed.nodes import type_of
from analytics.rules.sql.typed.scopes import Schema
from analytics.rules.sql.typed.types import Type

Code = Literal["type-mismatch", "function-arguments", "approximate"]
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
_FITS: dict[str, Callable[[Type], bool]] = {
    "v": lambda one: one.name in {"varchar", "char"},
    "n": types.is_number,
    "i": types.is_whole,
    "d": lambda one: types.is_moment(one) or one.name == "time",
    "b": lambda one: one == types.BOOLEAN,
    "x": lambda one: one.name == "varbinary",
    "j": lambda one: one.name in {"json", "varchar"},
    "a": lambda one: one.name == "array",
    "m": lambda one: one.name == "map",
}
_MEANT = {
    "v": "a text", "n": "a number", "i": "a whole number", "d": "a date or timestamp", "b": "a truth value",
    "x": "bytes", "j": "JSON", "a": "an array", "m": "a map",
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that Athena would refuse, or (approximate) answer a little differently."""

    code: Code
    sentence: str
    line: int | None
    column: int | None


def findings(statement: Statement, schema: Schema, *, database: str | None = None) -> tuple[Finding, ...]:
    """Will list what fails on Athena though it runs here, in the order of the text. Raises SqlError as `translate`."""
    tree = statement.tree.copy()
    inference.annotate(tree, schema, database=database)
    found = [finding for node in tree.walk() for finding in _of(node)]
    return tuple(sorted(set(found), key=lambda one: (one.line or 0, one.column or 0, one.sentence)))


def _of(node: exp.Expr) -> Iterator[Finding]:
    for kinds, look in _LOOKS:
        if isinstance(node, kinds):
            yield from look(node)


def _beside(node: exp.Binary) -> Iterator[Finding]:
    yield from _compared(node.this, node.expression, "compared with")


def _computed(node: exp.Binary) -> Iterator[Finding]:
    if type_of(node) is None:
        yield from _compared(node.this, node.expression, "computed with", is_computed=True)


def _between(node: exp.Between) -> Iterator[Finding]:
    for one in (node.args["low"], node.args["high"]):
        yield from _compared(node.this, one, "compared with")


def _among(node: exp.In) -> Iterator[Finding]:
    query = node.args.get("query")
    for one in [*node.expressions, *([query] if query else [])]:
        yield from _compared(node.this, one, "compared with")


def _compared(one: exp.Expr, other: exp.Expr, how: str, *, is_computed: bool = False) -> Iterator[Finding]:
    a, b = type_of(one), type_of(other)
    if a is None or b is None or (types.common(a, b) is not None and not is_computed):
        return
    yield _finding(one, "type-mismatch", f"{a} can't be {how} {b}. Athena refuses it; CAST one of them.")


def _called(node: exp.Anonymous) -> Iterator[Finding]:
    name = node.name.lower()
    if name in functions.APPROXIMATE:
        yield _finding(node, "approximate", f"{name} is an estimate on Athena and exact here: the answers may differ.")
    letters = functions.KNOWN[name].signature.split() if name in functions.KNOWN else []
    given = node.expressions
    if name in functions.KNOWN and functions.KNOWN[name].result == "C":
        yield from _alike(node, list(given))
    if given and isinstance(given[0], exp.Distinct):
        given = given[0].expressions
    for index, one in enumerate(given):
        letter = letters[min(index, len(letters) - 1)].rstrip("?+") if letters else "*"
        kind = type_of(one)
        fits = _FITS.get(letter)
        if fits and kind is not None and kind != types.UNKNOWN and not isinstance(one, exp.Lambda) and not fits(kind):
            sentence = (
                f"{name} takes {_MEANT[letter]}, not {kind}, as argument {index + 1}. Athena refuses it; CAST it."
            )
            yield _finding(node, "function-arguments", sentence)


def _chosen(node: exp.Case | exp.If) -> Iterator[Finding]:
    if isinstance(node, exp.If) and isinstance(node.parent, exp.Case):
        return
    results = [one.args["true"] for one in node.args.get("ifs") or [node]]
    results += filter(None, [node.args.get("default") or node.args.get("false")])
    yield from _alike(node, results)


def _alike(node: exp.Expr, results: list[exp.Expr]) -> Iterator[Finding]:
    kinds = [type_of(one) for one in results]
    if None not in kinds and types.common_of(kinds) is None:
        named = " and ".join(dict.fromkeys(map(str, kinds)))
        yield _finding(node, "type-mismatch", f"The choices are {named}. Athena refuses it; CAST them to one type.")


def _true(node: exp.Expr) -> Iterator[Finding]:
    for one in filter(None, (node.args.get("this"), node.args.get("expression"))):
        kind = type_of(one)
        if kind not in {None, types.BOOLEAN, types.UNKNOWN}:
            yield _finding(
                one, "type-mismatch", f"A condition is a truth value, not {kind}. Athena refuses it; compare."
            )


def _text(node: exp.Like) -> Iterator[Finding]:
    kind = type_of(node.this)
    if kind is not None and kind.name not in {"varchar", "char", "unknown"}:
        yield _finding(node, "type-mismatch", f"LIKE takes a text, not {kind}. Athena refuses it; CAST it to varchar.")


def _put_together(node: exp.SetOperation) -> Iterator[Finding]:
    if not all(isinstance(one, exp.Select) for one in (node.left, node.right)):
        return
    for one, other in zip(node.left.expressions, node.right.expressions, strict=False):
        yield from _compared(one, other, "put in one column with")


_LOOKS: tuple[tuple[tuple[type[exp.Expr], ...], Callable[[Any], Iterator[Finding]]], ...] = (
    ((exp.Anonymous,), _called),
    ((exp.Between,), _between),
    ((exp.In,), _among),
    ((exp.Case, exp.If), _chosen),
    ((exp.Where, exp.Having, exp.Not, exp.And, exp.Or), _true),
    ((exp.Like,), _text),
    ((exp.SetOperation,), _put_together),
    (_COMPARISONS, _beside),
    (_ARITHMETIC, _computed),
)


def _finding(node: exp.Expr, code: Code, sentence: str) -> Finding:
    line, column = first_place(one.meta for one in node.walk())
    return Finding(code, sentence, line, column)
