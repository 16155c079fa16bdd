"""Becomes one copy: reads what to run from a file and turns into it, with that environment and no other.

A process supervisor hands its own environment down and has its own rules for quoting; neither passes here.
Run as `python -I run.py SPEC.json`.
"""

import json
import os
import sys
from pathlib import Path


def become(spec: Path) -> None:
    """Will replace this process by the copy that `spec` describes."""
    wanted = json.loads(spec.read_text())
    os.chdir(wanted["folder"])
    os.execvpe(wanted["command"][0], wanted["command"], wanted["environment"])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    become(Path(sys.argv[1]))
