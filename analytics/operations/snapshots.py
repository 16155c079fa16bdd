"""Data comes in: fetched, checked, built beside what serves. Which snapshot serves is another question (serving)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from analytics import selectors
from analytics.engines.duckdb import building, schema
from analytics.engines.duckdb.building import Building
from analytics.operations import manifests, shelf
from analytics.rules import jhu
from analytics.rules.datasets import registry
from analytics.rules.datasets.registry import Dataset, Form
from analytics.rules.datasets.tables import Table
from analytics.rules.problems import DataError, Problem
from analytics.rules.progress import Progress
from analytics.rules.records import Place
from analytics.rules.snapshot import Snapshot
from analytics.sources import places, several, unpacked
from analytics.sources.base import NotYetError, Raw, Revision, Source, SourceError

JHU = "jhu"


Fetch = Callable[[Path], Sequence[Raw]]


class ImportRefusedError(Exception):
    """The import changed nothing. The sentence has three parts: what happened, what serves now, what to do.

    `problems` are the first mistakes of a file that can't be used; empty where something else was in the way, and
    trying again may help.
    """

    def __init__(self, sentence: str, *, problems: Sequence[Problem] = ()) -> None:
        super().__init__(sentence)
        self.problems = tuple(problems)


@dataclass(frozen=True)
class _Work:
    """What every step of one import needs."""

    state_dir: Path
    folder: Path
    dataset: Dataset
    form: Form
    now: datetime
    progress: Progress

    @property
    def latest(self) -> date:
        # East of Greenwich tomorrow has begun.
        return (self.now + timedelta(days=1)).date()


def build(sources: Sequence[Source], *, form: str, state_dir: Path, now: datetime, progress: Progress) -> Snapshot:
    """Will bring the files of a form in as a snapshot on the shelf, and give what it says of itself.

    The same bytes are the same snapshot: nothing is built twice. No pointer is moved. Raises ImportRefusedError.
    """

    def fetch(folder: Path) -> Sequence[Raw]:
        return [raw for source in sources for raw in source.fetch(several.newest(source), folder, progress)]

    return _make(fetch, form=form, state_dir=state_dir, now=now, progress=progress)


def build_revision(
    source: Source, revision: Revision, *, into: Path, form: str, state_dir: Path, now: datetime, progress: Progress
) -> Snapshot:
    """Will bring one revision of a source in, as `build` does. What has come of it stays in the folder `into`.

    Raises ImportRefusedError, and NotYetError while the source is making it ready.
    """

    def fetch(_: Path) -> Sequence[Raw]:
        return source.fetch(revision, into, progress)

    return _make(fetch, form=form, state_dir=state_dir, now=now, progress=progress)


def _make(fetch: Fetch, *, form: str, state_dir: Path, now: datetime, progress: Progress) -> Snapshot:
    dataset = registry.of_form(form)
    files = dataset.form(form).files
    try:
        with shelf.draft(state_dir, dataset.name) as folder:
            work = _Work(state_dir, folder, dataset, dataset.form(form), now, progress)
            raws = fetch(folder)
            if files and len(raws) != len(files):
                what = f"{form} is {_counted(len(files))}: {' and '.join(files)}; {_counted(len(raws))} named."
                raise _refused(what, state_dir, dataset, "Name them in this order.")
            return _built(raws, work)
    except NotYetError:
        raise
    except DataError as error:
        raise _refused(str(error), state_dir, dataset, "Correct it and import again.", error.problems) from error
    except SourceError as error:
        raise _refused(str(error), state_dir, dataset, "Correct it and import again.") from error
    except shelf.BusyError as error:
        raise _refused(f"{error}.", state_dir, dataset, "Wait until it has ended.") from error
    except (OSError, duckdb.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        what = f"The snapshot could not be written ({reason})."
        raise _refused(what, state_dir, dataset, "Look at the disk and at PORTAL_STATE_DIR, then try again.") from error


def _built(raws: Sequence[Raw], work: _Work) -> Snapshot:
    name = work.dataset.name
    digests = ",".join(raw.digest for raw in raws)
    # The same bytes, read the same way, are the same revision.
    named = f"{work.form.name}:{schema.SCHEMA_VERSION}:{digests}"
    revision = hashlib.sha256(named.encode()).hexdigest()[:12]
    target = shelf.snapshot_path(work.state_dir, name, revision)
    known = manifests.read(work.state_dir, name, revision)
    if known is not None and selectors.serving(target) is not None:
        return known.snapshot
    lake, parquet = work.folder / "lake.duckdb", work.folder / "parquet"
    snapshot = _fill(lake, parquet, raws, work, revision)
    kept = [shelf.keep_raw(work.state_dir, name, raw.path, raw.digest) for raw in raws]
    home = shelf.folder(work.state_dir, name)
    inside = shelf.parquet_path(work.state_dir, name, revision).relative_to(home)
    files = [(lake, target.name)]
    files += [(path, str(inside / path.relative_to(parquet))) for path in sorted(parquet.rglob("*.parquet"))]
    files += [(path, str(path.relative_to(home))) for path in kept]
    manifests.write(work.state_dir, snapshot, files)
    shelf.put_folder_in_place(parquet, home / inside)
    # The lake's file last: a revision without it is not there.
    shelf.put_in_place(lake, target)
    return snapshot


def _fill(lake: Path, parquet: Path, raws: Sequence[Raw], work: _Work, revision: str) -> Snapshot:
    form = work.form
    is_jhu = form.name == JHU
    label = building.Label(
        revision=revision,
        source=form.source,
        origin=" and ".join(dict.fromkeys(raw.origin for raw in raws)),
        raw_digests=",".join(raw.digest for raw in raws),
        licence=form.licence,
        population_source=places.POPULATION_SOURCE if is_jhu or form.is_sample else "the same file",
        is_sample=form.is_sample,
    )
    with building.begun(lake, work.progress) as begun:
        profile = _read_jhu(begun, raws, work) if is_jhu else _read_tables(begun, raws, work)
        work.progress("building", 0, None)
        snapshot = begun.finish(work.dataset, label, profile, now=work.now)
        begun.export(parquet)
    return snapshot


def _read_tables(begun: Building, raws: Sequence[Raw], work: _Work) -> str:
    profile = ""
    for raw, table in _paired(raws, work.form):
        plain = unpacked.plain(raw, work.folder, work.progress)
        work.progress("reading", 0, None)
        if work.dataset.name == registry.COVID_CASES:
            profile = begun.covid_cases(plain, table, file=raw.name, latest=work.latest)
        else:
            begun.table(plain, table, file=raw.name, latest=work.latest)
        if plain != raw.path:
            plain.unlink()
    return profile


def _paired(raws: Sequence[Raw], form: Form) -> list[tuple[Raw, Table]]:
    """Which file is which table."""
    if not form.is_by_name:
        return list(zip(raws, form.tables, strict=True))
    named = {table.name: table for table in form.tables}
    paired: dict[str, tuple[Raw, Table]] = {}
    for raw in raws:
        name = raw.name.partition(".")[0].replace("-", "_")
        if name not in named or name in paired:
            what = "a second file of this table" if name in paired else f"no table is called {name}"
            raise DataError(raw.name, [Problem(1, "", what)])
        paired[name] = (raw, named[name])
    return list(paired.values())


def _read_jhu(begun: Building, raws: Sequence[Raw], work: _Work) -> str:
    cases, deaths = (_read_series(raw, work) for raw in raws)
    jhu.check_pair(cases, deaths)
    named = {name: places.named(name) for name in cases.totals}
    first: dict[str, str] = {}
    for name, place in named.items():
        if first.setdefault(place.iso, name) != name:
            what = f"{name} stands in it a second time, as {first[place.iso]}"
            raise DataError(cases.file, [Problem(1, jhu.FIXED[1], what)])
    listed: list[Place] = [*named.values(), places.world()]
    return begun.counted(jhu.days(cases, deaths, named), listed)


def _read_series(raw: Raw, work: _Work) -> jhu.Series:
    with unpacked.plain(raw, work.folder, work.progress).open("rb") as rows:
        return jhu.read(rows, file=raw.name, latest=work.latest, people=places.populations())


def _counted(files: int) -> str:
    return "1 file" if files == 1 else f"{files} files"


def _refused(
    what: str, state_dir: Path, dataset: Dataset, advice: str, problems: Sequence[Problem] = ()
) -> ImportRefusedError:
    serving = selectors.serving(shelf.pointer(state_dir, dataset.name))
    if serving is None:
        return ImportRefusedError(f"{what} No snapshot serves yet. {advice}", problems=problems)
    kind = "sample data" if serving.is_sample else f"{serving.source} to {serving.last_date}"
    sentence = f"{what} Snapshot {serving.revision} ({kind}) goes on serving. {advice}"
    return ImportRefusedError(sentence, problems=problems)
