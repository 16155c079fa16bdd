"""What may stand in a query at all. Everything else is refused: sqlglot reads the SQL of thirty other systems too."""

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from analytics.rules.sql import functions
from analytics.rules.sql.grammar import ATHENA
from analytics.rules.sql.problems import SqlError
from analytics.rules.sql.rewriting.building import refuse
from analytics.rules.sql.statement import Statement

# Node by node, with the parts that may be set; () for those of which every part may.
_ALLOWED: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.Select: ("expressions", "from_", "joins", "laterals", "where", "group", "having", "order", "limit", "offset",
                 "with_", "windows", "distinct", "kind"),
    exp.Table: ("this", "db", "catalog", "alias", "joins", "sample"),
    exp.Join: ("this", "on", "using", "kind", "side"),
    exp.Group: ("expressions", "grouping_sets", "cube", "rollup"),
    exp.Distinct: ("expressions",), exp.Star: (), exp.With: ("expressions", "recursive"),
    exp.CTE: ("this", "alias"), exp.TableAlias: ("this", "columns"), exp.Window: ("this", "partition_by", "order",
                                                                               "spec", "alias", "over"),
    exp.WindowSpec: ("kind", "start", "start_side", "end", "end_side"), exp.Like: ("this", "expression"),
    exp.In: ("this", "expressions", "query"), exp.Between: ("this", "low", "high"),
    exp.Subquery: ("this", "alias", "with_", "order", "limit", "offset"),
    exp.Union: ("this", "expression", "distinct", "with_", "order", "limit", "offset"),
    exp.Except: ("this", "expression", "distinct", "with_", "order", "limit", "offset"),
    exp.Intersect: ("this", "expression", "distinct", "with_", "order", "limit", "offset"),
    exp.TableSample: ("method", "percent"), exp.Extract: ("this", "expression"),
    exp.Trim: ("this", "expression", "position"), exp.GroupConcat: ("this", "separator"),
    exp.Cast: ("this", "to"), exp.TryCast: ("this", "to", "requires_string", "safe"),
    exp.Unnest: ("expressions", "alias", "offset"),
    exp.Lateral: ("this", "alias"), exp.Order: ("this", "expressions"),
    exp.Fetch: ("direction", "count", "limit_options"), exp.Interval: ("this", "unit"),
    exp.ParseJSON: ("this", "is_literal"), exp.Array: ("expressions", "value_constructor"),
    exp.Limit: ("this", "expression"),
}  # fmt: skip
_WHOLE = (
    exp.From, exp.Where, exp.Having, exp.Ordered, exp.Offset, exp.LimitOptions, exp.GroupingSets, exp.Cube,
    exp.Rollup, exp.Values, exp.Tuple, exp.Alias, exp.Column, exp.Identifier, exp.Dot, exp.Literal, exp.Null,
    exp.Boolean, exp.Paren, exp.Neg, exp.Not, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE,
    exp.Is,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Escape, exp.Exists, exp.Any, exp.All, exp.Case, exp.If, exp.Add, exp.Sub,
    exp.Mul, exp.Div, exp.Mod, exp.DPipe, exp.Bracket, exp.Lambda, exp.Anonymous, exp.DataType,
    exp.DataTypeParam, exp.ColumnDef, exp.Var, exp.HexString, exp.UnicodeString, exp.AtTimeZone, exp.CurrentDate,
    exp.CurrentTimestamp, exp.Localtimestamp, exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.Substring,
    exp.StrPosition,
)  # fmt: skip
_SUBSCRIPTED = (
    TokenType.ARRAY, TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.STRING,
)  # fmt: skip
_SIGNS = {"::": "CAST(x AS type)", "==": "=", "//": "/", "**": "power(x, y)", "->>": "json_extract_scalar"}


def check(statement: Statement) -> None:
    """Will refuse what Athena doesn't have, or this engine wouldn't answer alike. Raises SqlError."""
    tokens = ATHENA.tokenize(statement.text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.token_type == TokenType.L_BRACKET and (before is None or before.token_type not in _SUBSCRIPTED):
            raise SqlError("syntax", "[ begins no array in Athena's SQL. Nothing was run. Write ARRAY[...].",
                           line=token.line, column=token.col)  # fmt: skip
        if token.text in _SIGNS and token.token_type not in {TokenType.STRING, TokenType.IDENTIFIER}:
            sentence = f"{token.text} isn't in Athena's SQL. Nothing was run. Write {_SIGNS[token.text]}."
            raise SqlError("syntax", sentence, line=token.line, column=token.col - len(token.text) + 1)
    for node in statement.tree.walk():
        _allow(node)
    written = sum(token.token_type == TokenType.JOIN for token in tokens)
    if written > sum(map(_has_condition, statement.tree.find_all(exp.Join))):
        raise SqlError("syntax", "A JOIN has no condition. Nothing was run. Write ON, USING, or CROSS JOIN.")
    for call in statement.tree.find_all(exp.Anonymous):
        functions.called(call)


def _allow(node: exp.Expr) -> None:
    _check_parts(node)
    if type(node) in _WHOLE:
        return
    parts = _ALLOWED.get(type(node))
    if parts is None:
        refuse(node, f"{type(node).__name__} isn't here.")
    extra = [name for name, value in node.args.items() if value and name not in parts]
    if extra:
        refuse(node, f"{extra[0].strip('_').upper()} of {type(node).__name__.upper()} isn't here.")


def _has_condition(join: exp.Join) -> bool:
    return bool(join.args.get("on") or join.args.get("using") or join.kind == "CROSS")


def _check_parts(node: exp.Expr) -> None:
    if isinstance(node, exp.Join) and str(node.args.get("kind") or "").upper() not in {"", "CROSS", "INNER", "OUTER"}:
        refuse(node, f"A {node.args['kind']} JOIN isn't in Athena.")
    if isinstance(node, exp.Select) and not node.expressions:
        raise SqlError("syntax", "A SELECT shows nothing. Nothing was run. Name a column.")
    if isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit() and int(node.this) >= 2**63:
        refuse(node, f"{node.this} is larger than a bigint. Write DECIMAL '{node.this}'.")
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        refuse(node, "DISTINCT ON isn't in Athena.")
