"""One benchmark in this process: `python -m bench.single name folder-of-results [--quick]`."""

import logging
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import django

from bench import result
from bench.ground.trouble import Trouble

# Each with its module in this package, in the order in which they run.
NAMES = {
    "flips": "flips",
    "kill": "kill",
    "rollback": "rollback",
    "pages": "pages",
    "tick": "tick",
    "account": "account",
    "many": "many",
    "charts": "data.charts",
    "readers": "data.readers",
    "imports": "data.imports",
    "exports": "data.exports",
    "fetch": "notebooks.fetch",
    "labs": "notebooks.labs",
    "runs": "notebooks.runs",
}


def main(name: str, results: Path, *, is_quick: bool) -> int:
    """Will measure and keep what was measured; gives the exit status."""
    began = datetime.now(UTC)  # noqa: TID251 - when it was measured stands beside the figures
    load = os.getloadavg()[0]
    # Before the benchmark is imported: it may read models.
    django.setup()
    # What the measured code logs in this process, as when Redis is stopped on purpose, would only hide the table.
    logging.disable(logging.WARNING)
    try:
        measured: result.Result = import_module(f"bench.{NAMES[name]}").measure(is_quick=is_quick)
    except Trouble as trouble:
        print(f"{name}: {trouble}", file=sys.stderr)
        return 1
    result.write(
        measured,
        results / f"{name}.json",
        at=began.isoformat(timespec="seconds"),
        is_quick=is_quick,
        cores=os.cpu_count(),
        load_before=round(load, 2),
        python=platform.python_version(),
        django=django.get_version(),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), is_quick="--quick" in sys.argv[3:]))
