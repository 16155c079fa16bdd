"""The port through which data comes in.

Nine promises, held by tests/contracts/test_source.py for every adapter:

1. `revisions` says what can be had now, the oldest first, and reads no row of it. A revision's `id` stays the same as
   long as its bytes do; it is "" where the place says nothing by which to know them again.
2. `fetch` writes a revision's bytes unchanged into the folder `into` and gives each file with its sha256, always in the
   same order.
3. It gives whole files or raises SourceError; half a file is never given.
4. What a fetch that died has left in `into` is taken up: the same revision into the same folder reads on from there,
   where the place can be read from the middle.
5. A revision that the place no longer has, or that changes while it is read, raises SourceError. So do bytes that are
   not those of the digest that was told, by the place or by whoever asks; they are thrown away.
6. A disk that is full is an OSError that says so. What was written stays, and is taken up.
7. At most MAX_BYTES of a file are read. Progress is told at the beginning and at the end of each.
8. Nothing changes but files in `into`, and what a place is asked to make ready. Every wait has a limit: NotYetError
   says that it is being made ready, and to ask again.
9. `origin` holds no password and no folder of this machine.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from analytics.rules.progress import Progress

CHUNK_BYTES = 256 * 1024
# A hundred million rows take about 5 GB; what is far beyond it is a mistake or an attack.
MAX_BYTES = 16 * 1024**3


class SourceError(Exception):
    """The bytes couldn't be had. The sentence says why, and what to do."""

    def __str__(self) -> str:
        return f"{super().__str__().rstrip('.')}."


class NotYetError(SourceError):
    """The place is making the bytes ready. Asked again later, it gives them."""


@dataclass(frozen=True)
class Revision:
    """One state of what a source has. `revoked_at` says since when its provider wants it used no more, and why."""

    id: str
    published_at: datetime | None = None
    comment: str = ""
    revoked_at: datetime | None = None
    revoked_why: str = ""


@dataclass(frozen=True)
class Raw:
    """The bytes as they came: where they lie now, what they are called, where they are from, their sha256."""

    path: Path
    name: str
    origin: str
    digest: str
    size_bytes: int


class Source(Protocol):
    """A place that data comes from."""

    def revisions(self) -> tuple[Revision, ...]: ...

    def fetch(self, revision: Revision, into: Path, progress: Progress) -> tuple[Raw, ...]: ...
