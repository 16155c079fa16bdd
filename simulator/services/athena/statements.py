"""What a statement is, by its first words, and what it does."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from simulator.operations import Context
from simulator.services.athena.engine import translation
from simulator.services.athena.engine.session import Session
from simulator.services.athena.engine.types import Column, text
from simulator.services.athena.workgroups import WorkGroup

Row = Sequence[str | None]


@dataclass(frozen=True)
class Asked:
    """One statement of a query: whose it is, and where its results go; `values` are the execution parameters."""

    sql: str
    id: str
    location: str
    database: str
    group: WorkGroup
    context: Context
    values: Sequence[str] = ()

    def bound(self) -> "Asked":
        """Will give it with the execution parameters in place. Raises QueryError where they are too many or too few."""
        return replace(self, sql=translation.filled(self.sql, self.values), values=())


@dataclass
class Outcome:
    """What a statement gave; `manifest` are the files that it wrote, None for one that writes none."""

    columns: Sequence[Column] = ()
    rows: Sequence[Row] = ()
    update_count: int = 0
    manifest: list[str] | None = None


Do = Callable[[Asked, Session], Outcome]


@dataclass(frozen=True)
class Kind:
    """`type` and `sub` are StatementType and SubstatementType, `suffix` that of the file of results."""

    pattern: re.Pattern[str]
    type: str
    sub: str
    suffix: str
    do: Do

    @property
    def is_quick(self) -> bool:
        """Whether it is about the catalogue alone, and runs no query."""
        return self.type != "DML" and self.sub != "CREATE_TABLE_AS_SELECT"


@dataclass
class Kinds:
    """The kinds by the order in which they are tried."""

    known: list[Kind] = field(default_factory=list)

    def register(self, pattern: str, type_: str, sub: str, suffix: str = ".txt") -> Callable[[Do], Do]:
        """Will let the decorated function do the statements that begin with `pattern`, a regular expression."""

        def keep(do: Do) -> Do:
            self.known.append(Kind(re.compile(pattern, re.IGNORECASE | re.DOTALL), type_, sub, suffix, do))
            return do

        return keep

    def of(self, sql: str) -> Kind:
        """Will find a statement's kind. Raises MalformedError for what is no statement that Athena, or we, know."""
        for one in self.known:
            if one.pattern.match(sql):
                return one
        raise translation.MalformedError(f"line 1:1: mismatched input '{(sql.split() or [''])[0]}'. Expecting: <query>")


KINDS = Kinds()
statement = KINDS.register


def stripped(sql: str) -> str:
    """Will give a statement without what may stand around it: space, comments in front, a semicolon."""
    return re.sub(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", "", sql, flags=re.DOTALL).rstrip().rstrip(";").rstrip()


@statement(r"(SELECT|WITH|VALUES|TABLE|\()", "DML", "SELECT", ".csv")
def select(asked: Asked, session: Session) -> Outcome:
    """Will run a query."""
    sql = asked.bound().sql
    columns, rows = session.run(translation.parse(sql), sql)
    return Outcome(columns, [[text(one) for one in row] for row in rows])
