import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest

from analytics.operations import serving, snapshots
from analytics.sources.file import FileSource

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HEADINGS = (
    "location", "iso_code", "date", "total_vaccinations", "people_vaccinated", "people_fully_vaccinated",
    "daily_vaccinations",
)  # fmt: skip


def doses(*, days=30, places=("ITA", "FJI"), factor=1, without=()):
    """The text of a small vaccinations.csv; `without` are (place, day number) that are missing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    for place in places:
        for day in range(days):
            if (place, day) in without:
                continue
            total = 100 * factor * (day + 1)
            on = date(2021, 1, 1) + timedelta(days=day)
            writer.writerow([place.title(), place, on, total, total // 2, total // 4, 100 * factor])
    return text.getvalue()


@pytest.fixture
def state_dir(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"
    return settings.STATE_DIR


@pytest.fixture
def bring(state_dir, tmp_path):
    """Will bring a file of doses in as a snapshot, and give its revision; nothing serves because of it."""

    def build(name, **how):
        path = tmp_path / f"{name}.csv"
        path.write_text(doses(**how), encoding="utf-8")
        made = snapshots.build(
            [FileSource(path)], form="owid-vaccinations", state_dir=state_dir, now=NOW, progress=lambda *_: None
        )
        return made.revision

    return build


@pytest.fixture
def serve(state_dir):
    return lambda revision: serving.serve(state_dir, "vaccinations", revision=revision)
