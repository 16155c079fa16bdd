"""The whole result of a query as a file, batch by batch: however large it is, one batch of it is in memory."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from io import BytesIO
from itertools import chain
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import xlsxwriter

from analytics.engines import registry, waiting
from analytics.engines.base import NO_RESULT, QueryError, State
from analytics.models import Query
from analytics.operations.refusal import Refused

CHUNK_BYTES = 64 * 1024
_LOOK_S = 0.05
# A sheet has 1,048,576 rows (Excel specifications and limits), one of them the heading.
MOST_EXCEL_ROWS = 1_048_575
# Whole numbers beyond it lose digits in a spreadsheet, which counts in doubles.
EXACT_IN_EXCEL = 2**53
# Arrow's IPC stream (IANA media types, application/vnd.apache.arrow.stream).
ARROW = "application/vnd.apache.arrow.stream"
Batches = Iterable[pa.RecordBatch]


@dataclass(frozen=True)
class Export:
    """A file to be sent: what it is called, what it is, and its bytes as they are made."""

    name: str
    content_type: str
    content: Iterator[bytes]


@dataclass(frozen=True)
class Kind:
    """A kind of file that a result can be had as."""

    suffix: str
    content_type: str
    write: Callable[[pa.Schema, Batches], Iterator[bytes]]


def export(query: Query, kind: str) -> Export:
    """Will give the result as a file of that kind: csv, parquet, xlsx, or arrow, which is Arrow's stream of batches.

    Raises Refused where there is no result any more, or it has more rows than a sheet.
    """
    if kind not in KINDS:
        raise Refused("kind-unknown", f"There is no export {kind!r}; there are {', '.join(KINDS)}.")
    refuse_without_result(query)
    if kind == "xlsx" and (query.rows or 0) > MOST_EXCEL_ROWS:
        sentence = f"The result has {query.rows:,} rows, and a sheet holds {MOST_EXCEL_ROWS:,}. Take CSV or Parquet."
        raise Refused("too-many-rows", sentence)
    return _made(query, KINDS[kind])


def coming(query: Query, *, patience_s: float) -> Export:
    """Will give the rows as Arrow's stream while the query runs, each batch as soon as it is there.

    Raises Refused where there is none within `patience_s`. A query that then fails breaks the stream off with
    QueryError.
    """
    handed_over = waiting.until(partial(_fresh, query), _has_begun, patience_s, look_s=_LOOK_S)
    if not handed_over.outside_id:
        raise Refused(NO_RESULT, "The query waits for its turn, so there are no rows yet. Ask again in a moment.")
    return _made(handed_over, KINDS["arrow"], patience_s=patience_s)


def _made(query: Query, kind: Kind, *, patience_s: float = 0) -> Export:
    engine = registry.engine_for(query.engine)
    try:
        batches = iter(engine.batches(query.outside_id, patience_s=patience_s))
        first = next(batches, None)
        schema = engine.page(query.outside_id, size=1).schema if first is None else first.schema
    except QueryError as error:
        raise Refused(error.code, error.message) from error
    content = kind.write(schema, batches if first is None else chain([first], batches))
    return Export(f"{query.token}.{kind.suffix}", kind.content_type, content)


def _fresh(query: Query) -> Query:
    query.refresh_from_db()
    return query


def _has_begun(query: Query) -> bool:
    return bool(query.outside_id) or query.ended_at is not None


def refuse_without_result(query: Query) -> None:
    """Will do nothing if there are rows to be had. Raises Refused (no-result)."""
    if query.state != State.SUCCEEDED or query.result_removed_at is not None:
        sentence = "There is no result to export. Run the query again; on the same snapshots it gives the same rows."
        raise Refused(NO_RESULT, sentence)


def _csv(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    sink = _Sink()
    with pyarrow.csv.CSVWriter(pa.PythonFile(sink, "w"), _flat(schema)) as writer:
        for batch in batches:
            writer.write_batch(_flattened(batch))
            yield from sink.taken()
    yield from sink.taken()


def _flat(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.with_type(pa.string()) if pa.types.is_nested(field.type) else field for field in schema])


def _flattened(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A list or a row has no cell of its own in a CSV: it is written as text."""
    columns = [
        pa.array([None if one is None else str(one) for one in column.to_pylist()], pa.string())
        if pa.types.is_nested(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_flat(batch.schema))


def _parquet(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    sink = _Sink()
    with pyarrow.parquet.ParquetWriter(pa.PythonFile(sink, "w"), schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield from sink.taken()
    yield from sink.taken()


def stream(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """Will give batches as Arrow's IPC stream, each as soon as it is there.

    Its buffers are LZ4 frames, which is part of the format: a seventh of the bytes, and sooner made than copied.
    """
    sink = _Sink()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(pa.PythonFile(sink, "w"), schema, options=options) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield from sink.taken()
    yield from sink.taken()


def _xlsx(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(
            file, {"constant_memory": True, "remove_timezone": True, "strings_to_formulas": False}
        )
        sheet = book.add_worksheet("Result")
        styles = {
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        sheet.write_row(0, 0, schema.names, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        number = 1
        for batch in batches:
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                for position, value in enumerate(row):
                    _cell(sheet, number, position, value, styles)
                number += 1
        book.close()
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _cell(sheet: Any, row: int, position: int, value: Any, styles: dict[str, Any]) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, position, value)
        case datetime():
            sheet.write_datetime(row, position, value.astimezone(UTC) if value.tzinfo else value, styles["moment"])
        case int() | float() | Decimal() if _is_exact(value):
            sheet.write_number(row, position, float(value))
        case _ if hasattr(value, "isoformat") and hasattr(value, "year"):
            sheet.write_datetime(row, position, value, styles["day"])
        case _:
            # A text is never taken for a formula: a cell from the data could be one.
            sheet.write_string(row, position, str(value))


def _is_exact(value: float | Decimal) -> bool:
    if isinstance(value, float):
        return value - value == 0  # neither infinite nor not a number
    return abs(value) <= EXACT_IN_EXCEL


class _Sink(BytesIO):
    """Takes what a writer writes, and hands it on."""

    def __init__(self) -> None:
        super().__init__()
        self._told = 0

    def taken(self) -> Iterator[bytes]:
        """Will give what was written since, and forget it."""
        content = self.getvalue()
        self._told += len(content)
        self.seek(0)
        self.truncate()
        if content:
            yield content

    def tell(self) -> int:
        return self._told + super().tell()

    def close(self) -> None:
        """The writer closes what it wrote to; what is left is still to be taken."""


KINDS = MappingProxyType(
    {
        "csv": Kind("csv", "text/csv; charset=utf-8", _csv),
        "parquet": Kind("parquet", "application/vnd.apache.parquet", _parquet),
        "xlsx": Kind("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
        "arrow": Kind("arrow", ARROW, stream),
    }
)
