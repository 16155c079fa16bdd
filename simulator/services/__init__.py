"""One module or package for each AWS service that moto lacks, or answers otherwise than AWS would."""

import importlib
import pkgutil


def load_all() -> None:
    """Will import every service here, which registers what it answers."""
    for found in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{found.name}")
