"""Where snapshots lie, and how one is put in place so that no reader ever meets half of it."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CURRENT = "current"
_DRAFT = "building-"


class BusyError(Exception):
    """Another import is running."""


def pointer(state_dir: Path) -> Path:
    """This function will give the symlink that leads to the snapshot which serves now."""
    return state_dir / "lake" / CURRENT


def snapshot_path(state_dir: Path, revision: str) -> Path:
    """This function will give the place of a snapshot's file."""
    return state_dir / "lake" / f"lake-{revision}.duckdb"


@contextmanager
def draft(state_dir: Path) -> Iterator[Path]:
    """This function will give an empty folder to build in, for one import at a time, and clear it away.

    Raises BusyError while another import runs.
    """
    lake = state_dir / "lake"
    lake.mkdir(parents=True, exist_ok=True)
    with (lake / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError("Another import is running") from None
        # What a killed import left behind; none other can be running.
        for left in lake.glob(f"{_DRAFT}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=lake))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def keep_raw(state_dir: Path, raw: Path, digest: str) -> None:
    """This function will keep the bytes as they came, under their digest."""
    target = state_dir / "lake" / "raw" / f"{digest[:12]}-{raw.name}"
    target.parent.mkdir(exist_ok=True)
    _move(raw, target)


def put_in_place(built: Path, target: Path) -> None:
    """This function will move a whole file to where it is read."""
    built.chmod(0o444)
    _move(built, target)


def point_at(state_dir: Path, target: Path) -> None:
    """This function will make `target` the one that serves, in one step."""
    link = pointer(state_dir)
    fresh = link.with_name(f".{CURRENT}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target.name)
    fresh.replace(link)
    _sync(link.parent)


def _move(source: Path, target: Path) -> None:
    _sync(source)
    source.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    # Without it a power cut can leave a name that leads to an empty file.
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
