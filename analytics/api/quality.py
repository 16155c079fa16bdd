"""How a snapshot compares with the one that serves, for other apps."""

from pathlib import Path

from django.conf import settings

from analytics.engines.duckdb import EngineError
from analytics.operations import comparisons
from analytics.operations.serving import SnapshotError
from analytics.rules.quality import findings
from analytics.rules.quality.findings import Check

__all__ = ["Check", "checks"]


def checks(dataset: str, *, blue: str, green: str) -> tuple[Check, ...]:
    """Will say of each thing that is compared how `green` does against `blue`, "" where nothing serves yet.

    The first call for a pair reads both files; later ones read what it found. Raises SnapshotError (not-whole).
    """
    try:
        return findings.judge(comparisons.compare(Path(settings.STATE_DIR), dataset, blue=blue, green=green))
    except EngineError as error:
        raise SnapshotError(
            "not-whole", f"{error}. {blue or 'Nothing'} goes on serving. Import {green} again."
        ) from error
