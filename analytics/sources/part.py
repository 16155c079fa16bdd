"""A file on its way in: what has come of it so far, kept so that a fetch that died is taken up."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from analytics.rules.progress import Progress
from analytics.sources.base import CHUNK_BYTES, MAX_BYTES, Raw, SourceError

LONGEST_NAME = 120
CHANGED = "{} changed while it was read. Look again, then fetch what is there now"


class Part:
    """The file `name` in the folder `into`. `tag` names the bytes: another tag is another file, "" is always a new one.

    `size_bytes` is how much of it lies there. Raises OSError where it can't be written.
    """

    def __init__(self, into: Path, name: str, *, tag: str) -> None:
        folder = into / (known_by(tag) if tag else "unknown")
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / name
        self._part = folder / f"{name}.part"
        self._sha256 = hashlib.sha256()
        self.size_bytes = 0
        if not tag:
            self._part.unlink(missing_ok=True)
        self._read_on()

    def fill(
        self,
        chunks: Iterable[bytes],
        progress: Progress,
        *,
        stage: str,
        total: int | None,
        shown: str,
        most: int = MAX_BYTES,
    ) -> None:
        """Will write what comes behind what lies there. Raises SourceError beyond `most` bytes, OSError."""
        progress(stage, self.size_bytes, total)
        with self._part.open("ab") as file:
            for chunk in chunks:
                self.size_bytes += len(chunk)
                if self.size_bytes > most:
                    raise SourceError(f"{shown} sends more than the {most:,} bytes that are read")
                file.write(chunk)
                self._sha256.update(chunk)
                progress(stage, self.size_bytes, total)

    def finish(self, *, shown: str, total: int | None, digest: str = "") -> Raw:
        """Will give the whole file. `digest` is what it must have, as "sha256:…" or "md5:…".

        Raises SourceError for fewer bytes than `total`, and for another digest.
        """
        if total is not None and self.size_bytes != total:
            what = f"{shown} broke off after {self.size_bytes:,} of {total:,} bytes"
            raise SourceError(f"{what}. What came is kept: try again")
        algorithm, _, wanted = digest.partition(":")
        if wanted and self._digest(algorithm) != wanted.lower():
            raise self.damaged(shown)
        self._part.replace(self.path)
        return Raw(self.path, self.path.name, shown, self._sha256.hexdigest(), self.size_bytes)

    def damaged(self, shown: str) -> SourceError:
        """Will throw away what came, and give what is to be raised."""
        self._part.unlink(missing_ok=True)
        what = f"{shown} has another digest than was told: it was damaged or changed on the way"
        return SourceError(f"{what}. Nothing of it is kept: try again")

    def _read_on(self) -> None:
        """Takes up what lies there, from a fetch that died or from one that ended."""
        if self.path.exists():
            self.path.replace(self._part)
        if not self._part.is_file():
            return
        with self._part.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                self._sha256.update(chunk)
                self.size_bytes += len(chunk)

    def _digest(self, algorithm: str) -> str:
        if algorithm == "sha256":
            return self._sha256.hexdigest()
        with self._part.open("rb") as file:
            return hashlib.file_digest(file, algorithm).hexdigest()


def known_by(*facts: object) -> str:
    """Will make a short name of what bytes are known by, "" where one of the facts isn't known."""
    told = [str(fact) for fact in facts]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16] if all(told) else ""


def file_name(path: str) -> str:
    """Will give the last part of an address's path, as a name that any disk takes."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", PurePosixPath(path).name).strip("-.")
    return name[:LONGEST_NAME] or "data.csv"


def refuse_other(revision_id: str, now_id: str, shown: str) -> None:
    """Will do nothing if what is there is still the revision. Raises SourceError if it changed meanwhile."""
    if revision_id != now_id:
        raise SourceError(CHANGED.format(shown))
