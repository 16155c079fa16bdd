"""What a query gave: its rows in the form that one likes to work with, and what they were read from."""

import html
import io
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from . import door, progress
from .problems import BrokenOffError, CovidError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

SHOWN_ROWS = 10
# The stream may break; it is read again from its start, which is the same each time.
_TRIES = 3
# Rows that come while one waits for the query's end are kept up to this size; more are fetched when they are asked for.
KEPT_BYTES = 256_000_000
_NO_RESULT = "no-result"


@dataclass(frozen=True, eq=False)
class Answer:
    """Rows that the portal keeps. They come as Arrow while the query runs, or when they are first asked for where it
    had run before or they are many; once here, they stay.

    `snapshots` names what was read, dataset -> revision; `address` is the answer's page of the portal. `rows` is None
    where the engine doesn't count; `came` is what was fetched while the query ran.
    """

    path: str
    rows: int | None
    sql: str = ""
    token: str = ""
    engine: str = ""
    snapshots: Mapping[str, str] = field(default_factory=dict)
    bytes_scanned: int = 0
    cost_usd: float = 0.0
    is_reused: bool = False
    address: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    came: pa.Table | None = field(default=None, repr=False)

    def arrow(self) -> pa.Table:
        """Will give the rows as an Arrow table. Raises CovidError."""
        return self._table

    def pandas(self) -> "pd.DataFrame":
        """Will give the rows as a pandas frame, dates as datetime64. Raises CovidError."""
        return self._table.to_pandas(date_as_object=False)

    def polars(self) -> "pl.DataFrame":
        """Will give the rows as a Polars frame, without a copy. Raises CovidError."""
        import polars as pl  # noqa: PLC0415 - a tenth of a second that not every notebook needs

        frame = pl.from_arrow(self._table)
        assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table has more than one column's shape
        return frame

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Will give the rows piece by piece as they arrive, and keep none: for results larger than memory.

        Raises CovidError, which may be after some of them.
        """
        if self.came is not None:
            yield from self.came.to_batches()
            return
        with self._opened() as reader:
            yield from reader

    def head(self, rows: int = SHOWN_ROWS) -> pa.Table:
        """Will give the first rows without fetching the others."""
        if self.came is not None or "_table" in self.__dict__:
            return self._table.slice(0, rows)
        found, count = [], 0
        with self._opened() as reader:
            for batch in reader:
                found.append(batch)
                count += batch.num_rows
                if count >= rows:
                    break
            return pa.Table.from_batches(found, reader.schema).slice(0, rows)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.head(0).column_names)

    @cached_property
    def _table(self) -> pa.Table:
        if self.came is not None:
            return self.came
        for _ in range(_TRIES - 1):
            with suppress(BrokenOffError):
                return self._fetched()
        return self._fetched()

    def _fetched(self) -> pa.Table:
        with self._opened() as reader, progress.bar("Fetching", total=self.rows) as shown:
            found = []
            for batch in reader:
                found.append(batch)
                shown.update(batch.num_rows)
            table = pa.Table.from_batches(found, reader.schema)
        if self.rows is not None and table.num_rows != self.rows:
            raise BrokenOffError(f"{table.num_rows:,} of {self.rows:,} rows")
        return table

    def _opened(self) -> AbstractContextManager[pa.RecordBatchReader]:
        return _opened(self.path, self.query)

    def _told(self) -> str:
        """A sentence under the rows. A measure's series is told by what came with its rows."""
        rows = self.rows if self.rows is not None else len(self)
        named = [f"{dataset}/{revision}" for dataset, revision in self.snapshots.items()]
        if not self.token:
            named = [str((self._table.schema.metadata or {}).get(b"snapshot", b""), "ascii")]
        parts = [f"{rows:,} row{'' if rows == 1 else 's'}"]
        if self.is_reused:
            parts.append("asked before, so nothing was read")
        elif self.token:
            cost = f" for ${self.cost_usd:.4f}" if self.cost_usd else ""
            parts.append(f"read {self.bytes_scanned / 1e6:,.1f} MB{cost} on {self.engine}")
        return ", ".join([*parts, f"snapshot {', '.join(named)}"])

    def __len__(self) -> int:
        return self.rows if self.rows is not None else int(self._table.num_rows)

    def __repr__(self) -> str:
        return f"{self.head().to_pandas()}\n{self._told()}"

    def _repr_html_(self) -> str:
        table = self.head().to_pandas(date_as_object=False).to_html(index=False, border=0, na_rep="")
        link = f' · <a href="{html.escape(self.address)}">its page</a>' if self.address else ""
        return f"{table}<p><small>{html.escape(self._told())}{link}</small></p>"


@dataclass
class Coming:
    """The rows of a query that still runs, fetched while one waits for its end, unless they are too many to be kept.

    `table` are those that came, which are all if the query then says as many.
    """

    path: str
    table: pa.Table | None = None
    is_over: bool = False

    def follow(self, patience_s: float) -> None:
        """Will fetch them if they begin within `patience_s`; once they have begun or can't, it does nothing more."""
        if self.is_over:
            return
        try:
            with _opened(self.path, {"patience_s": str(patience_s)}) as reader:
                self.is_over = True
                self.table = _kept(reader)
        except CovidError as error:
            # What goes wrong here goes wrong again where it is told: at the query's end, or when its rows are fetched.
            self.is_over = error.code != _NO_RESULT


def _kept(reader: pa.RecordBatchReader) -> pa.Table | None:
    found, size = [], 0
    for batch in reader:
        found.append(batch)
        size += batch.nbytes
        if size > KEPT_BYTES:
            return None
    return pa.Table.from_batches(found, reader.schema)


@contextmanager
def _opened(path: str, query: Mapping[str, str]) -> Iterator[pa.RecordBatchReader]:
    try:
        with door.stream(path, query) as body:
            yield pa.ipc.open_stream(_whole(body))
    except pa.ArrowInvalid as error:
        raise BrokenOffError(error) from error


def _whole(body: io.BufferedReader) -> Any:
    return pa.PythonFile(body, mode="r")
