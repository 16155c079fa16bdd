"""Two snapshots beside each other. They never change, so what was found once is kept beside them."""

import json
import os
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

from analytics.engines.duckdb import comparing
from analytics.operations import shelf
from analytics.rules.datasets import registry
from analytics.rules.quality.findings import Facts, Named, Rewritten

# Another way of comparing gives another result for the same pair.
VERSION = 1


def compare(state_dir: Path, dataset: str, *, blue: str, green: str) -> Facts:
    """Will say in which ways `green` differs from `blue`, the revision that serves ("" where none does).

    Raises EngineError for a snapshot that can't be read, KeyError for a dataset that nobody knows.
    """
    kept = shelf.folder(state_dir, dataset) / "comparisons" / f"{VERSION}-{blue or 'nothing'}-{green}.json"
    known = _read(kept)
    if known is not None:
        return known
    before = shelf.snapshot_path(state_dir, dataset, blue) if blue else None
    after = shelf.snapshot_path(state_dir, dataset, green)
    found = comparing.compare(before, after, registry.dataset(dataset).watched)
    _write(kept, found)
    return found


def _write(kept: Path, facts: Facts) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    # Two may compare the same pair at once; each writes the same.
    draft = kept.with_name(f".{kept.name}-{os.getpid()}")
    draft.write_text(json.dumps(asdict(facts), default=date.isoformat), encoding="utf-8")
    draft.replace(kept)


def _read(kept: Path) -> Facts | None:
    try:
        value: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    lists = {"places_shorter": Named, "lost": Named, "impossible": Named}
    typed: dict[str, Any] = {one.name: value[one.name] for one in fields(Facts)}
    for name, made in typed.items():
        if name in lists:
            typed[name] = tuple(lists[name](**one) for one in made)
        elif isinstance(made, list):
            typed[name] = tuple(made)
    for name in ("last_blue", "last_green"):
        typed[name] = date.fromisoformat(typed[name]) if typed[name] else None
    months = ({**one, "month": date.fromisoformat(one["month"])} for one in value["rewritten"])
    typed["rewritten"] = tuple(Rewritten(**one) for one in months)
    return Facts(**typed)
