"""The shelf of this machine: snapshots as files, and a pointer that every page follows."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from analytics.api import datasets, quality
from releases.rules.foresight import Finding
from releases.targets.dataset import note
from releases.targets.dataset.shelf import Note, ShelfError


@dataclass(frozen=True)
class FolderShelf:
    """The promises of `Shelf` over the datasets of this machine; `folder` keeps which slot holds what."""

    call_limit_s: ClassVar[float] = 10.0
    move_s: ClassVar[float] = 0.1
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

    def pending(self, revision: str) -> str:  # noqa: ARG002 - the port's own argument
        """Will say that nothing is: what is on the shelf of this machine is there whole."""
        return ""

    def trouble(self, revision: str) -> str:
        """Will say why a revision can't serve."""
        return datasets.trouble(self.dataset, revision)

    def findings(self, blue: str, green: str) -> Sequence[Finding]:
        """Will compare the two."""
        with _told():
            return compared(self.dataset, blue, green)

    def kept(self) -> AbstractContextManager[Note]:
        """Will give the slots' record to one holder at a time."""
        return note.held(self.folder)


def compared(dataset: str, blue: str, green: str) -> Sequence[Finding]:
    """Will compare two snapshots; what is found leaves the promotion to a person, what can't serve stops it.

    Raises SnapshotError.
    """
    trouble = datasets.trouble(dataset, green)
    whole = Finding("whole", trouble or f"Snapshot {green} is whole and can be read", is_good=not trouble)
    if trouble:
        return (whole,)
    found = quality.checks(dataset, blue=blue, green=green)
    return (whole, *(Finding(one.code, one.sentence, one.is_good, is_blocking=False) for one in found))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except datasets.SnapshotError as error:
        raise ShelfError(error.code, str(error).rstrip("."), is_permanent=True) from error
