"""Where the snapshots of each dataset lie, and how one is put in place so that no reader ever meets half of it.

lake/<dataset>/current -> lake-<revision>.duckdb    what serves (blue)
lake/<dataset>/green -> lake-<revision>.duckdb      the candidate, while a rollout is on
lake/<dataset>/lake-<revision>.duckdb               a snapshot, read only
lake/<dataset>/parquet/<revision>/<table>/…         the same rows as Parquet
lake/<dataset>/manifests/<revision>.json            what the snapshot is, and the digest of each of its files
lake/<dataset>/raw/<digest12>-<name>                the bytes as they came
lake/<dataset>/quarantine/<revision>.json           why a snapshot must not serve
lake/<dataset>/incoming/<source>/…                  what has come so far of a revision that is being fetched
"""

import fcntl
import os
import re
import shutil
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

Slot = Literal["current", "green"]
SERVING: Slot = "current"
CANDIDATE: Slot = "green"
_DRAFT = "building-"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_SNAPSHOT = re.compile(r"lake-([a-z0-9][a-z0-9._-]{0,63})\.duckdb", re.ASCII)
# struct flock of the C library: type, whence, start, length, process.
_FLOCK = "hhqqi"


class BusyError(Exception):
    """Another process is at it."""


def folder(state_dir: Path, dataset: str) -> Path:
    """Will give the dataset's folder. Raises ValueError for a name that no dataset can have."""
    if not _NAME.fullmatch(dataset):
        raise ValueError(f"{dataset!r} is no name of a dataset")
    return state_dir / "lake" / dataset


def pointer(state_dir: Path, dataset: str, slot: Slot = SERVING) -> Path:
    """Will give the symlink that leads to the snapshot which serves, or to the candidate."""
    return folder(state_dir, dataset) / slot


def snapshot_path(state_dir: Path, dataset: str, revision: str) -> Path:
    """Will give the place of a snapshot's file. Raises ValueError for a text that is no revision."""
    if not _NAME.fullmatch(revision):
        raise ValueError(f"{revision!r} is no revision")
    return folder(state_dir, dataset) / f"lake-{revision}.duckdb"


def parquet_path(state_dir: Path, dataset: str, revision: str) -> Path:
    """Will give the folder with a folder of Parquet files for each table of a snapshot."""
    return folder(state_dir, dataset) / "parquet" / snapshot_revision(snapshot_path(state_dir, dataset, revision))


def manifest_path(state_dir: Path, dataset: str, revision: str) -> Path:
    """Will give the place of what is written down about a snapshot."""
    return snapshot_path(state_dir, dataset, revision).parent / "manifests" / f"{revision}.json"


def quarantine_path(state_dir: Path, dataset: str, revision: str) -> Path:
    """Will give the place of the reason why a snapshot must not serve."""
    return snapshot_path(state_dir, dataset, revision).parent / "quarantine" / f"{revision}.json"


def snapshot_revision(path: Path) -> str:
    """Will give the revision that a snapshot's file is named by, "" for another file."""
    match = _SNAPSHOT.fullmatch(path.name)
    return match[1] if match else ""


def datasets(state_dir: Path) -> tuple[str, ...]:
    """Will give the datasets that have a folder, by name."""
    lake = state_dir / "lake"
    return tuple(sorted(path.name for path in lake.glob("*") if path.is_dir() and _NAME.fullmatch(path.name)))


def revisions(state_dir: Path, dataset: str) -> tuple[str, ...]:
    """Will give the revisions of a dataset whose files are there, newest first."""
    found = [path for path in folder(state_dir, dataset).glob("lake-*.duckdb") if snapshot_revision(path)]
    return tuple(snapshot_revision(path) for path in sorted(found, key=_age))


def serving(state_dir: Path, dataset: str, slot: Slot = SERVING) -> str:
    """Will give the revision that serves, or the candidate's; "" if there is none."""
    try:
        return snapshot_revision(pointer(state_dir, dataset, slot).readlink())
    except OSError:
        return ""


@contextmanager
def draft(state_dir: Path, dataset: str) -> Iterator[Path]:
    """Will give an empty folder to build in, for one import of a dataset at a time, and clear it away.

    Raises BusyError while another import of it runs.
    """
    home = folder(state_dir, dataset)
    with _held(home / ".lock", "Another import is running"):
        # What a killed import left behind; none other can be running.
        for left in home.glob(f"{_DRAFT}*"):
            shutil.rmtree(left, ignore_errors=True)
        made = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=home))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)


@contextmanager
def incoming(state_dir: Path, dataset: str, source: int) -> Iterator[Path]:
    """Will give the folder that a followed source's files come into, to one holder at a time; it stays.

    Raises BusyError while another process holds it.
    """
    home = folder(state_dir, dataset) / "incoming" / str(source)
    home.mkdir(parents=True, exist_ok=True)
    with _held(home.parent / f".{source}.lock", "The source is being looked at already"):
        yield home


@contextmanager
def publishing(state_dir: Path, dataset: str) -> Iterator[None]:
    """Will let one process at a time bring the dataset's snapshots elsewhere. Raises BusyError for another."""
    with _held(folder(state_dir, dataset) / ".publishing.lock", "A snapshot of it is being published already"):
        yield


def keep_raw(state_dir: Path, dataset: str, raw: Path, digest: str) -> Path:
    """Will keep the bytes as they came, under their digest, and give their place."""
    target = folder(state_dir, dataset) / "raw" / f"{digest[:12]}-{raw.name}"
    put_in_place(raw, target)
    return target


def put_in_place(built: Path, target: Path) -> None:
    """Will move a whole file to where it is read, from where nothing may change it any more."""
    target.parent.mkdir(parents=True, exist_ok=True)
    built.chmod(0o444)
    _sync(built)
    built.replace(target)
    _sync(target.parent)


def put_folder_in_place(built: Path, target: Path) -> None:
    """Will move a whole folder to where it is read; what a killed import left there goes."""
    for path in built.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
        _sync(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    built.replace(target)
    _sync(target.parent)


def point_at(state_dir: Path, dataset: str, revision: str, slot: Slot = SERVING) -> None:
    """Will make a snapshot the one that serves, or the candidate, in one step and for every reader at once."""
    link = pointer(state_dir, dataset, slot)
    target = snapshot_path(state_dir, dataset, revision)
    if serving(state_dir, dataset, slot) == revision:
        return
    fresh = link.with_name(f".{slot}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target.name)
    fresh.replace(link)
    _sync(link.parent)


def clear(state_dir: Path, dataset: str, slot: Slot) -> None:
    """Will take a pointer away; none is left where there was none."""
    pointer(state_dir, dataset, slot).unlink(missing_ok=True)


def remove(state_dir: Path, dataset: str, revision: str) -> None:
    """Will delete a snapshot. Whoever has its file open reads on to the end."""
    # First the file: without it the revision is not there any more, and a killed removal leaves only what is unused.
    snapshot_path(state_dir, dataset, revision).unlink(missing_ok=True)
    shutil.rmtree(parquet_path(state_dir, dataset, revision), ignore_errors=True)
    manifest_path(state_dir, dataset, revision).unlink(missing_ok=True)


def is_read(path: Path) -> bool:
    """Will say whether another process has a snapshot open: DuckDB holds a shared lock on the file as long."""
    with path.open("rb") as file:
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind: int = struct.unpack(_FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))[0]
        return kind != fcntl.F_UNLCK


@contextmanager
def _held(lock: Path, busy: str) -> Iterator[None]:
    """Holds a lock, which goes with its process."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(busy) from None
        yield


def _age(path: Path) -> tuple[int, str]:
    try:
        return -path.stat().st_mtime_ns, path.name
    except FileNotFoundError:
        return 0, path.name


def _sync(path: Path) -> None:
    # Without it a power cut can leave a name that leads to an empty file.
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
