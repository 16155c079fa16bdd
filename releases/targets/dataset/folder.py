"""The shelf of this machine: snapshots as files, and a pointer that every page follows."""

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analytics.api import datasets, quality
from releases.rules.foresight import Finding
from releases.targets.dataset import slots as records
from releases.targets.dataset.shelf import Note, ShelfError
from releases.targets.dataset.slots import Slots


@dataclass(frozen=True)
class FolderShelf:
    """The promises of `Shelf` over the datasets of this machine; `folder` keeps which slot holds what."""

    dataset: str
    folder: Path

    def serving(self) -> str:
        """Will give the revision that pages read now."""
        return datasets.serving(self.dataset)

    def serve(self, revision: str) -> None:
        """Will lead every page to a revision, or to none. Raises ShelfError for one that can't serve."""
        with _told():
            if revision:
                datasets.serve(self.dataset, revision)
            else:
                datasets.clear_serving(self.dataset)

    def show_green(self, revision: str) -> None:
        """Will mark the candidate. Raises ShelfError for one that can't serve."""
        with _told():
            if revision:
                datasets.show_green(self.dataset, revision)
            else:
                datasets.clear_green(self.dataset)

    def trouble(self, revision: str) -> str:
        """Will say why a revision can't serve."""
        return datasets.trouble(self.dataset, revision)

    def findings(self, blue: str, green: str) -> Sequence[Finding]:
        """Will compare the two; what is found leaves the promotion to a person, what can't serve stops it."""
        trouble = self.trouble(green)
        told = trouble or f"Snapshot {green} is whole and can be read"
        whole = Finding("whole", told, is_good=not trouble)
        if trouble:
            return (whole,)
        with _told():
            compared = quality.checks(self.dataset, blue=blue, green=green)
        return (whole, *(Finding(one.code, one.sentence, one.is_good, is_blocking=False) for one in compared))

    @contextmanager
    def kept(self) -> Iterator[Note]:
        """Will give the slots' record to one holder at a time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".slots.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield _File(self.folder / "slots.json")


@dataclass(frozen=True)
class _File:
    path: Path

    @property
    def slots(self) -> Slots | None:
        try:
            return records.from_json(json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            message = f"{self.path.name} does not say which snapshot is blue ({error})"
            raise ShelfError("slots-unreadable", message, is_permanent=True) from error

    def write(self, slots: Slots) -> None:
        draft = self.path.with_name(f".{self.path.name}")
        draft.write_text(json.dumps(records.to_json(slots)), encoding="utf-8")
        draft.replace(self.path)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except datasets.SnapshotError as error:
        raise ShelfError(error.code, str(error).rstrip("."), is_permanent=True) from error
