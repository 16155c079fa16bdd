"""The slots' record, as a file of this machine."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from releases.targets.dataset import slots as records
from releases.targets.dataset.shelf import Note, ShelfError
from releases.targets.dataset.slots import Slots


@contextmanager
def held(folder: Path) -> Iterator[Note]:
    """Will give the record in `folder` to one holder at a time, also between processes."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".slots.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _File(folder / "slots.json")


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
