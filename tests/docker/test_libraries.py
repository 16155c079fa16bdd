"""The image has the libraries that its processes import, no more of them than they use, and the locks' own versions."""

import re
import subprocess
import sys
import sysconfig
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.docker import programs

FOLDER = programs.DOCKER / "requirements"
prune = programs.load("prune", folder=FOLDER)
locks = programs.load("compile", folder=FOLDER)
PACKAGES = Path(sysconfig.get_path("platlib"))
IMPORT_ALL = """
import importlib, pathlib, pkgutil
import django
django.setup()
# What the notebooks' own container runs.
OTHERS = ("notebooks.library", "notebooks.jupyter.server", "notebooks.jupyter.identity")
apps = {app.partition(".")[0] for app in django.conf.settings.INSTALLED_APPS}
for package in sorted(apps & {path.name for path in pathlib.Path().iterdir()}):
    for found in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if not found.name.endswith("__main__") and not found.name.startswith(OTHERS):
            importlib.import_module(found.name)
"""
WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError("The image has no " + name, name=name)
sys.meta_path.insert(0, Missing())
"""


def entries(file: Path) -> dict[str, frozenset[str]]:
    """Each `name==version` with its hashes; the markers may differ."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in file.read_text().splitlines():
        words = line.replace("\\", "").split()
        if not words or line.startswith("#"):
            continue
        if "==" in words[0]:
            name = words[0]
            found[name] = set()
        found[name] |= {word for word in words if word.startswith("--hash=")}
    return {key: frozenset(value) for key, value in found.items()}


def missing() -> set[str]:
    """The modules that are here, and not in the image."""
    there = {key.partition("==")[0] for key in entries(FOLDER / "portal.txt")} | {"setuptools"}
    found = packages_distributions().items()
    return {
        name for name, ours in found if not {one.lower().replace("_", "-").replace(".", "-") for one in ours} & there
    }


def import_all(without: set[str], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    script = WITHOUT.format(missing=without) + IMPORT_ALL
    where = {"PORTAL_STATE_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "portal.settings", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", script]
    return subprocess.run(
        command, cwd=programs.DOCKER.parent, env=where, capture_output=True, text=True, check=False, timeout=120
    )


def test_every_module_of_the_portals_processes_does_with_what_the_image_has(tmp_path):
    assert {"pandas", "polars", "jupyterlab", "jupyter_server", "pytest"} <= missing()
    done = import_all(missing(), tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_library_that_is_imported_is_missed(tmp_path):
    done = import_all({"pyarrow"}, tmp_path)
    assert "The image has no pyarrow" in done.stderr


def test_the_locks_of_the_image_are_the_tests_own():
    """Each version and hash of the image's locks stands in requirements.txt, and every wish is answered."""
    whole = entries(FOLDER.parents[1] / "requirements.txt")
    for name in ("portal", "notebooks"):
        locked = entries(FOLDER / f"{name}.txt")
        assert locked
        assert {key: whole.get(key) for key in locked} == locked
    for name, without in (("portal", locks.OF_MAKE_RUN + locks.OF_NOTEBOOKS), ("notebooks", locks.OF_MAKE_RUN)):
        wishes = {re.split(r"[^\w-]", one)[0] for one in locks.wanted(without=without)}
        assert len(wishes) > 20
        assert wishes <= {key.partition("==")[0] for key in entries(FOLDER / f"{name}.txt")}


def test_what_is_left_out_of_libraries_is_still_there_to_be_left_out():
    found = prune.found(PACKAGES)
    assert all(path.is_relative_to(PACKAGES) for path in found)
    assert PACKAGES / "pyarrow" / "tests" in found
    assert not [path for path in found if path.name.startswith(("libarrow.so", "libparquet.so", "lib.cpython"))]


def test_a_library_that_changed_is_named(tmp_path):
    with pytest.raises(SystemExit, match="pyarrow has no libarrow_flight"):
        prune.found(tmp_path)


def test_files_and_folders_go_and_are_counted(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("x" * 10)
    (tmp_path / "tests" / "inner").mkdir()
    (tmp_path / "one.pyx").write_text("x" * 5)
    assert prune.remove([tmp_path / "tests", tmp_path / "tests" / "inner", tmp_path / "one.pyx"]) == 15
    assert not list(tmp_path.iterdir())
