"""A data file on this machine."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from analytics.rules.progress import Progress
from analytics.sources.base import CHUNK_BYTES, MAX_BYTES, Raw, SourceError


class FileSource:
    """Promises of `Source`, for a path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fetch(self, into: Path, progress: Progress) -> Raw:
        """Will copy the file.

        Raises SourceError if it isn't there, can't be read, is too large, or changes meanwhile; OSError if the copy
        can't be written.
        """
        if self.path.is_dir():
            raise SourceError(f"{self.path} is a folder, not a file. Name the file in it")
        try:
            with self.path.open("rb") as original:
                return self._copy(original, into / self.path.name, progress)
        except FileNotFoundError:
            raise SourceError(f"There is no file {self.path}. Check the path") from None
        except PermissionError as error:
            raise SourceError(f"{self.path} could not be read: {error.strerror}") from error

    def _copy(self, original: BinaryIO, target: Path, progress: Progress) -> Raw:
        before = os.fstat(original.fileno())
        total = before.st_size
        if total > MAX_BYTES:
            raise SourceError(f"{self.path.name} has {total:,} bytes; at most {MAX_BYTES:,} are read")
        digest = hashlib.sha256()
        done = 0
        with target.open("wb") as copy:
            progress("copying", 0, total)
            while chunk := original.read(CHUNK_BYTES):
                digest.update(chunk)
                copy.write(chunk)
                done += len(chunk)
                progress("copying", done, total)
        after = os.fstat(original.fileno())
        if (done, after.st_size, after.st_mtime_ns) != (total, total, before.st_mtime_ns):
            raise SourceError(f"{self.path.name} changed while it was read. Wait until nothing writes to it")
        return Raw(target, self.path.name, self.path.name, digest.hexdigest(), done)
