"""Runs SQL in the fenced process with nothing before it: what holds here holds without the gate."""

import hashlib
import itertools
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from analytics.engines.duckdb import results
from analytics.engines.duckdb.sandbox.folder import RunFolder, Status
from analytics.engines.duckdb.sandbox.order import Order
from analytics.engines.duckdb.sandbox.starting import Runners
from tests.contracts.engines.rigs import DATABASE, build_snapshot
from tests.contracts.rigs import until

NUMBERS = itertools.count()
MEMORY_BYTES = 256 << 20


@dataclass
class Bare:
    """A lake with one snapshot, and what runs SQL over it. `took_s` is how long the last run was, told to ended."""

    folder: Path
    runners: Runners = field(default_factory=Runners)
    took_s: float = 0.0

    def __post_init__(self) -> None:
        self.path = build_snapshot(self.folder / "lake")
        self.before = self.seen()
        (self.folder / "results").mkdir()

    def run(self, sql: str, **more: object) -> tuple[Status, pa.Table | None]:
        """Will run DuckDB's own SQL to its end; small limits unless told otherwise."""
        folder = self.start(sql, **more)
        status = until(lambda: (found := folder.status()).is_end and found, limit_s=20, what=sql[:100])
        assert isinstance(status, Status)
        self.runners.renew()
        return status, results.page(folder.result, 0, 10_000) if status.state == "SUCCEEDED" else None

    def start(self, sql: str, **more: object) -> RunFolder:
        told = {
            "wall_s": 3.0,
            "cpu_s": 2,
            "memory_bytes": MEMORY_BYTES,
            "rows": 100_000,
            "result_bytes": 50_000_000,
            "slots": 4,
        }
        files = {DATABASE: str(self.path)}
        order = Order(sql=sql, database=DATABASE, files=files, threads=2, **{**told, **more})  # type: ignore[arg-type]
        folder = RunFolder(self.folder / "results" / f"{next(NUMBERS):032d}")
        folder.path.mkdir()
        folder.order.write_text(order.to_json())
        lock = folder.lock()
        assert lock is not None
        self.runners.run(folder, lock)
        os.close(lock)
        return folder

    def timed(self, sql: str, **more: object) -> tuple[Status, pa.Table | None]:
        """Will run it and note how long it took."""
        began = time.monotonic()
        try:
            return self.run(sql, **more)
        finally:
            self.took_s = time.monotonic() - began

    def seen(self) -> dict[str, str]:
        """Will give every file of the lake, with the digest of its bytes."""
        return {
            str(one.relative_to(self.folder)): hashlib.sha256(one.read_bytes()).hexdigest()
            for one in (self.folder / "lake").rglob("*")
            if one.is_file()
        }
