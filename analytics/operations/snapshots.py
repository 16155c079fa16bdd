"""Data comes in: fetched, checked, built beside what serves, and put in place in one step, or not at all."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import duckdb

from analytics import selectors
from analytics.engines import schema, writing
from analytics.operations import shelf
from analytics.rules import jhu, owid
from analytics.rules.problems import DataError, Problem
from analytics.rules.records import Place
from analytics.rules.snapshot import Snapshot
from analytics.sources import places, unpacked
from analytics.sources.base import Progress, Raw, Source, SourceError

Format = Literal["owid", "jhu", "sample"]
DATASET = "covid-cases"
LICENCE = "CC BY 4.0"
SOURCES = {
    "owid": "Our World in Data",
    "jhu": "Johns Hopkins University CSSE",
    "sample": "Sample data",
}


class ImportRefusedError(Exception):
    """The import changed nothing. The sentence has three parts: what happened, what serves now, what to do."""


@dataclass(frozen=True)
class _Work:
    """What every step of one import needs."""

    state_dir: Path
    folder: Path
    file_format: Format
    now: datetime
    progress: Progress

    @property
    def latest(self) -> datetime:
        # East of Greenwich tomorrow has begun.
        return self.now + timedelta(days=1)


def build(
    cases: Source,
    *,
    file_format: Format,
    state_dir: Path,
    now: datetime,
    progress: Progress,
    deaths: Source | None = None,
) -> Snapshot:
    """This function will import the data, make it the snapshot that serves, and give what it says of itself.

    Raises ImportRefusedError if anything is wrong; what served before then goes on serving.
    """
    try:
        with shelf.draft(state_dir) as folder:
            work = _Work(state_dir, folder, file_format, now, progress)
            raws = [source.fetch(folder, progress) for source in (cases, deaths) if source is not None]
            return _put(raws, work)
    except (DataError, SourceError) as error:
        raise _refused(str(error), state_dir, "Correct it and import again.") from error
    except shelf.BusyError as error:
        raise _refused(f"{error}.", state_dir, "Wait until it has ended.") from error
    except (OSError, duckdb.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        what = f"The snapshot could not be written ({reason})."
        raise _refused(what, state_dir, "Look at the disk and at PORTAL_STATE_DIR, then try again.") from error


def _put(raws: list[Raw], work: _Work) -> Snapshot:
    digests = ",".join(raw.digest for raw in raws)
    # The same bytes, read the same way, are the same revision.
    named = f"{work.file_format}:{schema.SCHEMA_VERSION}:{digests}"
    revision = hashlib.sha256(named.encode()).hexdigest()[:12]
    target = shelf.snapshot_path(work.state_dir, revision)
    if not _is_whole(target):
        label = writing.Label(
            dataset=DATASET,
            revision=revision,
            source=SOURCES[work.file_format],
            origin=" and ".join(raw.origin for raw in raws),
            raw_digests=digests,
            licence="public domain" if work.file_format == "sample" else LICENCE,
            population_source=places.POPULATION_SOURCE if work.file_format != "owid" else "the same file",
            is_sample=work.file_format == "sample",
        )
        built = work.folder / "lake.duckdb"
        daily = work.folder / "daily.csv"
        found = _read_jhu(raws, work, daily) if work.file_format == "jhu" else _read_owid(raws[0], work, daily)
        work.progress("building", 0, None)
        writing.write(built, daily, found, label, work.now)
        for raw in raws:
            shelf.keep_raw(work.state_dir, raw.path, raw.digest)
        shelf.put_in_place(built, target)
    shelf.point_at(work.state_dir, target)
    return selectors.snapshot(selectors.lake(target))


def _is_whole(target: Path) -> bool:
    return target.exists() and selectors.serving(target) is not None


def _read_owid(raw: Raw, work: _Work, daily: Path) -> list[Place]:
    lines = unpacked.lines(raw.path, raw.name, work.progress)
    reader = owid.Reader(lines, file=raw.name, latest=work.latest.date())
    writing.spool(reader.days(), daily)
    return list(reader.places.values())


def _read_jhu(raws: list[Raw], work: _Work, daily: Path) -> list[Place]:
    latest, people = work.latest.date(), places.populations()
    cases, deaths = (
        jhu.read(unpacked.lines(raw.path, raw.name, work.progress), file=raw.name, latest=latest, people=people)
        for raw in raws
    )
    jhu.check_pair(cases, deaths)
    named = {name: places.named(name) for name in cases.totals}
    first: dict[str, str] = {}
    for name, place in named.items():
        if first.setdefault(place.iso, name) != name:
            what = f"{name} stands in it a second time, as {first[place.iso]}"
            raise DataError(cases.file, [Problem(1, jhu.FIXED[1], what)])
    writing.spool(jhu.days(cases, deaths, named), daily)
    return [*named.values(), places.world()]


def _refused(what: str, state_dir: Path, advice: str) -> ImportRefusedError:
    serving = selectors.serving(shelf.pointer(state_dir))
    if serving is None:
        return ImportRefusedError(f"{what} No snapshot serves yet. {advice}")
    kind = "sample data" if serving.is_sample else f"{serving.source} to {serving.last_date}"
    return ImportRefusedError(f"{what} Snapshot {serving.revision} ({kind}) goes on serving. {advice}")
