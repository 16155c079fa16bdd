"""The tables of a snapshot's file, and how they are filled."""

SCHEMA_VERSION = 1

TABLES = """
CREATE TABLE places (
    iso VARCHAR PRIMARY KEY, name VARCHAR NOT NULL, kind VARCHAR NOT NULL, continent VARCHAR NOT NULL,
    population BIGINT
);
CREATE TABLE snapshot (
    dataset VARCHAR NOT NULL, revision VARCHAR NOT NULL, source VARCHAR NOT NULL, origin VARCHAR NOT NULL,
    raw_digests VARCHAR NOT NULL, imported_at TIMESTAMP NOT NULL, "rows" BIGINT NOT NULL, places BIGINT NOT NULL,
    first_date DATE NOT NULL, last_date DATE NOT NULL, licence VARCHAR NOT NULL, profile VARCHAR NOT NULL,
    population_source VARCHAR NOT NULL, is_sample BOOLEAN NOT NULL, compared BIGINT NOT NULL,
    mismatches BIGINT NOT NULL, schema_version INTEGER NOT NULL
);
"""

READ_PLACES = """
INSERT INTO places SELECT * FROM read_csv(?,
    header = false, auto_detect = false, delim = ',', quote = '"', nullstr = '\\N',
    columns = {'iso': 'VARCHAR', 'name': 'VARCHAR', 'kind': 'VARCHAR', 'continent': 'VARCHAR', 'population': 'BIGINT'})
"""

# Rows come in place by place and day by day, so a window over 7 rows is a window over 7 days; see rules.measures.
READ_DAILY = """
CREATE TABLE daily AS
WITH given AS (
    SELECT * FROM read_csv(?, header = false, auto_detect = false, delim = ',', nullstr = '', columns = {
        'iso': 'VARCHAR', 'date': 'DATE', 'total_cases': 'BIGINT', 'new_cases': 'BIGINT', 'total_deaths': 'BIGINT',
        'new_deaths': 'BIGINT', 'published_cases_mean': 'DOUBLE', 'published_deaths_mean': 'DOUBLE'})
), averaged AS (
    SELECT *,
        CASE WHEN count(*) OVER last_7 = 7 THEN round(sum(coalesce(new_cases, 0)) OVER last_7 / 7.0, 3) END
            AS new_cases_mean,
        CASE WHEN count(*) OVER last_7 = 7 THEN round(sum(coalesce(new_deaths, 0)) OVER last_7 / 7.0, 3) END
            AS new_deaths_mean
    FROM given
    WINDOW last_7 AS (PARTITION BY iso ORDER BY date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
)
SELECT averaged.iso, averaged.date, total_cases, new_cases, new_cases_mean, total_deaths, new_deaths, new_deaths_mean,
    total_cases / (population / 1e6) AS total_cases_per_million,
    new_cases / (population / 1e6) AS new_cases_per_million,
    new_cases_mean / (population / 1e6) AS new_cases_mean_per_million,
    total_deaths / (population / 1e6) AS total_deaths_per_million,
    new_deaths / (population / 1e6) AS new_deaths_per_million,
    new_deaths_mean / (population / 1e6) AS new_deaths_mean_per_million,
    published_cases_mean, published_deaths_mean
FROM averaged JOIN places USING (iso)
ORDER BY iso, date
"""

# Half of the last published decimal is rounding, the rest would be another formula.
COMPARE = """
SELECT
    count(published_cases_mean) + count(published_deaths_mean),
    count(*) FILTER (published_cases_mean IS NOT NULL
        AND coalesce(abs(new_cases_mean - published_cases_mean) > 0.0011, true))
    + count(*) FILTER (published_deaths_mean IS NOT NULL
        AND coalesce(abs(new_deaths_mean - published_deaths_mean) > 0.0011, true))
FROM daily
"""

EXTENT = """
SELECT count(*), (SELECT count(*) FROM places), min(date), max(date), count(*) FILTER (new_cases < 0 OR new_deaths < 0)
FROM daily
"""
