"""Datasets and their snapshots, for other apps: what there is, what serves, and how another one comes to serve.

Building never moves a pointer; only `serve` does. Each call says what is true now, and each verb may be repeated.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from analytics.operations import manifests, shelf
from analytics.operations import serving as slots
from analytics.operations.serving import SnapshotError
from analytics.rules.manifest import Quarantine
from analytics.rules.snapshot import Snapshot

__all__ = [
    "Revision", "SnapshotError", "ban", "candidate", "clear_green", "clear_serving", "datasets", "path", "prepare",
    "quarantine", "revisions", "serve", "serving", "show_green", "trouble",
]  # fmt: skip


@dataclass(frozen=True)
class Revision:
    """A snapshot on the shelf. `snapshot` says what it is, None where nothing is written down about it.

    `digest` is the sha256 of the file that is read; it and `size_bytes` are empty with `snapshot`.
    """

    dataset: str
    revision: str
    snapshot: Snapshot | None
    digest: str
    size_bytes: int
    is_serving: bool
    is_green: bool
    quarantine: Quarantine | None


def datasets() -> tuple[str, ...]:
    """Will give the names of the datasets that have a snapshot."""
    return tuple(dataset for dataset in shelf.datasets(_state()) if shelf.revisions(_state(), dataset))


def revisions(dataset: str) -> tuple[Revision, ...]:
    """Will give the dataset's snapshots, the newest first."""
    return tuple(_revision(dataset, revision) for revision in shelf.revisions(_state(), dataset))


def serving(dataset: str) -> str:
    """Will give the revision that serves, "" if none does."""
    return shelf.serving(_state(), dataset)


def candidate(dataset: str) -> str:
    """Will give the revision that stands beside it as green, "" if none does."""
    return shelf.serving(_state(), dataset, shelf.CANDIDATE)


def prepare(dataset: str, revision: str) -> Revision:
    """Will make sure that a snapshot can serve, and give it.

    Raises SnapshotError (no-snapshot, not-whole, quarantined) with a sentence in three parts if it can't.
    """
    slots.prepare(_state(), dataset, revision=revision)
    return _revision(dataset, revision)


def show_green(dataset: str, revision: str) -> None:
    """Will make a snapshot the candidate. Raises SnapshotError as `prepare` does."""
    slots.show_green(_state(), dataset, revision=revision)


def clear_green(dataset: str) -> None:
    """Will say that there is no candidate any more."""
    slots.clear_green(_state(), dataset)


def serve(dataset: str, revision: str) -> None:
    """Will let a snapshot serve, for every reader at once; readers finish on what they had opened.

    Raises SnapshotError as `prepare` does; what served then goes on.
    """
    slots.serve(_state(), dataset, revision=revision)


def clear_serving(dataset: str) -> None:
    """Will let no snapshot serve: as it was before the first one."""
    slots.clear(_state(), dataset)


def trouble(dataset: str, revision: str) -> str:
    """Will say why a snapshot can't serve, in a sentence without its full stop; "" if it can."""
    found = slots.find_trouble(_state(), dataset, revision=revision)
    return found[1] if found else ""


def ban(dataset: str, revision: str) -> str:
    """Will say why a snapshot is in quarantine, in a sentence without its full stop; "" if it isn't."""
    return slots.find_ban(_state(), dataset, revision=revision)


def quarantine(dataset: str, revision: str, *, why: str, by: str, now: datetime) -> None:
    """Will keep a snapshot from serving from now on. Raises SnapshotError (no-snapshot)."""
    slots.quarantine(_state(), dataset, revision=revision, why=why, by=by, now=now)


def path(dataset: str, revision: str) -> Path:
    """Will give the file of a snapshot, to be read only. Raises SnapshotError (no-snapshot)."""
    if revision not in shelf.revisions(_state(), dataset):
        sentence = f"There is no snapshot {revision} of {dataset}. Nothing was read. Choose another snapshot."
        raise SnapshotError("no-snapshot", sentence)
    return shelf.snapshot_path(_state(), dataset, revision)


def _revision(dataset: str, revision: str) -> Revision:
    made = manifests.read(_state(), dataset, revision)
    return Revision(
        dataset,
        revision,
        made.snapshot if made else None,
        made.digest if made else "",
        made.size_bytes if made else 0,
        is_serving=serving(dataset) == revision,
        is_green=candidate(dataset) == revision,
        quarantine=manifests.quarantined(_state(), dataset, revision),
    )


def _state() -> Path:
    return Path(settings.STATE_DIR)
