"""Data files of any size, in the columns of the published ones; the same bytes for the same size."""

from pathlib import Path

import duckdb

# 46,656 codes of three such characters: with DAYS each, more than a hundred million rows.
_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIRST_DAY = "DATE '2020-01-01'"
DAYS = 2_200

_DOSES = """
SELECT 'Place ' || place AS location, {code} AS iso_code, {first} + day::INT AS date,
    (day + 1) * (place % 97 + 1) AS total_vaccinations, (day + 1) * (place % 89 + 1) AS people_vaccinated,
    day * (place % 83 + 1) AS people_fully_vaccinated, place % 97 + 1 AS daily_vaccinations
FROM range({rows}) AS numbers(number), LATERAL (SELECT number // {days} AS place, number % {days} AS day)
"""
# Waves a third of a year long, with the noise of a hash: neither flat nor the same everywhere.
_CASES = """
SELECT {code} AS iso_code, 'Europe' AS continent, 'Place ' || place AS location, {first} + day::INT AS date,
    sum(cases) OVER sofar AS total_cases, cases AS new_cases, sum(deaths) OVER sofar AS total_deaths,
    deaths AS new_deaths, 50_000_000 AS population
FROM (
    SELECT place, day, (2000 + 1500 * sin((day + place) / 20))::BIGINT + hash(place, day, {seed}) % 400 AS cases,
        20 + hash(day, place, {seed}) % 9 AS deaths
    FROM range({places}) AS places(place), range({days}) AS days(day)
)
WINDOW sofar AS (PARTITION BY place ORDER BY day) ORDER BY place, day
"""


def doses(file: Path, *, rows: int) -> Path:
    """Will write so many rows in the columns of Our World in Data's vaccinations.csv."""
    return _write(file, _DOSES.format(code=_code(), first=_FIRST_DAY, rows=rows, days=DAYS))


def cases(file: Path, *, places: int, days: int, seed: int) -> Path:
    """Will write counts of cases and deaths in the columns of Our World in Data's complete file."""
    return _write(file, _CASES.format(code=_code(), first=_FIRST_DAY, places=places, days=days, seed=seed))


def _code() -> str:
    digits = (f"'{_CHARACTERS}'[place // {36**power} % 36 + 1]" for power in (2, 1, 0))
    return f"'OWID_' || {' || '.join(digits)}"


def _write(file: Path, sql: str) -> Path:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({sql}) TO '{file}' (FORMAT csv, HEADER)")
    return file
