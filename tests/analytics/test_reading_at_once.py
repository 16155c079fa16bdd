"""Many threads read one snapshot; another takes its place while they read."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from analytics import selectors
from analytics.engines.duckdb import EngineError, Lake
from analytics.operations import shelf
from tests.analytics.conftest import owid_lines


def test_sixteen_threads_each_get_their_own_answer(sample_pointer):
    lake = selectors.lake(sample_pointer)
    codes = sorted(selectors.everywhere(lake))
    alone = {iso: selectors.points(lake, iso) for iso in codes}

    def read(number):
        iso = codes[number % len(codes)]
        return selectors.points(lake, iso) == alone[iso]

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(read, range(400)))


def test_readers_finish_on_the_snapshot_they_opened(owid_file, bring_in, state_dir):
    bring_in(owid_file(owid_lines()))
    pointer = shelf.pointer(state_dir, "covid-cases")
    opened = selectors.lake(pointer)
    assert selectors.lake(pointer) is opened
    bring_in(owid_file(owid_lines(days=20)))
    assert len(selectors.points(opened, "ITA")) == 10
    assert len(selectors.points(selectors.lake(pointer), "ITA")) == 20


def test_a_file_in_the_place_of_another_is_read_even_while_that_one_is_open(owid_file, bring_in, state_dir, tmp_path):
    set_by_hand = tmp_path / "chosen.duckdb"
    for days in (10, 20):
        made = bring_in(owid_file(owid_lines(days=days)))
        copy = tmp_path / "copy.duckdb"
        copy.write_bytes(shelf.snapshot_path(state_dir, "covid-cases", made.revision).read_bytes())
        copy.replace(set_by_hand)
        assert len(selectors.points(selectors.lake(set_by_hand), "ITA")) == days


def test_values_are_never_read_as_sql(sample_pointer):
    assert selectors.points(selectors.lake(sample_pointer), "ITA' OR '1'='1") == []


@pytest.mark.parametrize(
    "question",
    [
        "DELETE FROM measures",
        "SELECT * FROM read_csv('/etc/hostname')",
        "SET enable_external_access = true",
        "nonsense",
    ],
)
def test_a_reader_can_neither_write_nor_reach_other_files(sample_pointer, question):
    with pytest.raises(EngineError, match="could not answer"):
        selectors.lake(sample_pointer).rows(question)


def test_what_is_no_snapshot_is_named(tmp_path):
    path = tmp_path / "lake-x.duckdb"
    path.write_text("not a database")
    with pytest.raises(EngineError, match=r"lake-x\.duckdb can't be read as a snapshot"):
        Lake(path)
    with pytest.raises(EngineError, match="There is no snapshot yet"):
        selectors.lake(tmp_path / "nowhere")
