"""What is read from, and what is shown: tables, UNNEST, stars, names of columns, WITH TIES."""

from sqlglot import exp

from analytics.rules.sql.rewriting.building import call, needs, number, refuse
from analytics.rules.sql.typed import types
from analytics.rules.sql.typed.inference import SOURCE, scope_of
from analytics.rules.sql.typed.scopes import HIDDEN, Scope, called


def order_by_what_is_shown(select: exp.Select) -> None:
    """Will put what an alias names into the expressions of ORDER BY: there DuckDB takes the name for a column's."""
    shown = {one.alias.lower(): one.this for one in select.expressions if isinstance(one, exp.Alias)}
    order = select.args.get("order")
    for one in order.expressions if order else ():
        if isinstance(one.this, exp.Column):
            continue
        for column in list(one.find_all(exp.Column)):
            if not column.table and column.name.lower() in shown:
                column.replace(exp.Paren(this=shown[column.name.lower()].copy()))


def name_columns(select: exp.Select) -> None:
    """Will give each column that a SELECT shows a name: _col0, _col1, ... where it has none."""
    shown, position = [], 0
    scope = scope_of(select)
    for one in select.expressions:
        if is_star(one):
            columns = scope.columns(one.table.lower() if isinstance(one, exp.Column) else None)
            shown += _spread(one, scope, position)
            position += len(columns)
            continue
        name = called(one) or f"_col{position}"
        shown.append(one if isinstance(one, exp.Alias) else exp.alias_(one.copy(), name, quoted=True))
        position += 1
    select.set("expressions", shown)


def is_star(node: exp.Expr) -> bool:
    return isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star))


def _spread(star: exp.Expr, scope: Scope, position: int) -> list[exp.Expr]:
    """A star as DuckDB's, unless its columns come in another order or under other names in Trino."""
    wanted = star.table.lower() if isinstance(star, exp.Column) else None
    sources = [one for one in scope.sources if wanted is None or one.alias == wanted]
    columns = scope.columns(wanted)
    is_plain = all(column.name for column in columns) and not (scope.using and wanted is None)
    if is_plain:
        return [star.copy()]
    if any(not one.alias for one in sources) and len(sources) > 1:
        refuse(star, "A star over several queries needs names for them: (SELECT ...) AS t.")
    made: list[exp.Expr] = [_column("", name, "") for name in scope.using if wanted is None]
    for source in sources:
        for index, column in enumerate(source.columns):
            if wanted is not None or column.name not in scope.using:
                inner = column.name or f"_col{index}"
                made.append(_column(source.alias, inner, column.name or f"_col{position + len(made)}"))
    return made


def _column(source: str, name: str, alias: str) -> exp.Expr:
    node = exp.column(exp.to_identifier(name, quoted=True), table=source or None)
    return exp.alias_(node, alias, quoted=True) if alias and alias != name else node


def column(node: exp.Column) -> exp.Expr:
    """Will write a column with the name of its table, and a field of a row by its name."""
    found = node.meta.get(SOURCE)
    if found is None:
        return node
    if (name := node.name.lower()) in HIDDEN and len(node.parts) < 3 and name.startswith("$"):
        refuse(node, f"\"{name}\" isn't here: the files below a table aren't seen.")
    return field(found) if isinstance(found, exp.Dot) else found.copy()


def field(node: exp.Dot) -> exp.Expr:
    """Will write row.field."""
    of = field(node.this) if isinstance(node.this, exp.Dot) else node.this.copy()
    return call("struct_extract", of, exp.Literal.string(node.expression.name.lower()))


def table(node: exp.Table) -> exp.Expr:
    """Will write a table of the catalogue as "database"."table", so that nothing of DuckDB's own is named."""
    database = node.meta.get("database")
    if database is None:
        return node
    made = exp.table_(exp.to_identifier(node.name.lower(), quoted=True), db=exp.to_identifier(database, quoted=True))
    alias = node.args.get("alias")
    made.set("alias", alias.copy() if alias else exp.TableAlias(this=exp.to_identifier(node.name.lower(), quoted=True)))
    for name in ("joins", "sample"):
        if value := node.args.get(name):
            made.set(name, value)
    return made


def valued_alone(node: exp.Values) -> exp.Expr:
    """Will give VALUES a name of its own where it stands for a query: IN (VALUES 1, 2)."""
    made = node.copy()
    made.set("alias", exp.TableAlias(this=exp.to_identifier("_values", quoted=True)))
    return made


def valued(node: exp.Values) -> exp.Expr:
    """Will name the columns of VALUES as they are called where nothing else names them."""
    alias = node.args.get("alias")
    around = node.parent.parent if isinstance(node.parent, exp.Subquery) else node.parent
    if not isinstance(around, exp.From | exp.Join | exp.CTE | exp.Lateral | exp.SetOperation):
        return exp.Select(expressions=[exp.Star()], from_=exp.From(this=valued_alone(node)))
    if isinstance(node.parent, exp.CTE) or (isinstance(alias, exp.TableAlias) and alias.columns):
        return node
    first = node.expressions[0]
    count = len(first.expressions) if isinstance(first, exp.Tuple) else 1
    names = [exp.to_identifier(f"_col{index}", quoted=True) for index in range(count)]
    called_ = alias.this.copy() if isinstance(alias, exp.TableAlias) else exp.to_identifier("_values", quoted=True)
    node.set("alias", exp.TableAlias(this=called_, columns=names))
    return node


def unnested(node: exp.Unnest) -> exp.Expr:
    """Will write UNNEST as a query of its own: several side by side, maps as two, rows as their fields."""
    shown: list[exp.Expr] = []
    lists: list[exp.Expr] = []
    for one in node.expressions:
        kind = needs(one, "what is unnested")
        parts = _lists(one, kind)
        shown += [call("unnest", part) for part in parts]
        lists.append(parts[0])
    if node.args.get("offset"):
        lengths = [call("coalesce", call("len", one.copy()), number(0)) for one in lists]
        longest = call("greatest", *lengths) if len(lengths) > 1 else lengths[0]
        shown.append(call("unnest", call("range", number(1), exp.Add(this=longest, expression=number(1)))))
    alias = node.args.get("alias")
    alias = alias.copy() if isinstance(alias, exp.TableAlias) else exp.TableAlias()
    if not alias.args.get("this"):
        alias.set("this", exp.to_identifier("_unnested", quoted=True))
    if not alias.columns:
        names = _names(node)
        alias.set("columns", [exp.to_identifier(name, quoted=True) for name in names])
    query = exp.Subquery(this=exp.Select(expressions=shown))
    return exp.Lateral(this=query, alias=alias)


def _names(node: exp.Unnest) -> list[str]:
    names: list[str] = []
    for one in node.expressions:
        kind = needs(one, "what is unnested")
        held = kind.inner[0]
        names += held.fields if held.name == "row" else [""] * len(kind.inner)
    names += ["ordinality"] if node.args.get("offset") else []
    return [name or f"_col{index}" for index, name in enumerate(names)]


def _lists(node: exp.Expr, kind: types.Type) -> list[exp.Expr]:
    if kind.name == "map":
        return [call("map_keys", node.copy()), call("map_values", node.copy())]
    held = kind.inner[0]
    if held.name != "row":
        return [node.copy()]
    variable = exp.to_identifier("held")
    parts: list[exp.Expr] = []
    for index, name in enumerate(held.fields):
        key = exp.Literal.string(name) if name else exp.Literal.number(index + 1)
        got = call("struct_extract", variable.copy(), key)
        parts.append(call("list_transform", node.copy(), exp.Lambda(this=got, expressions=[variable.copy()])))
    return parts


def limit(select: exp.Query) -> None:
    """Will write LIMIT ALL and FETCH FIRST: with ties, they are the rows whose rank is small enough."""
    found = select.args.get("limit")
    if isinstance(found, exp.Limit) and isinstance(found.expression, exp.Var):
        select.set("limit", None)
    if not isinstance(found, exp.Fetch):
        return
    options = found.args.get("limit_options")
    count = found.args.get("count") or number(1)
    select.set("limit", exp.Limit(expression=count.copy()))
    if options is None or not (options.args.get("with_ties") or options.args.get("percent")):
        return
    order = select.args.get("order")
    bad = ("distinct", "offset", "qualify")
    if (
        not isinstance(select, exp.Select)
        or order is None
        or any(select.args.get(one) for one in bad)
        or options.args.get("percent")
    ):
        refuse(select, "WITH TIES goes with ORDER BY, and not with DISTINCT, UNION or OFFSET here.")
    select.set("limit", None)
    ordered = [_by_expression(one, select) for one in order.expressions]
    rank = exp.Window(this=call("rank"), order=exp.Order(expressions=ordered), over="OVER")
    select.set("qualify", exp.Qualify(this=exp.LTE(this=rank, expression=count)))


def _by_expression(one: exp.Ordered, select: exp.Select) -> exp.Expr:
    """In a window a number or an alias isn't the column that is shown."""
    made = one.copy()
    if isinstance(one.this, exp.Literal) and not one.this.is_string:
        made.set("this", select.expressions[int(one.this.this) - 1].unalias().copy())
    for each in select.expressions:
        if isinstance(one.this, exp.Column) and not one.this.table and each.alias_or_name == one.this.name:
            made.set("this", each.unalias().copy())
    return made
