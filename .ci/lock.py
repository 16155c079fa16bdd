# ruff: noqa: INP001 - a script, run by its path
"""Tells whether requirements.txt holds everything that pyproject.toml wants, in a version it accepts, with hashes.

Compiling it anew needs the network (`make lock`); this does not.
"""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;[^\\]*)?\s*(\\?)$", re.MULTILINE)


def problems(root: Path) -> list[str]:
    """Will give a sentence for each requirement that the lock does not keep."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    locked: dict[str, set[str]] = {}
    found = []
    for name, version, continues in LOCKED.findall((root / "requirements.txt").read_text()):
        locked.setdefault(canonicalize_name(name), set()).add(version)
        if not continues:
            found.append(f"{name} has no hashes.")
    for requirement in map(Requirement, wanted):
        versions = locked.get(canonicalize_name(requirement.name), set())
        if not any(requirement.specifier.contains(version, prereleases=True) for version in versions):
            found.append(f"{requirement} is wanted; the lock has {', '.join(sorted(versions)) or 'none'}.")
    return found


if __name__ == "__main__":
    found = problems(Path(__file__).resolve().parent.parent)
    if found:
        sys.exit("\n".join([*found, "Run `make lock` and commit requirements.txt."]))
