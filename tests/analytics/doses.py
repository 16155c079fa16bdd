"""Small snapshots of `vaccinations`, for tests that need several."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from analytics.operations import snapshots
from analytics.sources.file import FileSource

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
DATASET = "vaccinations"
HEADINGS = (
    "location", "iso_code", "date", "total_vaccinations", "people_vaccinated", "people_fully_vaccinated",
    "daily_vaccinations",
)  # fmt: skip


def text(*, days: int = 30, places: tuple[str, ...] = ("ITA", "FJI"), factor: int = 1) -> str:
    """The text of a small vaccinations.csv: doses rise by 100 times `factor` a day."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    for place in places:
        for day in range(days):
            total = 100 * factor * (day + 1)
            on = date(2021, 1, 1) + timedelta(days=day)
            writer.writerow([place.title(), place, on, total, total // 2, total // 4, 100 * factor])
    return out.getvalue()


def bring(state_dir: Path, folder: Path, name: str, **how: object) -> str:
    """Will bring such a file in as a snapshot and give its revision; nothing serves because of it."""
    path = folder / f"{name}.csv"
    path.write_text(text(**how), encoding="utf-8")
    made = snapshots.build(
        [FileSource(path)], form="owid-vaccinations", state_dir=state_dir, now=NOW, progress=lambda *_: None
    )
    return made.revision
