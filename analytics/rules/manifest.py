"""What is written down about a snapshot when it is built: what it is, and the digest of each of its files."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from analytics.rules.snapshot import Snapshot


@dataclass(frozen=True)
class Built:
    """One file of a snapshot, named from the dataset's folder on."""

    name: str
    size_bytes: int
    digest: str  # sha256, in hex


@dataclass(frozen=True)
class Manifest:
    """A snapshot and its files: the lake's first, then Parquet, then what it was made from."""

    snapshot: Snapshot
    files: tuple[Built, ...]

    @property
    def digest(self) -> str:
        """The digest of the file that is read: what a release of the data is known by."""
        return self.files[0].digest

    @property
    def size_bytes(self) -> int:
        """How much the file that is read takes."""
        return self.files[0].size_bytes


@dataclass(frozen=True)
class Quarantine:
    """Why a snapshot must not serve, who said so and when."""

    revision: str
    why: str
    set_by: str
    set_at: datetime


def to_json(manifest: Manifest) -> dict[str, Any]:
    """Will give the manifest as it is stored."""
    snapshot = {name: _text(value) for name, value in asdict(manifest.snapshot).items()}
    return {"snapshot": snapshot, "files": [asdict(file) for file in manifest.files]}


def from_json(value: dict[str, Any]) -> Manifest:
    """Will read what `to_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
    known = dict(value["snapshot"])
    known["imported_at"] = datetime.fromisoformat(known["imported_at"])
    for name in ("first_date", "last_date"):
        known[name] = date.fromisoformat(known[name]) if known[name] else None
    return Manifest(Snapshot(**known), tuple(Built(**file) for file in value["files"]))


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
