"""analytics.api.datasets: what other apps may ask and do, and that nothing but `serve` moves the pointer."""

import pytest

from analytics.api import datasets
from analytics.api.datasets import SnapshotError
from analytics.operations import shelf, snapshots
from analytics.sources.file import FileSource
from tests.analytics.conftest import NOW, owid_lines, quiet

NAME = "covid-cases"


@pytest.fixture
def build(settings, state_dir, owid_file):
    """Will make a snapshot with so many days, and give its revision."""
    settings.STATE_DIR = state_dir

    def make(days=10):
        source = FileSource(owid_file(owid_lines(days=days)))
        return snapshots.build([source], form="owid", state_dir=state_dir, now=NOW, progress=quiet).revision

    return make


def slots():
    return datasets.serving(NAME), datasets.candidate(NAME)


def test_a_snapshot_goes_from_the_shelf_over_green_to_serving(build):
    blue, green = build(10), build(11)
    assert datasets.datasets() == (NAME,)
    assert [one.revision for one in datasets.revisions(NAME)] == [green, blue]
    assert slots() == ("", "")
    datasets.serve(NAME, blue)
    datasets.show_green(NAME, green)
    assert slots() == (blue, green)
    assert [(one.is_serving, one.is_green) for one in datasets.revisions(NAME)] == [(False, True), (True, False)]
    for _ in range(2):
        datasets.serve(NAME, green)
        datasets.clear_green(NAME)
        assert slots() == (green, "")
    known = datasets.prepare(NAME, green)
    assert (known.snapshot.rows, len(known.digest), known.size_bytes > 0) == (33, 64, True)
    assert datasets.path(NAME, green).stat().st_size == known.size_bytes


def test_what_is_not_there_is_refused_and_nothing_moves(build):
    blue = build()
    datasets.serve(NAME, blue)
    for revision in ("nope", "../../etc/passwd", ""):
        for verb in (datasets.serve, datasets.show_green, datasets.prepare, datasets.path):
            with pytest.raises(SnapshotError) as caught:
                verb(NAME, revision)
            assert caught.value.code == "no-snapshot"
    assert slots() == (blue, "")


@pytest.mark.parametrize("harm", ["shorter", "parquet", "manifest"])
def test_half_a_snapshot_is_refused(build, state_dir, harm):
    blue, green = build(10), build(11)
    datasets.serve(NAME, blue)
    broken = {
        "shorter": shelf.snapshot_path(state_dir, NAME, green),
        "parquet": next((shelf.parquet_path(state_dir, NAME, green) / "days").rglob("*.parquet")),
        "manifest": shelf.manifest_path(state_dir, NAME, green),
    }[harm]
    broken.chmod(0o644)
    broken.write_bytes(broken.read_bytes()[:-100])
    with pytest.raises(
        SnapshotError, match=rf"Snapshot {blue} goes on serving covid-cases\. Import it again\."
    ) as caught:
        datasets.serve(NAME, green)
    assert caught.value.code == "not-whole"
    assert slots() == (blue, "")


def test_quarantine_keeps_a_snapshot_from_serving_and_its_first_reason(build):
    blue, bad = build(10), build(11)
    datasets.serve(NAME, blue)
    datasets.quarantine(NAME, bad, why="revoked by its publisher", by="ada", now=NOW)
    datasets.quarantine(NAME, bad, why="again", by="bob", now=NOW)
    with pytest.raises(SnapshotError, match="in quarantine since 2026-11-22 \\(revoked by its publisher\\)") as caught:
        datasets.serve(NAME, bad)
    assert caught.value.code == "quarantined"
    assert slots() == (blue, "")
    note = datasets.revisions(NAME)[0].quarantine
    assert (note.why, note.set_by, note.set_at) == ("revoked by its publisher", "ada", NOW)
