"""A snapshot of this machine's shelf comes to the account's lake; which one serves there is another question."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from analytics.catalogs import glue
from analytics.catalogs.base import Table
from analytics.catalogs.duckdb import DuckDBCatalog
from analytics.engines.duckdb.snapshots import Snapshots
from analytics.operations import manifests, serving, shelf
from analytics.operations.lake import databases, objects
from analytics.operations.lake.base import MANIFEST, Lake, LakeError, database
from analytics.operations.lake.databases import Databases
from analytics.operations.lake.objects import Objects
from analytics.operations.lake.tables import declare
from analytics.rules.manifest import Manifest
from analytics.rules.progress import Progress

ACTIONS = (objects.ACTIONS - objects.REMOVE_ACTIONS) | databases.WRITE_ACTIONS
_RAW = "raw/"


def publish(lake: Lake, dataset: str, *, revision: str, state_dir: Path, progress: Progress) -> bool:
    """Will bring a snapshot into the account's lake, and say whether anything was left to do.

    Broken off anywhere, the next one goes on with what is missing; what serves is not touched. Raises SnapshotError if
    the snapshot can't serve, BusyError while another process brings one of the dataset, and LakeError.
    """
    if is_published(lake, dataset, revision=revision, state_dir=state_dir):
        return False
    made = serving.prepare(state_dir, dataset, revision=revision)
    written = shelf.manifest_path(state_dir, dataset, revision)
    with shelf.publishing(state_dir, dataset):
        there = Objects(lake, dataset)
        _send(there, made, state_dir, progress)
        _declare(lake, dataset, revision, state_dir)
        # Last: what has no manifest is not there.
        there.write(MANIFEST.format(revision), written.read_bytes())
    return True


def is_published(lake: Lake, dataset: str, *, revision: str, state_dir: Path) -> bool:
    """Will say whether a snapshot of the shelf is in the lake as it is here. Raises LakeError."""
    written = shelf.manifest_path(state_dir, dataset, revision)
    there = Objects(lake, dataset).digest(MANIFEST.format(revision))
    return written.is_file() and there == manifests.digest(written)


def publish_all(lake: Lake, *, state_dir: Path, progress: Progress) -> int:
    """Will publish what isn't yet and may serve, the newest first, and give how many were. Raises LakeError.

    What another process is publishing is left to it, and what isn't whole to whoever brings it in again.
    """
    published = 0
    for dataset in shelf.datasets(state_dir):
        for revision in shelf.revisions(state_dir, dataset):
            with suppress(shelf.BusyError, serving.SnapshotError):
                published += publish(lake, dataset, revision=revision, state_dir=state_dir, progress=progress)
    return published


def _send(there: Objects, made: Manifest, state_dir: Path, progress: Progress) -> None:
    # What it was made from stays here: nobody reads it there.
    files = [file for file in made.files if not file.name.startswith(_RAW)]
    sent = _adding(progress, sum(file.size_bytes for file in files))
    home = shelf.folder(state_dir, made.snapshot.dataset)
    for file in files:
        try:
            there.send(home / file.name, file.name, file.digest, sent)
        except OSError as error:
            sentence = f"{file.name} of snapshot {made.snapshot.revision} can't be read ({error.strerror})"
            raise LakeError("not-whole", sentence, is_permanent=True) from error


def _adding(progress: Progress, total: int) -> Callable[[int], None]:
    """Counts what is sent, by several threads at once."""
    done, lock = 0, Lock()

    def sent(count: int) -> None:
        nonlocal done
        with lock:
            done += count
            progress("sending", done, total)

    return sent


def _declare(lake: Lake, dataset: str, revision: str, state_dir: Path) -> None:
    own, name = Databases(lake), database(dataset, revision)
    own.make(name, about=f"Snapshot {revision} of {dataset}", parameters={glue.REVISION: revision})
    for table in _tables(state_dir, dataset, revision):
        own.put(name, declare(lake, table))


def _tables(state_dir: Path, dataset: str, revision: str) -> list[Table]:
    catalog = DuckDBCatalog(Snapshots(state_dir / "lake"), {dataset: revision})
    return [catalog.table(dataset, one.name) for one in catalog.tables(dataset)]
