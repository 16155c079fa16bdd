"""The same text on every engine: DuckDB as it is, DuckDB after translation, and the simulated Athena."""

import pandas as pd
import pytest
import sqlglot

from analytics.rules.measures import parity, sql
from analytics.rules.measures.catalog import MEASURES, NoSuchMeasureError
from analytics.rules.measures.profiles import PROFILES
from tests.account import Account
from tests.analytics.rules.measures import lake
from tests.simulator import lake as bucket

DAYS = 60
TYPES = {"VARCHAR": "string", "BIGINT": "bigint", "DOUBLE": "double", "DATE": "date"}


@pytest.fixture(scope="module")
def tables():
    """Three places with 60 days of numbers: gaps, a correction, a place that never reports."""
    made = lake.from_frames(_days(), {"AAA": 1e6, "BBB": 5e5, "NON": 100.0})
    made.execute("CREATE TABLE kept AS SELECT * FROM places")
    made.unregister("places")
    made.execute("ALTER TABLE kept RENAME TO places")
    return made


def _days():
    rows = []
    total = {"AAA": 0, "BBB": 50}
    for day in range(DAYS):
        for iso, step in (("AAA", 37), ("BBB", 11)):
            if (day * 7 + step) % 13 == 0:
                continue
            new = -20 if day == 30 else (day * step) % 91
            total[iso] += new
            rows.append(
                {
                    "iso": iso,
                    "date": pd.Timestamp("2020-09-01") + pd.Timedelta(days=day),
                    "new_cases": new if day % 11 else None,
                    "total_cases": total[iso],
                    "new_deaths": new // 20,
                    "total_deaths": total[iso] // 20,
                    "total_tests": day * 1000 if day % 3 == 0 else None,
                    "total_vaccinations": day * 300 if day % 2 else None,
                    "hosp_patients": new,
                }
            )
        rows.append({"iso": "NON", "date": pd.Timestamp("2020-09-01") + pd.Timedelta(days=day)})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_translated_it_gives_the_same(tables, profile):
    text = sql.wide(profile)
    untouched = tables.execute(text).fetchall()
    assert len(untouched) == 3 * DAYS or not profile.is_reindexed
    assert tables.execute(sqlglot.transpile(text, read="athena", write="duckdb")[0]).fetchall() == untouched
    # As Athena divides: whole numbers by whole numbers stay whole.
    tables.execute("SET integer_division = true")
    try:
        assert tables.execute(text).fetchall() == untouched
    finally:
        tables.execute("RESET integer_division")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_one_measure_is_the_column_of_the_wide_table(tables, profile):
    lake.build(tables, profile)
    made = [name for name in MEASURES if sql.is_made(name, profile)]
    assert len(made) >= 80
    for name in made:
        asked = sql.one(name, profile, places=2)
        rows = tables.execute(asked, ["AAA", "NON", "2020-09-20", "2020-10-10"]).fetchall()
        column = tables.execute(
            f"SELECT iso, date, {name} FROM measures WHERE iso IN ('AAA', 'NON')"  # noqa: S608
            " AND date BETWEEN DATE '2020-09-20' AND DATE '2020-10-10' ORDER BY iso, date"
        ).fetchall()
        assert rows == column, name
        assert rows


def test_what_sql_does_not_make_is_refused():
    profile = next(iter(PROFILES.values()))
    with pytest.raises(NoSuchMeasureError, match=r"r_kalman isn't made by SQL under owid-etl. It is estimated: "):
        sql.one("r_kalman", profile, places=1)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_the_simulated_athena_gives_the_same(tables, profile, account: Account, tmp_path):
    bucket.build(account)
    made = lake.build(tables, profile)
    tables.execute("CREATE OR REPLACE TABLE published AS SELECT * FROM measures")
    for name in ("places", "days", "measures", "published"):
        _put(tables, account, name, tmp_path)
    rows = bucket.rows(account, sql.wide(profile))
    assert rows[0] == list(made.columns)
    told = [
        [None if value is None else _told(value) for value in row]
        for row in tables.execute(sql.wide(profile)).fetchall()
    ]
    assert [[_number(value) for value in row] for row in rows[1:]] == told
    compared = bucket.rows(account, parity.sql(profile, has=list(made.columns)))
    assert compared[0] == list(parity.Result._fields)
    assert sum(int(row[1]) for row in compared[1:]) > 2000
    assert {row[2] for row in compared[1:]} == {"0"}


def _put(tables, account, name, folder):
    path = folder / f"{name}.parquet"
    tables.execute(f"COPY {name} TO '{path}' (FORMAT parquet)")
    described = tables.execute(f"DESCRIBE {name}").fetchall()
    columns = {row[0]: TYPES[row[1]] for row in described}
    bucket.table(account, name, columns, path.read_bytes(), serde=bucket.PARQUET, parameters={})


def _told(value):
    return str(value) if not isinstance(value, (int, float)) else pytest.approx(float(value), rel=1e-12)


def _number(value):
    if value is None:
        return None
    try:
        return float(value)
    except ValueError:
        return value
