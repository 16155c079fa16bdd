"""Loads the build's programs: docker/ is no package, so that it hides nothing of the library of that name."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

DOCKER = Path(__file__).parents[2] / "docker"
BUILD = DOCKER / "build"


def load(name: str, *, folder: Path = BUILD) -> ModuleType:
    """Will give docker/build/<name>.py as a module, or that of another folder."""
    key = f"verdigris_{folder.name}_{name}"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, folder / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[key] = module  # dataclasses look themselves up there
        spec.loader.exec_module(module)
    return sys.modules[key]
