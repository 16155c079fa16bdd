"""Which snapshot of a dataset serves, which one stands beside it as green, and which must not serve."""

from datetime import datetime
from pathlib import Path

from analytics import selectors
from analytics.engines.duckdb import EngineError
from analytics.operations import manifests, shelf
from analytics.rules.manifest import Manifest, Quarantine


class SnapshotError(Exception):
    """A snapshot can't do what was asked. The sentence has three parts: what happened, what serves, what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def prepare(state_dir: Path, dataset: str, *, revision: str) -> Manifest:
    """Will make sure that a snapshot can serve: it is there, whole, readable, and not in quarantine.

    Its files are measured, not read through; `verify` does that. Raises SnapshotError if it can't.
    """
    trouble = find_trouble(state_dir, dataset, revision=revision)
    if trouble:
        raise _error(*trouble, state_dir=state_dir, dataset=dataset)
    made = manifests.read(state_dir, dataset, revision)
    assert made is not None  # noqa: S101  # no trouble means that it is there
    return made


def serve(state_dir: Path, dataset: str, *, revision: str) -> None:
    """Will make a snapshot the one that serves, in one step; nothing changes if it does already.

    Raises SnapshotError if it can't serve; what served goes on.
    """
    prepare(state_dir, dataset, revision=revision)
    shelf.point_at(state_dir, dataset, revision)


def show_green(state_dir: Path, dataset: str, *, revision: str) -> None:
    """Will make a snapshot the candidate, beside what serves. Raises SnapshotError if it can't serve."""
    prepare(state_dir, dataset, revision=revision)
    shelf.point_at(state_dir, dataset, revision, shelf.CANDIDATE)


def clear(state_dir: Path, dataset: str) -> None:
    """Will let no snapshot serve: as it was before the first one."""
    shelf.clear(state_dir, dataset, shelf.SERVING)


def clear_green(state_dir: Path, dataset: str) -> None:
    """Will say that there is no candidate any more; the snapshot itself stays."""
    shelf.clear(state_dir, dataset, shelf.CANDIDATE)


def quarantine(state_dir: Path, dataset: str, *, revision: str, why: str, by: str, now: datetime) -> None:
    """Will keep a snapshot from serving from now on. One that serves goes on until another takes its place.

    Raises SnapshotError if there is no such snapshot.
    """
    if revision not in shelf.revisions(state_dir, dataset):
        raise _error("no-snapshot", f"There is no snapshot {revision}", state_dir=state_dir, dataset=dataset)
    manifests.quarantine(state_dir, dataset, Quarantine(revision, why, by, now))


def verify(state_dir: Path, dataset: str, *, revision: str) -> list[str]:
    """Will read every file of a snapshot through and name those whose bytes are no longer the ones that were built.

    Raises SnapshotError if there is no such snapshot, or nothing is written down about it.
    """
    made = manifests.read(state_dir, dataset, revision)
    if made is None:
        what = f"There is no snapshot {revision}, or nothing is written down about it"
        raise _error("no-snapshot", what, state_dir=state_dir, dataset=dataset)
    home = shelf.folder(state_dir, dataset)
    return [
        file.name
        for file in made.files
        if not (home / file.name).is_file() or manifests.digest(home / file.name) != file.digest
    ]


def remove_old(state_dir: Path, dataset: str, *, keep: int) -> list[str]:
    """Will delete all but the newest `keep` snapshots and give the revisions that went.

    What serves, the candidate, and what another process reads stay whatever their age.
    """
    pointed = {shelf.serving(state_dir, dataset, slot) for slot in (shelf.SERVING, shelf.CANDIDATE)}
    gone = []
    for revision in shelf.revisions(state_dir, dataset)[keep:]:
        if revision in pointed or shelf.is_read(shelf.snapshot_path(state_dir, dataset, revision)):
            continue
        shelf.remove(state_dir, dataset, revision)
        gone.append(revision)
    return gone


def find_trouble(state_dir: Path, dataset: str, *, revision: str) -> tuple[str, str] | None:
    """Will say why a snapshot can't serve, as a code and a sentence without its full stop; None if it can."""
    if revision not in shelf.revisions(state_dir, dataset):
        return "no-snapshot", f"There is no snapshot {revision}"
    ban = find_ban(state_dir, dataset, revision=revision)
    if ban:
        return "quarantined", ban
    made = manifests.read(state_dir, dataset, revision)
    if made is None:
        return "not-whole", f"Nothing is written down about snapshot {revision}, so it may not be whole"
    home = shelf.folder(state_dir, dataset)
    for file in made.files:
        if not (home / file.name).is_file() or (home / file.name).stat().st_size != file.size_bytes:
            return "not-whole", f"Snapshot {revision} isn't whole: {file.name} is missing or has another size"
    try:
        found = selectors.snapshot(selectors.lake(shelf.snapshot_path(state_dir, dataset, revision)))
    except EngineError as error:
        return "not-whole", f"Snapshot {revision} can't be read ({error})"
    return None if found.revision == revision else ("not-whole", f"Snapshot {revision} says that it is another")


def find_ban(state_dir: Path, dataset: str, *, revision: str) -> str:
    """Will say why a snapshot is in quarantine, in a sentence without its full stop; "" if it isn't."""
    note = manifests.quarantined(state_dir, dataset, revision)
    return f"Snapshot {revision} is in quarantine since {note.set_at:%Y-%m-%d} ({note.why})" if note else ""


def _error(code: str, what: str, *, state_dir: Path, dataset: str) -> SnapshotError:
    serving = shelf.serving(state_dir, dataset)
    holds = f"Snapshot {serving} goes on serving {dataset}." if serving else f"No snapshot of {dataset} serves."
    advice = "Import it again." if code == "not-whole" else "Choose another snapshot."
    return SnapshotError(code, f"{what}. {holds} {advice}")
