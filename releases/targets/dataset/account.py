"""The shelf of an account: snapshots in its lake, and a pointer that sites and Athena follow."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from analytics.api import datasets, lake
from analytics.api.lake import Lake
from releases.rules.foresight import Finding
from releases.targets.dataset import folder, note
from releases.targets.dataset.shelf import Note, ShelfError


@dataclass(frozen=True)
class AccountShelf:
    """The promises of `Shelf` over the account's lake; `folder` keeps which slot holds what.

    Glue moves one table at a time, so `serve` is one step for the sites and for whoever asks which snapshot serves;
    until it ends, and after a crash until it is said again, queries of the serving tables may meet two snapshots.
    """

    call_limit_s: ClassVar[float] = 60.0
    move_s: ClassVar[float] = 5.0
    dataset: str
    lake: Lake
    folder: Path

    def serving(self) -> str:
        """Will give the revision that serves in the account; of tables that are of several, all."""
        with _told():
            return lake.serving(self.lake, self.dataset)

    def serve(self, revision: str) -> None:
        """Will lead everybody to a revision, or to none. Raises ShelfError for one that can't serve."""
        with _told():
            if revision:
                self._refuse(revision)
                lake.serve(self.lake, self.dataset, revision=revision)
            else:
                lake.clear(self.lake, self.dataset)

    def show_green(self, revision: str) -> None:
        """Will mark the candidate. Raises ShelfError for one that can't serve."""
        with _told():
            if revision:
                self._refuse(revision)
                lake.show_green(self.lake, self.dataset, revision=revision)
            else:
                lake.clear_green(self.lake, self.dataset)

    def pending(self, revision: str) -> str:
        """Will say that a revision is on its way to the account, "" where it is there."""
        try:
            lake.published(self.lake, self.dataset, revision)
        except lake.LakeError as error:
            if error.code != lake.NOT_PUBLISHED:
                raise ShelfError(error.code, str(error), is_permanent=error.is_permanent) from error
            return str(error)
        return ""

    def trouble(self, revision: str) -> str:
        """Will say why a revision can't serve."""
        return self.pending(revision) or datasets.ban(self.dataset, revision)

    def findings(self, blue: str, green: str) -> Sequence[Finding]:
        """Will compare the two as they lie on this machine's shelf, from where they were published."""
        with _told():
            return folder.compared(self.dataset, blue, green)

    def kept(self) -> AbstractContextManager[Note]:
        """Will give the slots' record to one holder at a time."""
        return note.held(self.folder)

    def _refuse(self, revision: str) -> None:
        trouble = datasets.ban(self.dataset, revision)
        if trouble:
            raise ShelfError("quarantined", trouble, is_permanent=True)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except lake.LakeError as error:
        raise ShelfError(error.code, str(error), is_permanent=error.is_permanent) from error
    except datasets.SnapshotError as error:
        raise ShelfError(error.code, str(error).rstrip("."), is_permanent=True) from error
