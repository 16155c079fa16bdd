"""What the engine suite needs of an adapter: one table, `counted`, of 2,500 numbers and their words, and its limits."""

import uuid
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from analytics.engines.base import Engine, Limits, QueryError, Submission
from analytics.engines.duckdb.engine import Config, DuckDBEngine
from analytics.engines.memory import Answer, MemoryEngine

DATABASE = "counting"
REVISION = "r1"
ROWS = 2500
ALL = "SELECT n, word FROM counted ORDER BY n"
SUM = "SELECT sum(n) AS total FROM counting.counted"
NONE = "SELECT n, word FROM counted WHERE n < 0 ORDER BY n"
SLOW = (
    "SELECT count(*) AS n FROM counted a, counted b, counted c, counted d WHERE a.n * b.n * c.n * d.n = a.n + b.n + 17"
)
FAILS = "SELECT CAST(word AS integer) AS n FROM counted"
NO_TABLE = "SELECT n FROM nowhere"
WRITES = "DROP TABLE counted"
TWO = "SELECT 1; SELECT 2"
REFUSED = (NO_TABLE, WRITES, TWO, "SELEC 1")


def word(number: int) -> str:
    return f"number {number}"


def submission(sql: str, *, token: str = "", **limits: Any) -> Submission:
    return Submission(sql, token or uuid.uuid4().hex, "ada", DATABASE, Limits(**limits), {DATABASE: REVISION})


class EngineRig(Protocol):
    """One adapter with its surroundings."""

    engine: Engine

    def hold(self) -> None:
        """Will let the queries from now on run until they are stopped, if they don't by themselves."""
        ...

    def settle(self) -> None:
        """Will let time go on, where it doesn't by itself."""
        ...

    def close(self) -> None: ...


class MemoryRig:
    def __init__(self) -> None:
        self.engine = MemoryEngine()
        numbers = list(range(1, ROWS + 1))
        everything = pa.table({"n": pa.array(numbers, pa.int64()), "word": [word(one) for one in numbers]})
        read = ("counting.counted",)
        failed = QueryError("INVALID_CAST_ARGUMENT", "The query failed. Mend it, then run it again.")
        self.engine.answers = {
            ALL: Answer(everything, 40_000, read),
            NONE: Answer(everything.slice(0, 0), 40_000, read),
            SUM: Answer(pa.table({"total": pa.array([sum(numbers)], pa.int64())}), 20_000, read),
            SLOW: Answer(is_held=True),
            FAILS: Answer(error=failed),
            **{one: Answer(error=QueryError("refused", "It may not run."), is_refused=True) for one in REFUSED},
        }

    def hold(self) -> None: ...

    def settle(self) -> None: ...

    def close(self) -> None: ...


def build_snapshot(lake: Path) -> Path:
    """Will make the snapshot's file, and give its place."""
    folder = lake / DATABASE
    folder.mkdir(parents=True)
    path = folder / f"lake-{REVISION}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE counted AS SELECT n, 'number ' || n AS word FROM range(1, ? + 1) AS t (n) ORDER BY n", [ROWS]
        )
    path.chmod(0o444)
    return path


class DuckDBRig:
    def __init__(self, folder: Path) -> None:
        self.path = build_snapshot(folder / "lake")
        self.engine = DuckDBEngine(Config(folder / "lake", folder / "results"))

    def hold(self) -> None: ...

    def settle(self) -> None: ...

    def close(self) -> None:
        self.engine.runners.close()
