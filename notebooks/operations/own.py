"""The notebooks in a person's own folder, which that person may run by name: ~ana/analysis.ipynb.

What lies there is the person's and may be anything: no link is followed, and nothing but a plain file is read.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

from notebooks.operations import servers
from notebooks.rules import notebook
from notebooks.rules.notebook import NotebookError
from portal.accounts.models import User

MARK, SUFFIX = "~", ".ipynb"
LONGEST_BYTES = 5_000_000
# A folder may be as large as its owner likes; a list isn't.
MOST_LISTED, MOST_FOLDERS, DEEPEST = 100, 500, 4
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# Opened without waiting: a pipe would let its reader wait for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


def is_own(name: str) -> bool:
    """Will say whether a name is one of a person's folder."""
    return name.startswith(MARK)


def listed(person: User) -> list[str]:
    """Will name the notebooks in the person's folder, by name, as far as the list goes."""
    found = sorted(_found(servers.work_folder(person)))
    return [f"{MARK}{person.username}/{path}" for path in found[:MOST_LISTED]]


def read(name: str, *, person: User | None) -> notebook.Document:
    """Will read one of the person's own notebooks. Raises NotebookError, also for somebody else's."""
    whose, _, path = name.removeprefix(MARK).partition("/")
    if person is None or whose != person.username:
        raise NotebookError(
            f"{name} lies in a folder of {whose}. Nothing was run. Ask them to run it or to share a run."
        )
    parts = PurePosixPath(path).parts
    if not path.endswith(SUFFIX) or not set(parts).isdisjoint({"..", "/"}):
        raise NotebookError(f"{path!r} names no notebook of your folder. Nothing was run. Choose one from the list.")
    try:
        content = _content(servers.work_folder(person), parts)
    except (OSError, ValueError):
        raise NotebookError(
            f"There is no notebook {path} in your folder. Nothing was run. Save it there first."
        ) from None
    if len(content) > LONGEST_BYTES:
        raise NotebookError(
            f"{path} is larger than 5 MB. Nothing was run. Clear its outputs, save it, and run it again."
        )
    try:
        return notebook.read(content.decode())
    except UnicodeDecodeError:
        raise NotebookError(f"{path} is no text. Nothing was run. Save it again in JupyterLab.") from None


def _content(folder: Path, parts: tuple[str, ...]) -> bytes:
    with ExitStack() as opened:

        def enter(where: str | Path, flags: int, inside: int | None = None) -> int:
            found = os.open(where, flags, dir_fd=inside)
            opened.callback(os.close, found)
            return found

        place = enter(folder, _FOLDER)
        for part in parts[:-1]:
            place = enter(part, _FOLDER, place)
        file = enter(parts[-1], _FILE, place)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(f"{parts[-1]} is no file")
        with os.fdopen(os.dup(file), "rb") as content:
            return content.read(LONGEST_BYTES + 1)


def _found(folder: Path) -> Iterator[str]:
    for visited, (place, folders, files) in enumerate(os.walk(folder)):
        below = Path(place).relative_to(folder)
        is_end = visited >= MOST_FOLDERS or len(below.parts) >= DEEPEST
        # What begins with a dot is a program's: JupyterLab keeps its copies there.
        folders[:] = [] if is_end else [one for one in folders if not one.startswith(".")]
        yield from (str(below / one) for one in files if one.endswith(SUFFIX) and not one.startswith("."))
        if visited >= MOST_FOLDERS:
            return
