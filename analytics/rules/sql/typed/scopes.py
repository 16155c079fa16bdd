"""What a name means where it stands: the tables and columns in reach, and the columns that a query gives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from analytics.rules.sql.problems import SqlError, place
from analytics.rules.sql.typed.types import Type, read

Schema = Mapping[str, Mapping[str, Mapping[str, str]]]
CATALOG = "awsdatacatalog"
# Columns that every table of Athena's has besides its own.
HIDDEN = {"$path": "varchar", "$file_size": "bigint", "$file_modified_time": "timestamp(3) with time zone"}
TYPE = "athena"  # where a node keeps its type, in sqlglot's meta


@dataclass(frozen=True)
class Column:
    """A column of a result; `name` is empty where the query gives none, `type` None where it can't be told."""

    name: str
    type: Type | None


@dataclass(frozen=True)
class Source:
    """Something in FROM, by the name by which its columns are called; `hidden` are those that no star shows."""

    alias: str
    columns: tuple[Column, ...]
    database: str = ""
    hidden: tuple[Column, ...] = ()


@dataclass
class Scope:
    """The sources of one SELECT, and through `outer` those of the queries around it."""

    outer: "Scope | None" = None
    sources: list[Source] = field(default_factory=list)
    using: list[str] = field(default_factory=list)
    withs: dict[str, tuple[Column, ...]] = field(default_factory=dict)

    def with_(self, name: str) -> tuple[Column, ...] | None:
        """Will give the columns of what a WITH named, here or in a query around."""
        if name in self.withs:
            return self.withs[name]
        return self.outer.with_(name) if self.outer else None

    def found(self, name: str, source: str = "", database: str = "") -> list[tuple[Source, Column]]:
        """Will find the columns that a name may mean; the nearest query that has one decides."""
        known = [
            (one, column)
            for one in self.sources
            if (not source or one.alias == source) and (not database or one.database == database)
            for column in (*one.columns, *one.hidden)
            if column.name.lower() == name
        ]
        if known or self.outer is None:
            return known
        return self.outer.found(name, source, database)

    def has(self, source: str, database: str = "") -> bool:
        """Will say whether a source of that name is in reach."""
        here = any(one.alias == source and (not database or one.database == database) for one in self.sources)
        return here or (self.outer is not None and self.outer.has(source, database))

    def columns(self, source: str | None = None) -> tuple[Column, ...]:
        """Will give what a star shows: of one source, or of all, where the columns of USING come once and first."""
        if source is not None:
            return tuple(column for one in self.sources if one.alias == source for column in one.columns)
        first = [next(c for one in self.sources for c in one.columns if c.name == name) for name in self.using]
        rest = [c for one in self.sources for c in one.columns if c.name not in self.using]
        return (*first, *rest)


@dataclass(frozen=True)
class Catalogue:
    """The tables that may be read. `database` is that of names which name none."""

    schema: Schema
    database: str | None = None

    def source(self, table: exp.Table) -> Source:
        """Will find a table. Raises SqlError, table-unknown, where there is none."""
        name, catalog = table.name.lower(), table.catalog.lower()
        known = {one.lower(): tables for one, tables in self.schema.items()}
        if catalog and catalog != CATALOG:
            raise _unknown(table, f"There is no catalog {table.catalog}; there is {CATALOG}.")
        databases = [table.db.lower()] if table.db else self._having(name, known)
        if len(databases) > 1:
            raise _unknown(table, f"{table.name} is in {' and in '.join(databases)}. Write which: database.{name}.")
        tables = {one.lower(): columns for one, columns in known.get(databases[0], {}).items()} if databases else {}
        if name not in tables:
            raise _unknown(table, f"There is no table {table.name}{f' in {databases[0]}' if databases else ''}.")
        columns = tuple(Column(one.lower(), read(type_)) for one, type_ in tables[name].items())
        hidden = tuple(Column(one, read(type_)) for one, type_ in HIDDEN.items() if one not in tables[name])
        return Source(table.alias.lower() or name, columns, databases[0], hidden)

    def _having(self, name: str, known: Schema) -> list[str]:
        if self.database is not None:
            return [self.database.lower()]
        return sorted(one for one, tables in known.items() if name in {table.lower() for table in tables})


def _unknown(table: exp.Table, sentence: str) -> SqlError:
    line, column = place(table.this.meta)
    return SqlError("table-unknown", f"{sentence} Nothing was run.", line=line, column=column)


def renamed(columns: Sequence[Column], alias: exp.Expr | None) -> tuple[Column, ...]:
    """Will give the columns under the names of an alias: t(a, b)."""
    names = [one.name.lower() for one in alias.columns] if isinstance(alias, exp.TableAlias) else []
    if not names:
        return tuple(columns)
    if len(names) != len(columns):
        sentence = f"{len(names)} names are given to {len(columns)} columns. Nothing was run. Name each."
        raise SqlError("syntax", sentence)
    return tuple(Column(name, column.type) for name, column in zip(names, columns, strict=True))


def shown(select: exp.Select, scope: Scope) -> Iterator[Column]:
    """Will give the columns of a SELECT whose expressions have their types."""
    for one in select.expressions:
        if isinstance(one, exp.Star):
            yield from scope.columns()
        elif isinstance(one, exp.Column) and isinstance(one.this, exp.Star):
            yield from scope.columns(one.table.lower())
        else:
            yield Column(called(one), one.meta.get(TYPE))


def called(node: exp.Expr) -> str:
    """Will name the column that an expression gives: its alias, or the column or field that it is; else nothing."""
    match node:
        case exp.Alias():
            return node.alias
        case exp.Column() | exp.Dot():
            return node.name.lower()
    return ""
