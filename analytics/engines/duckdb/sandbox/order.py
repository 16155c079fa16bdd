"""What a fenced process is told to do, and what it says when it has done it. Plain JSON goes between the processes."""

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Order:
    """One query in DuckDB's own SQL.

    `files` are the snapshots' files, dataset -> path; `slots` is how many queries may run at once on this machine.
    """

    sql: str
    database: str
    files: dict[str, str]
    wall_s: float
    cpu_s: int
    memory_bytes: int
    rows: int
    result_bytes: int
    threads: int
    slots: int

    def to_json(self) -> str:
        """Will write it, the same text for the same order."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Order":
        """Will read what `to_json` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Report:
    """The fenced process's last words. It may be lying: the runner believes only numbers and short texts of it."""

    code: str = ""
    message: str = ""
    rows: int = 0
    bytes_read: int = 0
    fences: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        """Will write it in one piece that a pipe takes at once."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Report | None":
        """Will read a report, or give None for anything else."""
        try:
            told: dict[str, Any] = json.loads(content)
            return cls(
                str(told["code"])[:40],
                str(told["message"])[:2000],
                int(told["rows"]),
                int(told["bytes_read"]),
                tuple(str(one)[:40] for one in told["fences"]),
            )
        except (ValueError, KeyError, TypeError):
            return None
