"""The port through which data comes in: a file, an address, the sample."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Raw:
    """The bytes as they came: where they lie now, what they are called, where they are from, their sha256."""

    path: Path
    name: str
    origin: str
    digest: str
    size_bytes: int


class Source(Protocol):
    """A place that data comes from.

    1. `fetch` writes the bytes unchanged into the folder `into` and gives them with their digest.
    2. It returns a whole file or raises SourceError; half a file is never given.
    3. It reads at most MAX_BYTES and says its progress at least once.
    4. It changes nothing but files in `into`, and ends: every wait has a limit.
    5. `origin` in what it gives holds no password and no folder of this machine.
    """

    def fetch(self, into: Path, progress: Progress) -> Raw: ...
