"""The templates as nested values, with their functions written out."""

from functools import cache
from pathlib import Path
from typing import Any

from simulator.services.cloudformation import template

INFRA = Path(__file__).parents[2] / "infra"
NAMES = sorted(path.stem for path in INFRA.glob("*.yaml"))


@cache
def read(name: str) -> dict[str, Any]:
    """Will read a template."""
    return template.read((INFRA / f"{name}.yaml").read_text())


def resources(type_: str = "") -> list[tuple[str, str, dict[str, Any]]]:
    """Will list template, name and resource of every resource of a type."""
    return [
        (name, logical, one)
        for name in NAMES
        for logical, one in read(name)["Resources"].items()
        if not type_ or one["Type"] == type_
    ]
