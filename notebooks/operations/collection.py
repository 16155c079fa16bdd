"""The notebooks that come along, and those in a person's own folder: what may be run, by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from notebooks.operations import own
from notebooks.rules import notebook
from notebooks.rules.notebook import NotebookError, Parameter
from portal.accounts.models import User

FOLDER = Path(__file__).resolve().parents[1] / "collection"
# In the order in which they are worth reading.
ORDER = (
    "getting_started", "waves", "vaccination_and_deaths", "reproduction", "excess_mortality", "data_quality",
    "release_analyst",
)  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """A notebook as a list shows it."""

    name: str
    title: str
    lead: str
    parameters: Sequence[Parameter]


def listed() -> list[Listed]:
    """Will list the notebooks that come along."""
    return [describe(name, read(name)) for name in ORDER]


def describe(name: str, document: notebook.Document) -> Listed:
    """Will say what a notebook is about and what it can be told."""
    return Listed(name, notebook.title(document) or name, notebook.lead(document), notebook.parameters(document))


def read(name: str, *, person: User | None = None) -> notebook.Document:
    """Will read a notebook of the collection, or one of the person's own. Raises NotebookError."""
    if own.is_own(name):
        return own.read(name, person=person)
    if name not in ORDER:
        raise NotebookError(f"There is no notebook {name!r}. Nothing was run. There are {', '.join(ORDER)}.")
    return notebook.read((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
