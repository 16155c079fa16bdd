"""Finds out what every name of a query means and of which type every expression is, as Trino would."""

from collections.abc import Sequence
from itertools import islice

from sqlglot import exp

from analytics.rules.sql import functions
from analytics.rules.sql.problems import SqlError, place
from analytics.rules.sql.typed import types
from analytics.rules.sql.typed.nodes import of_node, type_of
from analytics.rules.sql.typed.scopes import TYPE, Catalogue, Column, Schema, Scope, Source, renamed, shown
from analytics.rules.sql.typed.types import Type

Lambdas = dict[str, Type | None]
_WIDEST = 10_000  # columns of one SELECT
SOURCE = "source"  # in a column's meta: whether its name is surely one of the FROM, so that it may be written in full


def annotate(tree: exp.Query, schema: Schema, *, database: str | None = None) -> tuple[Column, ...]:
    """Will note each expression's type in its meta under TYPE, and give the query's columns.

    Names of columns are written in full where they mean one thing. Raises SqlError: table-unknown, column-unknown,
    function-unknown, function-refused.
    """
    return _Reader(Catalogue(schema, database)).query(tree, None)


class _Reader:
    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    # Queries

    def query(self, tree: exp.Expr, outer: Scope | None) -> tuple[Column, ...]:
        scope = Scope(outer)
        if isinstance(with_ := tree.args.get("with_"), exp.With):
            for one in with_.expressions:
                self._with(one, scope, is_recursive=bool(with_.recursive))
        match tree:
            case exp.Subquery():
                columns = self.query(tree.this, scope)
            case exp.SetOperation():
                columns = self._set(tree, scope)
            case exp.Select():
                return self._select(tree, scope)
            case exp.Values():
                return self._values(tree, scope)
            case _:
                raise SqlError("refused", f"{tree.key.upper()} is nothing that can be read from. Nothing was run.")
        self._order(tree, columns, scope)
        return columns

    def _with(self, one: exp.CTE, scope: Scope, *, is_recursive: bool) -> None:
        alias = one.args.get("alias")
        name = one.alias.lower()
        body = one.this
        if is_recursive and isinstance(body, exp.SetOperation):
            # What it begins with decides the types, and what is said of itself has these.
            scope.withs[name] = renamed(self.query(body.left.copy(), scope), alias)
        scope.withs[name] = renamed(self.query(body, scope), alias)

    def _set(self, tree: exp.SetOperation, scope: Scope) -> tuple[Column, ...]:
        left, right = self.query(tree.left, scope), self.query(tree.right, scope)
        if len(left) != len(right):
            raise SqlError("syntax", f"The parts of {tree.key.upper()} have {len(left)} and {len(right)} columns.")
        return tuple(Column(a.name, types.common(a.type, b.type)) for a, b in zip(left, right, strict=True))

    def _values(self, tree: exp.Values, scope: Scope) -> tuple[Column, ...]:
        rows = [one.expressions if isinstance(one, exp.Tuple) else [one] for one in tree.expressions]
        for cell in (cell for row in rows for cell in row):
            self.expression(cell, scope)
        kinds = (types.common_of([type_of(cell) for cell in column]) for column in zip(*rows, strict=True))
        return tuple(Column("", kind) for kind in kinds)

    def _select(self, select: exp.Select, scope: Scope) -> tuple[Column, ...]:
        if from_ := select.args.get("from_"):
            self._source(from_.this, scope)
        for join in [*select.args.get("joins", []), *select.args.get("laterals", [])]:
            self._join(join, scope)
        for one in select.expressions:
            self._shown(one, scope)
        for part in ("where", "group", "having", "windows", "limit", "offset"):
            found = select.args.get(part)
            for one in found if isinstance(found, list) else filter(None, [found]):
                self._inside(one, scope)
        columns = tuple(islice(shown(select, scope), _WIDEST + 1))
        if len(columns) > _WIDEST:
            # Stars over stars double with each line of a WITH: forty lines would be all of the machine's memory.
            raise SqlError(
                "refused", f"A SELECT shows more than {_WIDEST:,} columns. Nothing was run. Name those needed."
            )
        self._order(select, columns, scope)
        select.meta["scope"] = _Held(scope)
        return columns

    def _shown(self, one: exp.Expr, scope: Scope) -> None:
        if isinstance(one, exp.Column) and isinstance(one.this, exp.Star):
            if not scope.has(one.table.lower()):
                raise _lacking(one, f"{one.table}.*")
        elif not isinstance(one, exp.Star):
            self.expression(one, scope)

    def _order(self, tree: exp.Expr, columns: Sequence[Column], scope: Scope) -> None:
        """ORDER BY speaks of what is shown first, and of the FROM only where nothing shown has the name."""
        order = tree.args.get("order")
        if order is None:
            return
        outputs = Scope(scope, [Source("", tuple(one for one in columns if one.name))])
        for one in order.expressions:
            self.expression(one, outputs)

    # What is read from

    def _join(self, join: exp.Expr, scope: Scope) -> None:
        if isinstance(join, exp.Lateral):
            self._source(join, scope)
            return
        self._source(join.this, scope)
        if on := join.args.get("on"):
            self.expression(on, scope)
        for one in join.args.get("using") or []:
            scope.using.append(one.name.lower())

    def _source(self, node: exp.Expr, scope: Scope) -> None:
        alias = node.args.get("alias")
        match node:
            case exp.Table() if isinstance(node.this, exp.Identifier):
                source = self._table(node, scope)
                scope.sources.append(
                    Source(source.alias, renamed(source.columns, alias), source.database, source.hidden)
                )
                for join in node.args.get("joins") or []:
                    self._join(join, scope)
                return
            case exp.Unnest():
                columns = self._unnest(node, scope)
            case exp.Lateral():
                columns = self.query(node.this.this if isinstance(node.this, exp.Subquery) else node.this, scope)
            case exp.Paren() | exp.Subquery() if isinstance(node.this, exp.Table | exp.Join):
                self._source(node.this, scope)
                return
            case exp.Subquery() | exp.Values():
                around = Scope(scope.outer, withs=scope.withs)
                columns = self.query(node, around)
            case _:
                raise SqlError("refused", f"{node.key.upper()} is nothing that can be read from. Nothing was run.")
        scope.sources.append(Source(node.alias.lower(), renamed(columns, alias)))

    def _table(self, table: exp.Table, scope: Scope) -> Source:
        if not table.db and (columns := scope.with_(table.name.lower())) is not None:
            return Source(table.alias.lower() or table.name.lower(), columns)
        source = self.catalogue.source(table)
        table.meta["database"] = source.database
        return source

    def _unnest(self, node: exp.Unnest, scope: Scope) -> tuple[Column, ...]:
        columns: list[Column] = []
        for one in node.expressions:
            columns += _unnested(self.expression(one, scope))
        # sqlglot takes the last of the alias's names for the ordinality's.
        if offset := node.args.get("offset"):
            columns.append(Column("ordinality", types.BIGINT))
            alias = node.args.get("alias")
            if isinstance(alias, exp.TableAlias) and isinstance(offset, exp.Identifier) and alias.columns:
                alias.append("columns", offset.copy())
                node.set("offset", exp.to_identifier("ordinality"))
        return tuple(columns)

    # Expressions

    def _inside(self, node: exp.Expr, scope: Scope) -> None:
        for one in node.iter_expressions():
            self.expression(one, scope)

    def expression(self, node: exp.Expr, scope: Scope, lambdas: Lambdas | None = None) -> Type | None:
        known = self._type(node, scope, lambdas or {})
        node.meta[TYPE] = known
        return known

    def _type(self, node: exp.Expr, scope: Scope, lambdas: Lambdas) -> Type | None:
        match node:
            case exp.Column():
                return self._column(node, scope)
            case exp.Identifier():
                return lambdas.get(node.name.lower())
            case exp.Dot():
                return _field(self.expression(node.this, scope, lambdas), node.name)
            case exp.Exists():
                self.query(node.this, scope)
                return types.BOOLEAN
            case exp.Query():
                columns = self.query(node, scope)
                return columns[0].type if len(columns) == 1 else types.row([c.name for c in columns], _known(columns))
            case exp.Anonymous():
                return self._call(node, scope, lambdas)
        inner = [
            self.expression(one, scope, lambdas)
            for one in node.iter_expressions()
            if not isinstance(one, exp.DataType | exp.Var | exp.IntervalSpan)
        ]
        return of_node(node, inner)

    def _call(self, node: exp.Anonymous, scope: Scope, lambdas: Lambdas) -> Type | None:
        function = functions.called(node)
        inner: list[Type | None] = []
        for index, one in enumerate(node.expressions):
            if isinstance(one, exp.Lambda):
                taken = functions.taken_by_lambda(node.name.lower(), index, inner)
                names = [each.name.lower() for each in one.expressions]
                held = {**lambdas, **dict(zip(names, [*taken, *[None] * len(names)], strict=False))}
                inner.append(self.expression(one.this, scope, held))
                one.meta[TYPE] = inner[-1]
            elif isinstance(one, exp.Star):
                inner.append(None)
            else:
                inner.append(self.expression(one, scope, lambdas))
        return function.result_of(inner)

    def _column(self, node: exp.Column, scope: Scope) -> Type | None:
        """A name with dots is a column of a table, or a field of a row that is a column."""
        parts = [one.name.lower() for one in node.parts]
        for count in range(min(3, len(parts)), 0, -1):
            *source, name = parts[:count]
            found = scope.found(name, *reversed(source))
            if not found:
                continue
            type_ = found[0][1].type
            is_using = count == 1 and name in scope.using
            if len(found) == 1 and found[0][0].alias and not is_using:
                source = [found[0][0].alias]
            base: exp.Expr = exp.column(name, table=source[-1] if source else None)
            for field in parts[count:]:
                base = exp.Dot(this=base, expression=exp.to_identifier(field))
                type_ = _field(type_, field)
            node.meta[SOURCE] = base
            return type_
        raise _lacking(node, ".".join(parts))


class _Held:
    """Keeps a scope in a node's meta, which is copied with the node: the scope isn't."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __deepcopy__(self, _: object) -> "_Held":
        return self


def scope_of(select: exp.Select) -> Scope:
    """Will give the scope that `annotate` noted for a SELECT."""
    held = select.meta["scope"]
    return held.scope if isinstance(held, _Held) else Scope()


def _known(columns: Sequence[Column]) -> list[Type]:
    return [one.type or types.UNKNOWN for one in columns]


def _lacking(node: exp.Column, name: str) -> SqlError:
    line, column = place(node.this.meta)
    sentence = f"There is no column {name} in reach. Nothing was run. Correct the name."
    return SqlError("column-unknown", sentence, line=line, column=column)


def _field(of: Type | None, name: str) -> Type | None:
    if of is None or of.name != "row" or name.lower() not in of.fields:
        return None
    return of.inner[of.fields.index(name.lower())]


def _unnested(of: Type | None) -> list[Column]:
    """A map gives key and value, an array of rows a column for each field."""
    match of:
        case Type(name="map", inner=(key, value)):
            return [Column("", key), Column("", value)]
        case Type(name="array", inner=(Type(name="row") as held,)):
            return [Column(name, type_) for name, type_ in zip(held.fields, held.inner, strict=True)]
        case Type(name="array", inner=(held,)):
            return [Column("", held)]
    raise SqlError("refused", "UNNEST takes arrays and maps. Nothing was run. CAST the argument to one.")
