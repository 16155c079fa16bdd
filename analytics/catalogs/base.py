"""The port to what knows which tables there are.

Nine promises, held by tests/contracts/test_catalog.py for every adapter:

1. Nothing is changed, and but for `sample` no row of data is read.
2. `databases` gives every database once, in the order of names; `tables` every table of one, in the order of names.
3. `tables` gives a table without its partitions, `table` the same with them: at most MOST_PARTITIONS, the last ones by
   their values. `partition_count` counts all of them; it is None where nobody lists them (partition projection), and
   may be in `tables`. `partitioned_by` names what their values are of.
4. Names are as SQL takes them: in lower case, without quotes. Types are Athena's words, as in a query's result:
   varchar, bigint, decimal(10,2), array(date), row(a bigint).
5. The columns stand in the table's order, those that it is partitioned by at the end, marked `is_partition`.
6. What the catalogue doesn't know is None or "", never a guess: `rows`, `size_bytes`, `changed_at`, `last_date`.
7. `location` holds no password and no folder of this machine.
8. `sample` gives at most `rows` of a table's rows, or None where the catalogue has none at hand: then a query is what
   shows them, with its cost. It holds no more of the table in memory than that.
9. Whatever fails raises CatalogError with a sentence that names no path, key or secret; MISSING is the code for a
   database or a table that isn't there. Only the catalogue knows whether asking again may help (`permanent`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import pyarrow as pa

MOST_PARTITIONS = 1_000

MISSING = "missing"


class CatalogError(Exception):
    """The catalogue could not answer: `message` says what happened, what holds now and what to do."""

    def __init__(self, code: str, message: str, *, permanent: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent


def missing(database: str, table: str = "") -> CatalogError:
    """Will say that there is no such database, or no such table in it."""
    named = f"table {table!r} in {database!r}" if table else f"database {database!r}"
    return CatalogError(MISSING, f"There is no {named}. Nothing was read. The catalogue lists what there is.")


@dataclass(frozen=True)
class Column:
    """A column; `type` as Athena writes it."""

    name: str
    type: str
    comment: str = ""
    is_partition: bool = False


@dataclass(frozen=True)
class Partition:
    """A part of a table by its values, in the order of the table's `partitioned_by`."""

    values: tuple[str, ...]
    location: str = ""
    size_bytes: int | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Table:
    """A table. `snapshot` is the revision that it is of, "" where the catalogue keeps only one state.

    `changed_at` is when its rows came to be what they are, `last_date` the newest day that they speak of.
    """

    database: str
    name: str
    columns: tuple[Column, ...]
    comment: str = ""
    location: str = ""
    format: str = ""
    size_bytes: int | None = None
    rows: int | None = None
    changed_at: datetime | None = None
    last_date: date | None = None
    snapshot: str = ""
    partitioned_by: tuple[str, ...] = ()
    partitions: tuple[Partition, ...] = ()
    partition_count: int | None = 0


class Catalog(Protocol):
    """What knows which tables there are."""

    @property
    def name(self) -> str: ...

    def databases(self) -> tuple[str, ...]: ...

    def tables(self, database: str) -> tuple[Table, ...]: ...

    def table(self, database: str, name: str) -> Table: ...

    def sample(self, database: str, name: str, *, rows: int) -> pa.Table | None: ...
