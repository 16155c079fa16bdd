"""Reads the rows that a fenced process wrote. It may have been anybody's by then: every batch is checked before use."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from analytics.engines import types
from analytics.engines.base import Column, QueryError
from analytics.engines.duckdb.sandbox.folder import RunFolder

_LOOK_S = 0.005
# A batch of twelve columns; the parts of one are read from it.
_BLOCK_BYTES = 1 << 20
_BROKEN = "The result of the query can't be read. Nothing else is wrong. Run the query again."


def columns(path: Path) -> tuple[Column, ...]:
    """Will give a result's columns. Raises QueryError where there is none that can be read."""
    with _opened(pa.OSFile(str(path))) as reader:
        return types.columns_of(reader.schema)


def page(path: Path, after: int, size: int) -> pa.Table:
    """Will give `size` rows behind the first `after`; what lies before them is skipped, not read."""
    # Mapped, so that of the batches before it only the heads come into memory.
    with _opened(pa.memory_map(str(path))) as reader:
        found = []
        for batch in reader:
            if after < batch.num_rows:
                found.append(_checked(batch).slice(after, size))
                size -= found[-1].num_rows
            after = max(0, after - batch.num_rows)
            if size <= 0:
                break
        return pa.Table.from_batches(found, reader.schema)


def batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Will give all rows, holding one batch at a time."""
    with _opened(pa.OSFile(str(path))) as reader:
        for batch in reader:
            yield _checked(batch)


def coming(folder: RunFolder) -> Iterator[pa.RecordBatch]:
    """Will give the rows while they are written. Whether these were all, the run says at its end."""
    file = folder.open_rows()
    if file is None:
        return
    with file, _opened(pa.PythonFile(io.BufferedReader(_Growing(folder, file), _BLOCK_BYTES), mode="r")) as reader:
        for batch in reader:
            yield _checked(batch)


class _Growing(io.RawIOBase):
    """A file that a runner writes: its end is where it is when the run has ended."""

    def __init__(self, folder: RunFolder, file: io.FileIO) -> None:
        self._folder = folder
        self._file = file
        self._pause = threading.Event()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not (count := self._file.readinto(buffer)):
            if self._folder.status().is_end:
                # What was written between the two looks.
                return self._file.readinto(buffer) or 0
            self._pause.wait(_LOOK_S)
        return count


@contextmanager
def _opened(file: pa.NativeFile) -> Iterator[pa.RecordBatchStreamReader]:
    try:
        with file, pa.ipc.open_stream(file) as reader:
            yield reader
    except (pa.ArrowException, OSError) as error:
        raise QueryError("result-broken", _BROKEN) from error


def _checked(batch: pa.RecordBatch) -> pa.RecordBatch:
    batch.validate(full=True)
    return batch
