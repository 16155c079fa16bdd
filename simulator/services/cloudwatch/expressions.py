"""Metric mathematics, as far as releases are measured by it (CloudWatch user guide, "Using math expressions").

Python's own grammar reads it: `^` is a power, `AND`, `OR`, `&&` and `||` are logical, names are the ids of queries.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.operations import AwsError
from simulator.services.cloudwatch.metrics import Series

Value = float | Series | list[Series]

_BINARY: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_COMPARED: dict[type[ast.AST], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_WORDS = ((r"\^", "**"), (r"&&|\bAND\b", " and "), (r"\|\||\bOR\b", " or "))


@dataclass(frozen=True)
class Evaluation:
    """What an expression may name: the results of the other queries, which of them are metrics, and the periods."""

    known: Mapping[str, Value]
    metrics: Mapping[str, Series]
    grid: Sequence[datetime]
    period_s: float

    def evaluate(self, expression: str) -> Series:
        """Will give the time series that the expression describes. Raises AwsError(ValidationError)."""
        text = expression
        for pattern, word in _WORDS:
            text = re.sub(pattern, word, text)
        try:
            value = self._value(ast.parse(text.strip(), mode="eval").body)
        except SyntaxError as error:
            raise _refusal(expression, "Parsing error") from error
        except _UnreadableError as error:
            raise _refusal(expression, str(error)) from error
        if isinstance(value, list):
            raise _refusal(expression, "An array of time series can't be returned here")
        return value if isinstance(value, dict) else dict.fromkeys(self.grid, value)

    def _value(self, node: ast.AST) -> Value:  # noqa: C901 - one case for each kind of node
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name):
                if name not in self.known:
                    raise _UnreadableError(f"{name} is no id of a query")
                return self.known[name]
            case ast.List(elts=members):
                return [self._series(one) for one in members]
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return _combine(operator.mul, -1.0, self._value(inner))
            case ast.BinOp(left=left, op=how, right=right) if type(how) in _BINARY:
                return _combine(_BINARY[type(how)], self._value(left), self._value(right))
            case ast.Compare(left=left, ops=[how], comparators=[right]) if type(how) in _COMPARED:
                compare = _COMPARED[type(how)]
                return _combine(lambda a, b: float(compare(a, b)), self._value(left), self._value(right))
            case ast.BoolOp(op=how, values=members):
                decide = all if isinstance(how, ast.And) else any
                value = self._value(members[0])
                for one in members[1:]:
                    value = _combine(lambda a, b: float(decide((a, b))), value, self._value(one))
                return value
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, arguments)
        raise _UnreadableError(f"{ast.unparse(node)} is not supported")

    def _series(self, node: ast.AST) -> Series:
        value = self._value(node)
        if isinstance(value, list):
            raise _UnreadableError("an array stands where one time series is wanted")
        return value if isinstance(value, dict) else dict.fromkeys(self.grid, value)

    def _fill(self, arguments: Sequence[ast.AST]) -> Value:
        """Every period of the request is filled (for a metric without any data, AWS is not documented: our reading)."""
        series, how = self._series(arguments[0]), arguments[1]
        if isinstance(how, ast.Name) and how.id == "REPEAT":
            return _repeat(series, self.grid)
        filler = self._value(how)
        return {at: series.get(at, filler if isinstance(filler, float) else 0.0) for at in self.grid}

    def _if(self, arguments: Sequence[ast.AST]) -> Value:
        condition, then, other = (self._value(one) for one in arguments)
        if isinstance(condition, float):
            return then if condition else other
        if isinstance(condition, list):
            raise _UnreadableError("IF takes no array")
        chosen = {at: _at(then if value else other, at) for at, value in condition.items()}
        return {at: value for at, value in chosen.items() if value is not None}

    def _metrics(self, arguments: Sequence[ast.AST]) -> Value:
        named = arguments[0].value if arguments and isinstance(arguments[0], ast.Constant) else ""
        return [one for id_, one in self.metrics.items() if str(named) in id_]

    def _period(self, arguments: Sequence[ast.AST]) -> Value:  # noqa: ARG002 - one signature
        return self.period_s


class _UnreadableError(Exception):
    """What the expression asks for can't be had."""


def _refusal(expression: str, reason: str) -> AwsError:
    return AwsError("ValidationError", f"Error in expression '{expression}': {reason}")


def _combine(how: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """Point by point; where one side has no point, or the result is no number, there is none."""
    if isinstance(left, list):
        return [_one(_combine(how, one, right)) for one in left]
    if isinstance(right, list):
        return [_one(_combine(how, left, one)) for one in right]
    if isinstance(left, float) and isinstance(right, float):
        return _number(how, left, right) or 0.0
    moments = left.keys() if isinstance(left, dict) else right.keys() if isinstance(right, dict) else ()
    points = {at: _pair(how, _at(left, at), _at(right, at)) for at in moments}
    return {at: value for at, value in points.items() if value is not None}


def _one(value: Value) -> Series:
    if not isinstance(value, dict):
        raise _UnreadableError("arrays of arrays are not supported")
    return value


def _pair(how: Callable[[float, float], float], left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else _number(how, left, right)


def _number(how: Callable[[float, float], float], left: float, right: float) -> float | None:
    try:
        return float(how(left, right))
    except ZeroDivisionError:
        return None


def _at(value: Value, moment: datetime) -> float | None:
    if isinstance(value, list):
        raise _UnreadableError("an array stands where one time series is wanted")
    return value.get(moment) if isinstance(value, dict) else value


def _repeat(series: Series, grid: Sequence[datetime]) -> Series:
    filled: Series = {}
    last: float | None = None
    for at in grid:
        last = series.get(at, last)
        if last is not None:
            filled[at] = last
    return filled


def _over(how: Callable[[Sequence[float]], float]) -> Callable[[Evaluation, Sequence[ast.AST]], Value]:
    """SUM and its like: over several series a series, over one series a number."""

    def work(self: Evaluation, arguments: Sequence[ast.AST]) -> Value:
        value = self._value(arguments[0])
        if isinstance(value, list):
            moments = sorted({at for one in value for at in one})
            return {at: how([one[at] for one in value if at in one]) for at in moments}
        if isinstance(value, dict):
            return how(list(value.values())) if value else 0.0
        return value

    return work


def _each(of: Callable[[float], float]) -> Callable[[Evaluation, Sequence[ast.AST]], Value]:
    return lambda self, arguments: _combine(lambda value, _: of(value), self._value(arguments[0]), 0.0)


_FUNCTIONS: dict[str, Callable[[Evaluation, Sequence[Any]], Value]] = {
    "FILL": Evaluation._fill,  # noqa: SLF001 - its own
    "IF": Evaluation._if,  # noqa: SLF001
    "METRICS": Evaluation._metrics,  # noqa: SLF001
    "PERIOD": Evaluation._period,  # noqa: SLF001
    "SUM": _over(sum),
    "AVG": _over(lambda values: sum(values) / len(values)),
    "MIN": _over(min),
    "MAX": _over(max),
    "ABS": _each(abs),
    "CEIL": _each(lambda value: float(-(-value // 1))),
    "FLOOR": _each(lambda value: float(value // 1)),
}
