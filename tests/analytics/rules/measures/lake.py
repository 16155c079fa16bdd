"""The tables that the measures are made from, in a DuckDB of the test's own."""

import duckdb
import pandas as pd

from analytics.rules.measures import columns, sql
from analytics.rules.measures.catalog import MEASURES
from analytics.rules.measures.profiles import Profile

WHOLE = (
    "total_cases", "new_cases", "total_deaths", "new_deaths", "total_tests", "new_tests", "total_vaccinations",
    "people_vaccinated", "people_fully_vaccinated", "total_boosters", "hosp_patients", "icu_patients",
)  # fmt: skip


def from_file(path):
    """Will give a lake made of a file of Our World in Data: `places`, `days`, `published`."""
    lake = duckdb.connect(config={"threads": 2})
    lake.execute("CREATE TABLE file AS SELECT * FROM read_csv(?, sample_size = -1)", [str(path)])
    lake.execute("UPDATE file SET iso_code = 'OWID_INT' WHERE iso_code IS NULL")
    lake.execute(
        "CREATE TABLE places AS SELECT iso_code AS iso, any_value(location) AS name,"
        " CAST(any_value(population) AS bigint) AS population FROM file GROUP BY iso_code"
    )
    there = {row[0] for row in lake.execute("DESCRIBE file").fetchall()}
    lake.execute(f"CREATE TABLE days AS SELECT iso_code AS iso, date, {_typed(there)} FROM file ORDER BY iso, date")  # noqa: S608
    derived = [name for name in MEASURES if name in there and name not in columns.INPUTS]
    lake.execute(f"CREATE TABLE published AS SELECT iso_code AS iso, date, {', '.join(derived)} FROM file")  # noqa: S608
    return lake, derived


def from_frames(days: pd.DataFrame, population: dict[str, float]):
    """Will give a lake made of frames; a column of `days` that isn't there is NULL."""
    lake = duckdb.connect(config={"threads": 1})
    places = pd.DataFrame({"iso": list(population), "population": [int(people) for people in population.values()]})
    lake.register("places", places)
    lake.register("listed", days)
    lake.execute(
        f"CREATE TABLE days AS SELECT iso, CAST(date AS date) AS date, {_typed(set(days.columns))} FROM listed"  # noqa: S608
    )
    return lake


def build(lake, profile: Profile) -> pd.DataFrame:
    """Will make the table `measures` and give it."""
    lake.execute(f"CREATE OR REPLACE TABLE measures AS {sql.wide(profile)}")
    made = lake.execute("SELECT * FROM measures ORDER BY iso, date").df()
    numbers = made.columns.drop(["iso", "date"])
    return made.astype(dict.fromkeys(numbers, float)).assign(date=pd.to_datetime(made.date))


def _typed(there: set[str]) -> str:
    return ", ".join(
        f"CAST({name if name in there else 'NULL'} AS {'bigint' if name in WHOLE else 'double'}) AS {name}"
        for name in columns.INPUTS
    )
