"""An import puts a whole snapshot in place, or changes nothing."""

import gzip
import lzma
import resource

import pytest

from analytics import selectors
from analytics.engines.duckdb import EngineError
from analytics.operations import serving, shelf, snapshots
from analytics.rules.datasets import covid_19
from analytics.sources.file import FileSource
from analytics.sources.lake_sample import LakeSampleSource
from analytics.sources.sample import SampleSource
from tests.analytics.conftest import HEADINGS, NOW, fetched, owid_lines, quiet


def everything_in(folder):
    return {path: (path.stat().st_ino, path.is_symlink() and path.readlink()) for path in folder.rglob("*")}


@pytest.fixture
def served(owid_file, bring_in, state_dir):
    """A good snapshot that serves, and a check that it is all there is."""
    made = bring_in(owid_file(owid_lines(), "good.csv"))
    before = everything_in(state_dir)

    def is_untouched():
        assert everything_in(state_dir) == before, "something of the failed import was left"
        assert selectors.serving(shelf.pointer(state_dir, "covid-cases")) == made

    return is_untouched


def test_a_file_is_imported_and_says_what_it_is(owid_file, bring_in, state_dir):
    made = bring_in(owid_file(owid_lines()))
    assert (made.rows, made.places, made.is_sample, made.mismatches, made.compared) == (30, 3, False, 0, 24)
    assert made.credit == "Our World in Data, CC BY 4.0"
    assert made.imported_at == NOW
    assert made.profile == "owid-jhu-2022"
    assert made.origin == "owid.csv"
    assert str(shelf.pointer(state_dir, "covid-cases").readlink()) == f"lake-{made.revision}.duckdb"
    raw = state_dir / "lake" / "covid-cases" / "raw" / f"{made.raw_digests[:12]}-owid.csv"
    assert raw.read_text().startswith("iso_code")
    assert not list((state_dir / "lake" / "covid-cases").glob("building-*"))


@pytest.mark.parametrize(("name", "pack"), [("a.csv.gz", gzip.compress), ("a.csv.xz", lzma.compress), ("a", bytes)])
def test_packed_files_are_read_whatever_they_are_called(tmp_path, bring_in, name, pack):
    path = tmp_path / name
    path.write_bytes(pack(("\n".join(owid_lines()) + "\n").encode()))
    assert bring_in(path).rows == 30


def test_the_same_bytes_are_the_same_snapshot(owid_file, bring_in, state_dir):
    first = bring_in(owid_file(owid_lines()))
    inode = shelf.pointer(state_dir, "covid-cases").stat().st_ino
    other = bring_in(owid_file(owid_lines(days=11)))
    assert other.revision != first.revision
    assert bring_in(owid_file(owid_lines())) == first
    assert shelf.pointer(state_dir, "covid-cases").stat().st_ino == inode


GOOD = ("\n".join(owid_lines()) + "\n").encode()
PACKED = gzip.compress(GOOD, mtime=0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Line 1: the file is empty."),
        (f"{HEADINGS}\n".encode(), "Line 1: there are headings but no rows."),
        (GOOD.replace(b"population", b"people"), "Line 1: the column population is missing."),
        (GOOD.replace(b"ITA,Europe,Italy,2021-01-03", b"ITA,Europe,Italy,03.01.2021"), "Line 14, column date:"),
        (GOOD.replace(b"2021-01-03,300.0", b"2021-01-03,-300.0"), "Line 14, column total_cases: “-300.0” is negative."),
        (GOOD.replace(b"300.0,100.0", b"300.0,9e11"), "Line 14, column new_cases: “9e11” is more than the 60,000,000"),
        (GOOD.replace(b"Italy", "Itálie".encode("cp1250")), "Line 12: isn't UTF-8"),
        (GOOD.decode().encode("utf-16"), "Line 1: the file is UTF-16"),
        (GOOD[:-20], "Line 31"),
        (GOOD[:-1], "Line 31: the last line has no end, so the file may have been cut"),
        (PACKED[: len(PACKED) // 2], "the packed file ends in the middle: it was cut"),
        (PACKED[:-4], "the packed file ends in the middle: it was cut"),
        (PACKED[:40] + b"\xff\xff\xff" + PACKED[43:], "the packed file is damaged here"),
        (lzma.compress(GOOD)[:-30], "the packed file ends in the middle: it was cut"),
        (b"PK\x03\x04rest", "this is a zip file"),
    ],
)
def test_a_bad_file_is_refused_and_what_served_goes_on(tmp_path, bring_in, served, content, said):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(snapshots.ImportRefusedError) as caught:
        bring_in(path)
    sentence = str(caught.value)
    assert said in sentence
    assert "bad.csv can't be used." in sentence
    assert "goes on serving. Correct it and import again." in sentence
    served()


def test_without_a_snapshot_the_refusal_says_so(owid_file, bring_in, state_dir):
    with pytest.raises(snapshots.ImportRefusedError, match="No snapshot serves yet"):
        bring_in(owid_file(["nothing"]))
    assert not shelf.pointer(state_dir, "covid-cases").exists()


def test_only_one_import_runs_at_a_time(owid_file, bring_in, state_dir, served):
    with (
        shelf.draft(state_dir, "covid-cases"),
        pytest.raises(snapshots.ImportRefusedError, match="Another import is running"),
    ):
        bring_in(owid_file(owid_lines(days=12)))
    served()


def test_what_a_killed_import_left_is_cleared_and_never_served(owid_file, bring_in, state_dir, served):
    left = state_dir / "lake" / "covid-cases" / "building-killed"
    left.mkdir()
    (left / "lake.duckdb").write_bytes(b"half")
    bring_in(owid_file(owid_lines(), "good.csv"))
    served()


def test_a_damaged_snapshot_of_the_same_data_is_built_anew(owid_file, bring_in, state_dir):
    path = owid_file(owid_lines())
    made = bring_in(path)
    target = shelf.snapshot_path(state_dir, "covid-cases", made.revision)
    target.chmod(0o644)
    target.write_bytes(b"not a database")
    assert selectors.serving(shelf.pointer(state_dir, "covid-cases")) is None
    assert bring_in(path).rows == 30


def test_the_sample_is_the_same_each_time_and_named_as_a_sample(tmp_path, sample_pointer):
    first, second = (fetched(SampleSource(), folder) for folder in (tmp_path, tmp_path))
    assert first.digest == second.digest
    made = selectors.serving(sample_pointer)
    assert made.is_sample
    assert made.credit == "Sample data, made up by Verdigris"
    assert (made.places, made.mismatches) == (40, 0)
    assert made.compared > 60_000


def test_johns_hopkins_pair_becomes_countries_and_the_world(tmp_path, bring_in, state_dir):
    head = "Province/State,Country/Region,Lat,Long," + ",".join(f"1/{day}/21" for day in range(1, 11))
    for name, factor in (("cases", 10), ("deaths", 1)):
        rows = [
            f",{country},1,2," + ",".join(str(factor * day) for day in range(1, 11))
            for country in ("US", '"Korea, South"', "Diamond Princess")
        ]
        (tmp_path / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n")
    made = bring_in(tmp_path / "cases.csv", tmp_path / "deaths.csv", form="jhu")
    everywhere = selectors.everywhere(selectors.lake(shelf.pointer(state_dir, "covid-cases")))
    assert made.source == "Johns Hopkins University CSSE"
    assert set(everywhere) == {"USA", "KOR", "X_DIAMONDPRINCESS", "OWID_WRL"}
    assert everywhere["USA"].cases_per_million == pytest.approx(10 / 331)
    assert everywhere["X_DIAMONDPRINCESS"].population is None
    assert everywhere["OWID_WRL"].new_cases == 30


STATES = """date,state,fips,cases,deaths
2020-01-21,Washington,53,1,0
2020-01-22,Washington,53,1,0
"""
COUNTIES = """date,county,state,fips,cases,deaths
2021-01-21,Snohomish,Washington,53061,1,0
2020-01-22,New York City,New York,,1,
"""


def rows(state_dir, dataset, question):
    return selectors.lake(shelf.pointer(state_dir, dataset)).rows(question)


def test_the_new_york_times_two_files_become_two_tables(tmp_path, bring_in, state_dir):
    files = [tmp_path / "us-states.csv", tmp_path / "us-counties.csv"]
    for path, content in zip(files, (STATES, COUNTIES), strict=True):
        path.write_text(content)
    made = bring_in(*files, form="nyt")
    assert (made.dataset, made.rows, str(made.first_date), str(made.last_date)) == (
        "nyt",
        4,
        "2020-01-21",
        "2021-01-21",
    )
    assert rows(state_dir, "nyt", "SELECT county, fips, deaths FROM us_counties ORDER BY date") == [
        ("New York City", None, None),
        ("Snohomish", "53061", 0),
    ]
    parts = shelf.parquet_path(state_dir, "nyt", made.revision).rglob("*.parquet")
    assert sorted({"/".join(part.parts[-3:-1]) for part in parts}) == [
        f"{made.revision}/snapshot", "us_counties/year=2020", "us_counties/year=2021", "us_states/year=2020",
    ]  # fmt: skip
    files[1].write_text(COUNTIES + "2020-01-22,New York City,New York,,2,\n")
    with pytest.raises(snapshots.ImportRefusedError) as caught:
        bring_in(*files, form="nyt")
    said = "Line 4, column date: New York City, New York has 2020-01-22 twice, first in line 3."
    assert said in str(caught.value)


def test_the_data_lakes_sample_has_every_table_under_its_own_columns(state_dir):
    sources = [LakeSampleSource(table) for table in covid_19.TABLES]
    made = snapshots.build(sources, form="covid-19-sample", state_dir=state_dir, now=NOW, progress=quiet)
    serving.serve(state_dir, "covid-19", revision=made.revision)
    for name, table in covid_19.TABLES.items():
        columns = {row[0]: row[-1] for row in rows(state_dir, "covid-19", f"SUMMARIZE {name}")}
        assert list(columns) == [column.name for column in table.columns]
        assert sum(empty_percent < 100 for empty_percent in columns.values()) >= len(columns) / 2, name
    # The join of Amazon's own blog: beds by county beside cases.
    beds = """SELECT b.county_name, sum(b.num_licensed_beds), max(c.confirmed) FROM hospital_beds b
        JOIN enigma_jhu c ON b.fips = c.fips WHERE c.country_region = 'US' GROUP BY 1 ORDER BY 1 LIMIT 1"""
    assert rows(state_dir, "covid-19", beds)[0][0] == "Alameda"


def test_a_file_of_the_data_lake_is_the_table_it_is_named_by(tmp_path, bring_in, state_dir):
    (tmp_path / "nytimes-states.csv").write_text(STATES)
    (tmp_path / "country_codes.json").write_text('{"Country": "Italy", "Alpha-2 code": "IT"}\n')
    bring_in(tmp_path / "nytimes-states.csv", tmp_path / "country_codes.json", form="covid-19")
    assert rows(state_dir, "covid-19", "SELECT date, cases FROM nytimes_states")[0] == ("2020-01-21", 1)
    assert rows(state_dir, "covid-19", 'SELECT "Alpha-2 code", "Alpha-3 code" FROM country_codes') == [("IT", None)]
    (tmp_path / "other.csv").write_text(STATES)
    with pytest.raises(snapshots.ImportRefusedError, match=r"other\.csv can't be used\. .*no table is called other"):
        bring_in(tmp_path / "other.csv", form="covid-19")


def test_building_moves_no_pointer(owid_file, bring_in, state_dir, served):
    source = FileSource(owid_file(owid_lines(days=12)))
    made = snapshots.build([source], form="owid", state_dir=state_dir, now=NOW, progress=quiet)
    assert shelf.serving(state_dir, "covid-cases") != made.revision
    assert shelf.revisions(state_dir, "covid-cases")[0] == made.revision


@pytest.fixture
def little_disk():
    """Will let no file of this process grow beyond so many bytes, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(most):
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("most", [1_000, 20_000, 1_500_000])
def test_a_full_disk_is_said_and_changes_nothing(owid_file, bring_in, served, little_disk, most):
    path = owid_file(owid_lines(days=400))
    little_disk(most)
    with pytest.raises(snapshots.ImportRefusedError) as caught:
        bring_in(path)
    little_disk(resource.RLIM_INFINITY)
    assert "The snapshot could not be written (" in str(caught.value)
    assert "goes on serving. Look at the disk and at PORTAL_STATE_DIR, then try again." in str(caught.value)
    served()


def test_a_file_that_grows_while_it_is_read_is_refused(owid_file, state_dir, served):
    path = owid_file(owid_lines(days=15))

    def grow(stage, done, total, /):
        if stage == "copying" and not done:
            with path.open("a") as file:
                file.write("FJI,Oceania,Fiji,2021-02-01,,,,,,,\n")

    with pytest.raises(snapshots.ImportRefusedError, match=r"owid\.csv changed while it was read\. .* goes on serving"):
        snapshots.build([FileSource(path)], form="owid", state_dir=state_dir, now=NOW, progress=grow)
    served()


def test_a_snapshot_removed_under_a_reader_is_read_to_the_end(owid_file, bring_in, state_dir):
    made = bring_in(owid_file(owid_lines()))
    opened = selectors.lake(shelf.pointer(state_dir, "covid-cases"))
    shelf.remove(state_dir, "covid-cases", made.revision)
    assert len(selectors.points(opened, "ITA")) == 10
    with pytest.raises(EngineError, match="There is no snapshot yet"):
        selectors.lake(shelf.pointer(state_dir, "covid-cases"))
