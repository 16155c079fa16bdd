"""The tables of a snapshot's file, and how they come out of what was staged."""

from collections.abc import Collection

from analytics.rules.datasets import covid_cases
from analytics.rules.records import CONTINENTS, INTERNATIONAL, WORLD

SCHEMA_VERSION = 2

SNAPSHOT = """
CREATE TABLE snapshot (
    dataset VARCHAR NOT NULL, revision VARCHAR NOT NULL, source VARCHAR NOT NULL, origin VARCHAR NOT NULL,
    raw_digests VARCHAR NOT NULL, imported_at TIMESTAMP NOT NULL, "rows" BIGINT NOT NULL, places BIGINT NOT NULL,
    first_date DATE, last_date DATE, licence VARCHAR NOT NULL, profile VARCHAR NOT NULL,
    population_source VARCHAR NOT NULL, is_sample BOOLEAN NOT NULL, compared BIGINT NOT NULL,
    mismatches BIGINT NOT NULL, schema_version INTEGER NOT NULL
)
"""
PARITY = """
CREATE TABLE parity (
    measure VARCHAR NOT NULL, compared BIGINT NOT NULL, mismatches BIGINT NOT NULL, only_ours BIGINT NOT NULL,
    iso VARCHAR, date VARCHAR, ours DOUBLE, theirs DOUBLE
)
"""
PLACES = """
CREATE TABLE places (
    iso VARCHAR PRIMARY KEY, name VARCHAR NOT NULL, kind VARCHAR NOT NULL, continent VARCHAR NOT NULL,
    population BIGINT
)
"""
COMMENTS = {
    "places": "Countries, continents, the world, and what else is counted",
    "days": "What each place reported on each day, as published",
    "published": "What the source derived from it, to compare with",
    "measures": "What we derive from it, by the profile that the snapshot names",
    "parity": "How often ours and the published values differ, measure by measure",
    "snapshot": "What this revision of the data is, in one row",
}

READ_PLACES = """
INSERT INTO places SELECT * FROM read_csv(?,
    header = false, auto_detect = false, delim = ',', quote = '"', nullstr = '\\N',
    columns = {'iso': 'VARCHAR', 'name': 'VARCHAR', 'kind': 'VARCHAR', 'continent': 'VARCHAR', 'population': 'BIGINT'})
"""
READ_DAYS = """
CREATE TABLE days AS SELECT * FROM read_csv(?, header = false, auto_detect = false, delim = ',', nullstr = '',
    columns = {'iso': 'VARCHAR', 'date': 'DATE', 'total_cases': 'BIGINT', 'new_cases': 'BIGINT',
        'total_deaths': 'BIGINT', 'new_deaths': 'BIGINT'})
ORDER BY iso, date
"""


def places_of(there: Collection[str]) -> str:
    """Will give the statement that fills `places` from staged rows; `there` are the columns that the file has."""
    sums = ", ".join(f"'{iso}'" for iso in CONTINENTS.values())
    kind = (
        f"CASE WHEN iso_code = '{WORLD}' THEN 'world' WHEN iso_code IN ({sums}) THEN 'continent' "
        f"WHEN iso_code = '{INTERNATIONAL}' OR (continent IS NULL AND length(iso_code) <> 3) THEN 'other' "
        "ELSE 'country' END"
    )
    about = [name for name in covid_cases.ABOUT_PLACES if name in there]
    more = "".join(f", any_value({name}) AS {name}" for name in about)
    return (
        "CREATE TABLE places AS SELECT iso_code AS iso, any_value(location) AS name, "
        f"any_value({kind}) AS kind, coalesce(any_value(continent), '') AS continent, "
        f"any_value(population) AS population{more} FROM staged GROUP BY iso_code ORDER BY iso_code"
    )


def days_of(there: Collection[str]) -> str:
    """Will give the statement that fills `days`: what the source reported, not what it derived."""
    kept = ", ".join(name for name in covid_cases.INPUTS if name in there)
    return f"CREATE TABLE days AS SELECT iso_code AS iso, date, {kept} FROM staged ORDER BY iso_code, date"


def published_of(there: Collection[str]) -> str:
    """Will give the statement that fills `published`: what the source derived, to compare with."""
    kept = "".join(f", {name}" for name in covid_cases.DERIVED if name in there)
    return f"CREATE TABLE published AS SELECT iso_code AS iso, date{kept} FROM staged ORDER BY iso_code, date"
