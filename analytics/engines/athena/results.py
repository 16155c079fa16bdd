"""A run's rows out of S3: the CSV that SELECT left, or the Parquet files of an UNLOAD, a batch at a time."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyarrow import csv, parquet

from analytics.engines import types
from analytics.engines.athena.objects import Objects
from analytics.engines.base import Column, QueryError

_BATCH_ROWS = 8192
# A row must fit into a block.
_BLOCK_BYTES = 4 << 20
_ARROW: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "real": pa.float32(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("ms"),
}


@dataclass(frozen=True)
class Selected:
    """What SELECT left: one file of CSV. `described` are the columns as GetQueryResults describes them."""

    objects: Objects
    location: str
    described: Sequence[dict[str, Any]]

    def columns(self) -> tuple[Column, ...]:
        """Will give the columns, with their types as Athena told them."""
        return tuple(Column(one["Name"], _full_type(one)) for one in self.described)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Will give the rows in their order; what has no type of its own in CSV stays text."""
        names = [one["Name"] for one in self.described]
        # Names may come twice: columns are told apart by their place.
        places = [str(number) for number in range(len(names))]
        schema = pa.schema([(name, _arrow_type(one)) for name, one in zip(names, self.described, strict=True)])
        reading = csv.ReadOptions(
            block_size=_BLOCK_BYTES, column_names=places, skip_rows_after_names=1, use_threads=False
        )
        converting = csv.ConvertOptions(
            column_types=dict(zip(places, schema.types, strict=True)),
            # NULL is nothing at all; an empty text is a pair of quotes.
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            timestamp_parsers=["%Y-%m-%d %H:%M:%S", csv.ISO8601],
        )
        parsing = csv.ParseOptions(newlines_in_values=True)
        with closing(self.objects.opened(self.location)) as body:
            stream = pa.PythonFile(body, mode="r")
            with csv.open_csv(stream, reading, parsing, converting) as reader:
                for batch in reader:
                    yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)


@dataclass(frozen=True)
class Unloaded:
    """What UNLOAD left: files of Parquet, none for no rows."""

    objects: Objects
    locations: Sequence[str]

    def columns(self) -> tuple[Column, ...]:
        """Will give the columns, none where there are no rows: UNLOAD then leaves nothing that tells them."""
        for location in self.locations[:1]:
            return types.columns_of(self._file(location).schema_arrow)
        return ()

    def rows(self) -> int:
        """Will count the rows, by the files' footers."""
        return sum(self._file(location).metadata.num_rows for location in self.locations)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Will give the rows, file after file."""
        for location in self.locations:
            yield from self._file(location).iter_batches(_BATCH_ROWS, use_threads=False)

    def _file(self, location: str) -> parquet.ParquetFile:
        return parquet.ParquetFile(self.objects.seekable(location), buffer_size=_BLOCK_BYTES, pre_buffer=False)


def cut(batches: Iterator[pa.RecordBatch], after: int, size: int) -> pa.Table:
    """Will give `size` rows behind the first `after`, holding no more than these and one batch."""
    found: list[pa.RecordBatch] = []
    schema = pa.schema([])
    for batch in batches:
        schema = batch.schema
        if after < batch.num_rows and size > 0:
            found.append(batch.slice(after, size))
            size -= found[-1].num_rows
        after = max(0, after - batch.num_rows)
        if size <= 0:
            break
    return pa.Table.from_batches(found, schema)


def checked(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Will give the batches. Raises QueryError where the files aren't what they should be."""
    try:
        yield from batches
    except pa.ArrowException as error:
        message = "The result in S3 can't be read. Nothing else is wrong. Run the query again."
        raise QueryError("result-broken", message) from error


def _arrow_type(one: dict[str, Any]) -> pa.DataType:
    if one["Type"] == "decimal":
        return pa.decimal128(one["Precision"], one["Scale"])
    return _ARROW.get(one["Type"], pa.string())


def _full_type(one: dict[str, Any]) -> str:
    if one["Type"] == "decimal":
        return f"decimal({one['Precision']},{one['Scale']})"
    return str(one["Type"])
