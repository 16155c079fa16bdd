"""What a query can't do without, read off its text: the columns that it may touch, and what its rows must be like.

Both err to one side, so that what is computed from them is an upper bound: a column that might be meant counts as
touched, and a condition counts only where it surely holds for every row that the table gives to the query.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from sqlglot import exp

from analytics.rules.sql import statement
from analytics.rules.sql.statement import Statement

Value = str | Decimal | date
# What a comparison says of its right side.
_TURNED: Mapping[type[exp.Expr], type[exp.Expr]] = MappingProxyType(
    {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.EQ: exp.EQ}
)


@dataclass(frozen=True)
class Range:
    """What a column's values must lie in, ends included; None is without end."""

    column: str
    least: Value | None
    most: Value | None

    def may_hold(self, least: Value | None, most: Value | None) -> bool:
        """Whether values between `least` and `most` may be wanted; True where they can't be compared."""
        return not (_is_less(most, self.least) or _is_less(self.most, least))


@dataclass(frozen=True)
class Usage:
    """One mention of a table. `columns` is None where all may be touched."""

    database: str
    table: str
    columns: frozenset[str] | None
    ranges: tuple[Range, ...]


def of(read: Statement, database: str) -> tuple[Usage, ...]:
    """Will say what each mention of a table needs, the tables without a database being of `database`."""
    columns = _columns(read.tree)
    return tuple(
        Usage((one.db or database).lower(), one.name.lower(), columns, tuple(_ranges(one)))
        for one in statement.references(read.tree)
    )


def _columns(tree: exp.Expr) -> frozenset[str] | None:
    """Every name in the query, whatever it names; a star stands for all but in count(*)."""
    for star in tree.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count) and not _is_count(star.parent):
            return None
    if any(join.args.get("method") == "NATURAL" for join in tree.find_all(exp.Join)):
        return None
    names = frozenset(one.name.lower() for one in tree.find_all(exp.Identifier))
    tables = {one.alias_or_name.lower() for one in tree.find_all(exp.Table)}
    # A table's own name, used as a value, is its whole row.
    whole = any(one.name.lower() in tables and not one.table for one in tree.find_all(exp.Column))
    return None if whole else names


def _is_count(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower() == "count"


def _ranges(table: exp.Table) -> Iterator[Range]:
    """What WHERE asks of a table that stands alone in FROM: there a bare name can only be its column."""
    source = table.parent
    select = source.parent if isinstance(source, exp.From) else None
    if not isinstance(select, exp.Select) or select.args.get("joins") or table.args.get("joins"):
        return
    if select.args.get("laterals") or (where := select.args.get("where")) is None:
        return
    condition = where.this
    for one in condition.flatten() if isinstance(condition, exp.And) else [condition]:
        if found := _range(one.unnest(), table.alias_or_name.lower()):
            yield found


def _range(condition: exp.Expr, table: str) -> Range | None:
    if isinstance(condition, exp.Between) and not condition.args.get("symmetric"):
        return _made(condition.this, table, _value(condition.args["low"]), _value(condition.args["high"]))
    if isinstance(condition, exp.In) and condition.expressions and not condition.args.get("query"):
        values = [_value(one) for one in condition.expressions]
        known = [one for one in values if one is not None]
        if len(known) == len(values) and len({type(one) for one in known}) == 1:
            return _made(condition.this, table, min(known), max(known))
    kind: type[exp.Expr] = type(condition)
    if kind not in _TURNED:
        return None
    left, right = condition.this, condition.expression
    if not isinstance(left, exp.Column):
        left, right, kind = right, left, _TURNED[kind]
    value = _value(right)
    is_open_below, is_open_above = kind in {exp.LT, exp.LTE}, kind in {exp.GT, exp.GTE}
    return _made(left, table, None if is_open_below else value, None if is_open_above else value)


def _made(column: exp.Expr, table: str, least: Value | None, most: Value | None) -> Range | None:
    if not isinstance(column, exp.Column) or (least is None and most is None):
        return None
    # With another name in front it is a column of the query around this one.
    return Range(column.name.lower(), least, most) if column.table.lower() in {"", table} else None


def _value(node: exp.Expr) -> Value | None:
    """A literal's value: text, number, or DATE '...'."""
    if isinstance(node, exp.Literal):
        return node.this if node.is_string else Decimal(node.this)
    if isinstance(node, exp.Neg) and isinstance(inner := _value(node.this), Decimal):
        return -inner
    if isinstance(node, exp.Cast) and node.to.this is exp.DataType.Type.DATE and isinstance(node.this, exp.Literal):
        try:
            return date.fromisoformat(node.this.this)
        except ValueError:
            return None
    return None


def _is_less(one: Value | None, other: Value | None) -> bool:
    if one is None or other is None or type(one) is not type(other):
        return False
    return one < other  # type: ignore[operator]
