"""A data file on this machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from analytics.rules.progress import Progress
from analytics.sources.base import CHUNK_BYTES, MAX_BYTES, Raw, Revision, SourceError
from analytics.sources.part import Part, known_by, refuse_other


class FileSource:
    """Promises of `Source`, for a path. `digest` is what the file must have, as "sha256:…"; "" takes any."""

    def __init__(self, path: Path, *, digest: str = "") -> None:
        self.path = path
        self.digest = digest

    def revisions(self) -> tuple[Revision, ...]:
        """Will know the file by its size and the time of its last change.

        Raises SourceError if it isn't there or can't be read.
        """
        with self._opened() as original:
            return (Revision(_known(original)),)

    def fetch(self, revision: Revision, into: Path, progress: Progress) -> tuple[Raw, ...]:
        """Will copy the file.

        Raises SourceError if it isn't there, can't be read, is too large, or changes meanwhile; OSError if the copy
        can't be written.
        """
        with self._opened() as original:
            refuse_other(revision.id, _known(original), self.path.name)
            total = os.fstat(original.fileno()).st_size
            if total > MAX_BYTES:
                raise SourceError(f"{self.path.name} has {total:,} bytes; at most {MAX_BYTES:,} are read")
            part = Part(into, self.path.name, tag=f"{self.path.resolve()} {revision.id}")
            original.seek(part.size_bytes)
            chunks = iter(lambda: original.read(CHUNK_BYTES), b"")
            part.fill(chunks, progress, stage="copying", total=total, shown=self.path.name)
            refuse_other(revision.id, _known(original), self.path.name)
            return (part.finish(shown=self.path.name, total=total, digest=self.digest),)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        if self.path.is_dir():
            raise SourceError(f"{self.path} is a folder, not a file. Name the file in it")
        try:
            original = self.path.open("rb")
        except FileNotFoundError:
            raise SourceError(f"There is no file {self.path}. Check the path") from None
        except PermissionError as error:
            raise SourceError(f"{self.path} could not be read: {error.strerror}") from error
        with original:
            yield original


def _known(original: BinaryIO) -> str:
    stat = os.fstat(original.fileno())
    return known_by(stat.st_size, stat.st_mtime_ns)
