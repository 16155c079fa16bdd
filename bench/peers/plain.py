"""What a chart's answer stands beside: the query alone in DuckDB, and pandas from the same rows to bytes."""

from pathlib import Path
from time import perf_counter

import duckdb
import pandas as pd

from analytics.insights.comparison import Ask


def opened(path: Path) -> duckdb.DuckDBPyConnection:
    """Will open a snapshot's file without anything of ours, on as many threads as the site has for it."""
    return duckdb.connect(str(path), read_only=True, config={"threads": 2})


class Raw:
    """The rows of a chart by one plain question, from the same file."""

    def __init__(self, path: Path) -> None:
        self._connection = opened(path)

    def ask(self, ask: Ask) -> float:
        """Will give the milliseconds from the SQL to numpy arrays."""
        marks = ", ".join("?" for _ in ask.places)
        sql = f"SELECT iso, date, {ask.measure.name} FROM measures WHERE iso IN ({marks})"  # noqa: S608 - the catalogue's
        began = perf_counter()
        self._connection.execute(sql, list(ask.places)).fetchnumpy()
        return (perf_counter() - began) * 1000


class Pandas:
    """All rows in memory as one frame, as a notebook would have them."""

    def __init__(self, path: Path) -> None:
        with opened(path) as connection:
            self._frame: pd.DataFrame = connection.execute("SELECT * FROM measures").df()

    def ask(self, ask: Ask) -> float:
        """Will give the milliseconds from the frame to JSON."""
        began = perf_counter()
        rows = self._frame.loc[self._frame["iso"].isin(ask.places), ["iso", "date", ask.measure.name]]
        rows.pivot(index="date", columns="iso", values=ask.measure.name).to_json(orient="split", date_format="iso")
        return (perf_counter() - began) * 1000
