"""Nothing swells: caps for modules, functions, views, tasks, templates, scripts and packages, without exceptions."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("portal", "releases", "analytics", "notebooks", "simulator", "bench")
LINES_OF_MODULE = 400
LINES_OF_FUNCTION = 50
LINES_OF_VIEW = 25
LINES_OF_TASK = 10
LINES_OF_TEMPLATE = 150
MODULES_OF_PACKAGE = 12


def files(pattern: str, *, folders: tuple[str, ...] = CODE) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob(pattern))]
    return [path for path in found if "migrations" not in path.parts and "vendor" not in path.parts]


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.name, node.end_lineno - node.lineno + 1


def over(found: list[tuple[str, int]], cap: int) -> str:
    return "\n".join(f"{name}: {size} of {cap}" for name, size in found if size > cap)


@pytest.mark.parametrize("folders", [CODE, ("tests",)])
def test_modules(folders):
    assert not over([(str(p.relative_to(ROOT)), lines(p)) for p in files("*.py", folders=folders)], LINES_OF_MODULE)


def test_functions():
    found = [(f"{path.relative_to(ROOT)}:{name}", size) for path in files("*.py") for name, size in functions(path)]
    assert found
    assert not over(found, LINES_OF_FUNCTION)


def test_views_and_tasks():
    views = [path for path in files("*.py") if "views" in path.parts or path.stem == "views"]
    tasks = files("tasks.py")
    for paths, cap in ((views, LINES_OF_VIEW), (tasks, LINES_OF_TASK)):
        assert paths
        assert not over([(f"{p.relative_to(ROOT)}:{name}", size) for p in paths for name, size in functions(p)], cap)


def test_templates_and_scripts():
    for pattern in ("*.html", "*.js"):
        found = files(pattern)
        assert found
        assert not over([(str(path.relative_to(ROOT)), lines(path)) for path in found], LINES_OF_TEMPLATE)


def test_packages():
    packages = {path.parent for path in files("*.py")}
    counts = [(str(p.relative_to(ROOT)), len([m for m in p.glob("*.py") if m.stem != "__init__"])) for p in packages]
    assert not over(counts, MODULES_OF_PACKAGE)
