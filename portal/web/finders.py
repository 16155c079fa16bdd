"""Finds plotly.js inside the plotly package, so that Python and the browser have one version."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import plotly
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

PREFIX = "plotly"
FILE = "plotly.min.js"


class PlotlyFinder(BaseFinder):
    """Will serve exactly one file, `plotly/plotly.min.js`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(plotly.__file__).parent / "package_data"

    def find(self, path: str, **_: Any) -> Any:  # type: ignore[override]  # Django calls it `all` or `find_all`, by version
        return str(self.folder / FILE) if path == f"{PREFIX}/{FILE}" else []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:  # noqa: ARG002 - Django's signature
        storage = FileSystemStorage(location=str(self.folder))
        storage.prefix = PREFIX  # type: ignore[attr-defined]  # collectstatic reads it
        yield FILE, storage
