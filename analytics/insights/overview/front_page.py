"""Which key figures the front page lists, read from front_page.toml beside this file."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analytics.insights.overview.key_figures import FIGURES

FILE = Path(__file__).parent / "front_page.toml"
MOST = 12


class FrontPageError(SystemExit):
    """Ends the process at start: a front page with a mistake must not go live."""


@dataclass(frozen=True)
class FrontPage:
    """The front page's title and its figures: (id, title) in order."""

    title: str
    figures: tuple[tuple[str, str], ...]


@cache
def read(file: Path = FILE) -> FrontPage:
    """This function will read and check the file.

    Raises FrontPageError with a sentence that names the mistake and what is possible.
    """
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _error(file, f"it can't be read ({error})") from None
    unknown = sorted(set(found) - {"title", "figure"})
    if unknown:
        raise _error(file, f"it knows no {unknown[0]!r}, only title and [[figure]]")
    title = _text(found, "title", file, "the page")
    entries = found.get("figure")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST:
        raise _error(file, f"it needs 1 to {MOST} [[figure]] entries")
    figures = tuple(_figure(entry, number, file) for number, entry in enumerate(entries, start=1))
    ids = [id_ for id_, _ in figures]
    twice = [id_ for id_ in ids if ids.count(id_) > 1]
    if twice:
        raise _error(file, f"the figure {twice[0]} stands twice")
    return FrontPage(title, figures)


def _figure(entry: Any, number: int, file: Path) -> tuple[str, str]:
    where = f"figure {number}"
    if not isinstance(entry, dict) or set(entry) - {"id", "title"}:
        raise _error(file, f"{where} may have an id and a title, nothing else")
    id_ = _text(entry, "id", file, where)
    if id_ not in FIGURES:
        raise _error(file, f"{where} asks for {id_!r}; there are {', '.join(FIGURES)}")
    return id_, _text(entry, "title", file, where)


def _text(table: dict[str, Any], key: str, file: Path, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > 80:
        raise _error(file, f"{where} needs a {key} of 1 to 80 characters")
    return value.strip()


def _error(file: Path, what: str) -> FrontPageError:
    return FrontPageError(f"The insights site did not start, for {file.name} has a mistake: {what}. Correct it there.")
