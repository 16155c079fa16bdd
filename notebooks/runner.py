"""Runs a notebook from top to bottom, inside the fence: `python -m notebooks.runner IN OUT PARAMETERS`.

IN and OUT are notebooks, PARAMETERS a JSON object. The cell tagged "parameters" is followed by one that sets them. OUT
is written after every cell, so that a run that was stopped keeps what it had done. It ends with 0 where every cell
ran, with 1 where one failed: OUT then has the error in that cell.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

# The run as a whole has a limit of its own; a cell may take all of it.
KERNEL_STARTS_WITHIN_S = 60
TAG, SET = "parameters", "injected-parameters"


def run(source: Path, target: Path, parameters: Mapping[str, Any]) -> bool:
    """Will run the notebook and say whether every cell did as it should. Raises ValueError for no parameter's name."""
    notebook = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    inject(notebook, parameters)

    def keep(**_: Any) -> None:
        _write(notebook, target)

    keep()
    client = NotebookClient(
        notebook,
        timeout=None,
        startup_timeout=KERNEL_STARTS_WITHIN_S,
        kernel_name="python3",
        on_cell_executed=keep,
        on_cell_error=keep,
    )
    try:
        client.execute()
    except CellExecutionError:
        return False
    finally:
        keep()
    return True


def inject(notebook: Any, parameters: Mapping[str, Any]) -> None:
    """Will put a cell that sets the parameters behind the one that has their defaults, or first."""
    if not parameters:
        return
    wrong = [name for name in parameters if not name.isidentifier()]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is no name of a parameter")
    text = "\n".join(["# Parameters of this run", *(f"{name} = {value!r}" for name, value in parameters.items())])
    cell = nbformat.v4.new_code_cell(text, metadata={"tags": [SET]})  # type: ignore[no-untyped-call]
    tagged = [index for index, one in enumerate(notebook.cells) if TAG in one.metadata.get("tags", ())]
    notebook.cells.insert(tagged[0] + 1 if tagged else 0, cell)


def main(arguments: Sequence[str]) -> int:
    """Will run what the command names and give its exit code."""
    source, target, parameters = map(Path, arguments)
    return 0 if run(source, target, json.loads(parameters.read_text(encoding="utf-8"))) else 1


def _write(notebook: Any, target: Path) -> None:
    draft = target.with_name(f".{target.name}")
    nbformat.write(notebook, draft)  # type: ignore[no-untyped-call]
    draft.replace(target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
