"""DuckDB: opens a snapshot's file for reading. One connection for each file, one cursor for each question."""

import threading
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import duckdb

Value = str | int | float | bool | Sequence[str] | None
Kept = TypeVar("Kept")

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "threads": 2,
}
# A reader needs no other file and no network, and nothing may turn that back on.
_LOCK_UP = "SET enable_external_access = false; SET lock_configuration = true"
_OPEN_AT_MOST = 8


class EngineError(Exception):
    """The snapshot's file is missing, or isn't one. The sentence says which."""


class Lake:
    """An open snapshot. Threads may share it; what was computed from it is kept with it and goes when it goes."""

    def __init__(self, path: Path) -> None:
        # Attached to an engine of its own: connections by path share one engine per process, which goes on giving the
        # old file's rows after another file took its place.
        self._connection = duckdb.connect(":memory:", config=_CONFIG)
        quoted = str(path).replace("'", "''")
        try:
            self._connection.execute(f"ATTACH '{quoted}' AS lake (READ_ONLY)")
            self._connection.execute(_LOCK_UP)
        except duckdb.Error as error:
            raise EngineError(f"{path.name} can't be read as a snapshot ({_first_line(error)})") from error
        self.path = path
        self._kept: dict[Hashable, Any] = {}

    def rows(self, question: str, parameters: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        """This function will answer a question in SQL; values go in as parameters, never into the text.

        Raises EngineError if the file can't answer it.
        """
        # A shared connection without cursors mixes up answers between threads (measured: 9 of 10 failed).
        cursor = self._connection.cursor()
        try:
            cursor.execute("USE lake")
            return cursor.execute(question, list(parameters)).fetchall()
        except duckdb.Error as error:
            raise EngineError(f"{self.path.name} could not answer ({_first_line(error)})") from error
        finally:
            cursor.close()

    def arrays(self, question: str, parameters: Sequence[Value] = ()) -> dict[str, Any]:
        """Will answer a question column by column, as numpy arrays; where there is no value they are masked.

        Raises EngineError if the file can't answer it.
        """
        cursor = self._connection.cursor()
        try:
            cursor.execute("USE lake")
            found: dict[str, Any] = cursor.execute(question, list(parameters)).fetchnumpy()
        except duckdb.Error as error:
            raise EngineError(f"{self.path.name} could not answer ({_first_line(error)})") from error
        else:
            return found
        finally:
            cursor.close()

    def keep(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """This function will make a value once for this snapshot; two threads may make it twice, which is harmless."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast("Kept", self._kept[key])


_lakes: dict[Path, tuple[tuple[Path, int, int], Lake]] = {}
_lock = threading.Lock()


def open_lake(pointer: Path) -> Lake:
    """This function will open the snapshot that `pointer` leads to, or give it if it is open already.

    Once the pointer leads elsewhere the next call opens the new one; readers of the old one finish on the old one.
    Raises EngineError if there is none or it can't be read.
    """
    try:
        path = pointer.resolve(strict=True)
        status = path.stat()
    except OSError:
        raise EngineError("There is no snapshot yet") from None
    identity = (path, status.st_ino, status.st_mtime_ns)
    with _lock:
        known = _lakes.get(pointer)
        if known is None or known[0] != identity:
            known = _lakes[pointer] = (identity, Lake(path))
            if len(_lakes) > _OPEN_AT_MOST:
                del _lakes[next(iter(_lakes))]
        return known[1]


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0][:160]
