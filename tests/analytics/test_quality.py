"""Two snapshots beside each other: each way in which one can be worse is found, and said so that a person can judge."""

from dataclasses import replace
from datetime import date

import duckdb
import pytest

from analytics.engines.duckdb import comparing
from analytics.engines.duckdb.lake import EngineError
from analytics.operations import comparisons, snapshots
from analytics.rules.datasets import covid_19
from analytics.rules.quality.findings import judge
from analytics.rules.quality.watched import Watched
from analytics.sources.lake_sample import LakeSampleSource
from tests.analytics.conftest import NOW, quiet

WATCHED = Watched("days", "iso", "date", ("new_cases", "total_cases"), counts=("total_cases",), news=("new_cases",))
ROWS = """
CREATE TABLE days AS SELECT iso, day AS date, 10::BIGINT AS new_cases, (10 * (n + 1))::BIGINT AS total_cases
FROM (VALUES ('ITA'), ('FRA'), ('FJI')) places (iso), (SELECT n, DATE '2021-01-01' + n::INT AS day FROM range(60) t (n))
"""

NUMBERED = """
CREATE OR REPLACE TABLE days AS
SELECT * REPLACE (strftime(date, '{}') AS date), (total_cases / 10 - 1)::INT AS n FROM days
"""


@pytest.fixture
def snapshot(tmp_path):
    def make(name, *changes):
        path = tmp_path / f"{name}.duckdb"
        with duckdb.connect(str(path)) as connection:
            for statement in (ROWS, *changes):
                connection.execute(statement)
        return path

    return make


def bad(blue, green):
    return {
        check.code: check.sentence for check in judge(comparing.compare(blue, green, [WATCHED])) if not check.is_good
    }


def test_a_longer_snapshot_of_the_same_history_is_good(snapshot):
    more = "INSERT INTO days SELECT iso, DATE '2021-03-02', 5, 605 FROM days WHERE date = DATE '2021-03-01'"
    assert bad(snapshot("blue"), snapshot("green", more)) == {}


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ("ALTER TABLE days DROP COLUMN new_cases", "schema", "days.new_cases gone"),
        ("ALTER TABLE days ALTER new_cases TYPE DOUBLE", "schema", "days.new_cases of another type"),
        ("DELETE FROM days WHERE iso = 'FJI'", "rows", "1 place of blue gone: FJI"),
        ("DELETE FROM days WHERE iso = 'FJI' AND date < '2021-01-11'", "rows", "FJI (50 of 60)"),
        (
            "DELETE FROM days WHERE date > '2021-02-20'",
            "freshness",
            "Green ends on 2021-02-20, before blue (2021-03-01)",
        ),
        ("UPDATE days SET new_cases = NULL WHERE iso = 'FRA'", "nulls", "new_cases of FRA (0 of 60 left)"),
        (
            "UPDATE days SET new_cases = -1 WHERE iso = 'ITA' AND date = '2021-02-01'",
            "impossible",
            "new_cases below 0 (1, blue 0)",
        ),
        (
            "UPDATE days SET total_cases = 1 WHERE iso = 'ITA' AND date = '2021-02-01'",
            "impossible",
            "total_cases falling (1, blue 0)",
        ),
        ("UPDATE days SET new_cases = 11 WHERE iso = 'ITA'", "history", "most in ITA (46)"),
    ],
)
def test_what_got_worse_is_found(snapshot, change, code, said):
    assert said in bad(snapshot("blue"), snapshot("green", change))[code]


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%Y%m%d"])
@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ("DELETE FROM days WHERE n > 50", "freshness", "Green ends on 2021-02-20, before blue (2021-03-01)"),
        (
            "UPDATE days SET total_cases = 1 WHERE iso = 'ITA' AND n = 31",
            "impossible",
            "total_cases falling (1, blue 0)",
        ),
        ("UPDATE days SET new_cases = 11 WHERE iso = 'ITA'", "history", "most in ITA (46)"),
        ("DROP TABLE days", "schema", "days.new_cases"),
    ],
)
def test_days_that_are_texts_are_days_all_the_same(snapshot, written, change, code, said):
    numbered = NUMBERED.format(written)
    pair = snapshot("blue", numbered), snapshot("green", numbered, change)
    found = judge(comparing.compare(*pair, [replace(WATCHED, written=written)]))
    assert said in next(check.sentence for check in found if check.code == code and not check.is_good)


def test_what_is_watched_of_the_data_lake_is_there_and_its_sample_is_good(tmp_path):
    for watched in covid_19.WATCHED:
        columns = {column.name for column in covid_19.TABLES[watched.table].columns}
        assert {watched.place, watched.date, *watched.values, *watched.counts, *watched.news} <= columns, watched.table
    sources = [LakeSampleSource(name) for name in covid_19.TABLES]
    made = snapshots.build(sources, form="covid-19-sample", state_dir=tmp_path, now=NOW, progress=quiet)
    facts = comparisons.compare(tmp_path, made.dataset, blue="", green=made.revision)
    assert (facts.last_green, facts.impossible) == (
        date(2020, 6, 28),
        tuple(one for one in facts.impossible if not one.green),
    )
    assert facts.tables == tuple(watched.table for watched in covid_19.WATCHED)
    assert facts.rows_green > 0


def test_the_newest_days_may_change(snapshot):
    change = "UPDATE days SET new_cases = 11 WHERE date > '2021-02-20'"
    assert "history" not in bad(snapshot("blue"), snapshot("green", change))


def test_where_history_was_rewritten_is_counted_by_place_and_month(snapshot):
    change = "UPDATE days SET new_cases = 11 WHERE iso = 'ITA' AND date < '2021-01-08'"
    facts = comparing.compare(snapshot("blue"), snapshot("green", change), [WATCHED])
    changed = {(one.place, str(one.month)): one.changed for one in facts.rewritten if one.changed}
    assert changed == {("ITA", "2021-01-01"): 7}


def test_published_values_that_differ_are_told(snapshot):
    parity = "CREATE TABLE parity AS SELECT 'cfr' AS measure, 100::BIGINT AS compared, 3::BIGINT AS mismatches"
    assert bad(snapshot("blue"), snapshot("green", parity))["parity"] == "3 of 100 published values differ from ours"


def test_a_first_snapshot_is_described(snapshot):
    checks = judge(comparing.compare(None, snapshot("green"), [WATCHED]))
    assert [check.code for check in checks] == ["rows", "impossible"]
    assert checks[0].sentence == "The first snapshot: 180 rows to 2021-03-01"


def test_what_is_no_snapshot_is_told(snapshot, tmp_path):
    (tmp_path / "nonsense.duckdb").write_bytes(b"nonsense" * 1000)
    with pytest.raises(EngineError, match="can't be compared"):
        comparing.compare(snapshot("blue"), tmp_path / "nonsense.duckdb", [WATCHED])
