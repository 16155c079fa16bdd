"""One run's folder: its order, its status, its result, the wish to cancel it, and the lock its runner holds."""

import fcntl
import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from io import FileIO
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Status:
    """Where a run is: QUEUED, RUNNING, SUCCEEDED, FAILED or CANCELLED. Times are milliseconds."""

    state: str
    rows: int = 0
    bytes_read: int = 0
    queued_ms: int = 0
    ran_ms: int = 0
    code: str = ""
    message: str = ""
    fences: tuple[str, ...] = ()

    @property
    def is_end(self) -> bool:
        """Whether nothing changes it any more."""
        return self.state in {"SUCCEEDED", "FAILED", "CANCELLED"}


_DIED = Status(
    "FAILED",
    code="interrupted",
    message="The process that ran the query ended before it did, as when the machine restarts. Nothing of the result "
    "is kept. Run the query again.",
)


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run; it is its directory's whole content."""

    path: Path

    @property
    def result(self) -> Path:
        """Rows as an Arrow stream; there only once the run has SUCCEEDED."""
        return self.path / "result.arrows"

    @property
    def draft(self) -> Path:
        """The result while it is written."""
        return self.path / "result.draft"

    def has_rows(self) -> bool:
        """Whether there are rows, or there will be none any more."""
        with suppress(FileNotFoundError):
            return self.draft.stat().st_size > 0
        return self.status().is_end

    def open_rows(self) -> FileIO | None:
        """Will open what there is of the result, finished or not."""
        # In the order in which the one becomes the other.
        for path in (self.draft, self.result):
            with suppress(FileNotFoundError):
                return FileIO(path)
        return None

    @property
    def order(self) -> Path:
        """What is to be run."""
        return self.path / "order.json"

    @property
    def is_cancel_wanted(self) -> bool:
        """Whether somebody asked to cancel it."""
        return (self.path / "cancel").exists()

    def want_cancel(self) -> None:
        """Will ask the runner to cancel it."""
        (self.path / "cancel").touch()

    def write_status(self, status: Status) -> None:
        """Will put a status in the place of the last, all of it or nothing."""
        draft = self.path / "status.draft"
        draft.write_text(json.dumps(asdict(status)), encoding="utf-8")
        draft.replace(self.path / "status.json")

    @property
    def has_begun(self) -> bool:
        """Whether a runner took it up."""
        return (self.path / "status.json").exists()

    def status(self) -> Status:
        """Will say where the run is: interrupted, if it hasn't ended and nobody holds it."""
        # The lock first: a runner that ends in between has written its end before it let go.
        is_held = self.is_held()
        known = self._written() or Status("QUEUED")
        return known if known.is_end or is_held else replace(_DIED, queued_ms=known.queued_ms)

    def _written(self) -> Status | None:
        with suppress(FileNotFoundError):
            told: dict[str, Any] = json.loads((self.path / "status.json").read_text(encoding="utf-8"))
            return Status(**{**told, "fences": tuple(told["fences"])})
        return None

    def lock(self) -> int | None:
        """Will take the lock and give its descriptor, or None while another has it."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def is_held(self) -> bool:
        """Whether somebody runs it, or is about to."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def remove(self) -> None:
        """Will remove it with all it holds; readers of the result keep what they opened."""
        shutil.rmtree(self.path, ignore_errors=True)
