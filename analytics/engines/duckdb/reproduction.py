"""Fills the table `reproduction` with our own estimate of R for every place."""

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from analytics.rules.measures import reproduction
from analytics.rules.measures.reproduction import Estimate
from analytics.rules.progress import Progress

# So many places are held in memory at once.
BATCH = 256
_SERIES = """
SELECT iso, min(date), list(total ORDER BY date) FROM (
    SELECT c.iso, c.date, d.total_cases AS total FROM (
        SELECT iso, unnest(generate_series(min(date), max(date), INTERVAL 1 DAY))::DATE AS date
        FROM days WHERE total_cases IS NOT NULL AND iso = ANY (?) GROUP BY iso
    ) c LEFT JOIN days d ON d.iso = c.iso AND d.date = c.date
) GROUP BY iso ORDER BY iso
"""
_TABLE = """
CREATE TABLE reproduction (iso VARCHAR, date DATE, r_kalman DOUBLE, r_kalman_low DOUBLE, r_kalman_high DOUBLE,
    is_provisional BOOLEAN)
"""


def fill(connection: duckdb.DuckDBPyConnection, progress: Progress) -> None:
    """Will estimate R from `days`, batch by batch of places; one with too few observations has no row."""
    connection.execute(_TABLE)
    places = [iso for (iso,) in connection.execute("SELECT DISTINCT iso FROM days ORDER BY 1").fetchall()]
    for begin in range(0, len(places), BATCH):
        progress("estimating R", begin, len(places))
        series = connection.execute(_SERIES, [places[begin : begin + BATCH]]).fetchall()
        made = reproduction.estimates([totals for _, _, totals in series])
        rows = [_rows(iso, first, one) for (iso, first, _), one in zip(series, made, strict=True) if one is not None]
        if rows:
            connection.register("estimated", pa.concat_tables(rows))
            connection.execute("INSERT INTO reproduction SELECT * FROM estimated WHERE r_kalman IS NOT NULL")
            connection.unregister("estimated")
    progress("estimating R", len(places), len(places))


def _rows(iso: str, first: date, made: Estimate) -> pa.Table:
    count = len(made.rate)
    return pa.table(
        {
            "iso": pa.array([iso] * count),
            "date": np.datetime64(first) + np.arange(count),
            "r_kalman": pa.array(made.rate, from_pandas=True),
            "r_kalman_low": pa.array(made.low, from_pandas=True),
            "r_kalman_high": pa.array(made.high, from_pandas=True),
            "is_provisional": np.arange(count) >= made.provisional_from,
        }
    )
