"""What a benchmark gives: rows of figures, each beside its peer and its limit. Kept as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure. `beside` is the peer's in the same run, named by `peer`; `limit` is the most that it may be."""

    name: str
    figure: float
    unit: str
    samples: int
    limit: float | None = None
    beside: float | None = None
    peer: str = ""

    @property
    def is_met(self) -> bool | None:
        return None if self.limit is None else self.figure <= self.limit


@dataclass(frozen=True)
class Result:
    """All rows of one benchmark, and what a reader must know about how they came to be."""

    name: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def percentile(values: Sequence[float], share: float) -> float:
    """Will give the value that `share` per cent of the samples don't exceed; 0 where there are none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    # The nearest rank, so that it is always one of the samples.
    rank = -(-len(ordered) * share // 100)
    return ordered[max(0, int(rank) - 1)]


def waits(what: str, seconds: Sequence[float], *, of: int) -> list[Row]:
    """Will give the rows of how long those that were noticed waited, and how many of all weren't."""
    shares = {"median": 50, "p95": 95, "the last": 100}
    rows = [Row(f"{what}: noticed after, {name}", percentile(seconds, one), "s", of) for name, one in shares.items()]
    return [*rows, Row(f"{what}: not noticed within the time watched", of - len(seconds), "rollouts", of)]


def write(result: Result, file: Path, **surroundings: Any) -> None:
    """Will keep the result with what it was measured on."""
    rows = [{**asdict(row), "is_met": row.is_met} for row in result.rows]
    file.parent.mkdir(parents=True, exist_ok=True)
    value = {"name": result.name, "rows": rows, "notes": result.notes, "surroundings": surroundings}
    file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read(file: Path) -> Result:
    """Will give a result that was kept."""
    value = json.loads(file.read_text())
    rows = tuple(Row(**{key: kept for key, kept in row.items() if key != "is_met"}) for row in value["rows"])
    return Result(value["name"], rows, tuple(value["notes"]))
