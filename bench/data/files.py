"""The files that the benchmarks bring in: the published ones where this machine has them, else generated ones."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from analytics.operations import snapshots
from analytics.rules.snapshot import Snapshot
from analytics.sources.file import FileSource
from bench.data import generated
from portal import clock
from portal.configuration import BASE_DIR

# Where the tests look for them too.
REAL = Path(os.environ.get("BENCH_DATA") or BASE_DIR.parent / "shared" / "data")


@dataclass(frozen=True)
class Files:
    """What one snapshot is made of."""

    name: str
    form: str
    paths: tuple[Path, ...]

    @property
    def is_there(self) -> bool:
        return all(path.exists() for path in self.paths)

    def bring_in(self, state_dir: Path) -> Snapshot:
        """Will make the snapshot of them; what serves goes on."""
        sources = [FileSource(path) for path in self.paths]
        return snapshots.build(sources, form=self.form, state_dir=state_dir, now=clock.now(), progress=_quiet)


OWID = Files("Our World in Data", "owid", (REAL / "owid-covid-data-2020-12-17.csv.gz",))
JHU = Files(
    "Johns Hopkins",
    "jhu",
    tuple(REAL / f"jhu-time-series-{what}-global-2023-03-09.csv.gz" for what in ("confirmed", "deaths")),
)


def full(*, is_quick: bool) -> tuple[Files, ...]:
    """Will give Our World in Data's complete file and Johns Hopkins' series, or two generated ones in their place."""
    if not is_quick and OWID.is_there and JHU.is_there:
        return OWID, JHU
    sizes = ((12, 90), (15, 120)) if is_quick else ((190, 350), (200, 1_100))
    return tuple(_generated(places, days) for places, days in sizes)


def note(files: Sequence[Files]) -> str:
    """Will say which they were."""
    if files == (OWID, JHU):
        return f"The published files: {', '.join(path.name for one in files for path in one.paths)}."
    return "Generated files: the published ones are not where BENCH_DATA says, or it was a quick run."


def folder() -> Path:
    """Will give a folder for what is written meanwhile; it goes with the benchmark."""
    made = Path(settings.STATE_DIR) / "bench"
    made.mkdir(parents=True, exist_ok=True)
    return made


def _generated(places: int, days: int) -> Files:
    file = generated.cases(folder() / f"cases-{places}-{days}.csv", places=places, days=days, seed=places)
    return Files(f"{places} places, {days} days", "owid", (file,))


def _quiet(_stage: str, _done: int, _total: int | None, /) -> None:
    """Nobody looks at the progress."""
