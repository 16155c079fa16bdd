"""A data file on this machine."""

import hashlib
from pathlib import Path

from analytics.sources.base import CHUNK_BYTES, MAX_BYTES, Progress, Raw, SourceError


class FileSource:
    """Promises of `Source`, for a path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fetch(self, into: Path, progress: Progress) -> Raw:
        """This function will copy the file.

        Raises SourceError if it isn't there, can't be read, or is too large.
        """
        if self.path.is_dir():
            raise SourceError(f"{self.path} is a folder, not a file. Name the file in it")
        target = into / self.path.name
        digest = hashlib.sha256()
        done = 0
        try:
            total = self.path.stat().st_size
            if total > MAX_BYTES:
                raise SourceError(f"{self.path.name} has {total:,} bytes; at most {MAX_BYTES:,} are read")
            with self.path.open("rb") as original, target.open("wb") as copy:
                progress("copying", 0, total)
                while chunk := original.read(CHUNK_BYTES):
                    digest.update(chunk)
                    copy.write(chunk)
                    done += len(chunk)
                    progress("copying", done, total)
        except FileNotFoundError:
            raise SourceError(f"There is no file {self.path}. Check the path") from None
        except OSError as error:
            raise SourceError(f"{self.path} could not be read: {error.strerror}") from error
        return Raw(target, self.path.name, self.path.name, digest.hexdigest(), done)
