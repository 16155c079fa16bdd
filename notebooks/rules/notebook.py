"""A notebook as a document: its title, its parameters and their defaults, and what it is without outputs."""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TAG = "parameters"
Document = dict[str, Any]


class NotebookError(ValueError):
    """It is no notebook that can be run; the sentence says why and what to do."""


@dataclass(frozen=True)
class Parameter:
    """A name that the notebook's first cell sets, with its default and the comment beside it."""

    name: str
    default: Any
    note: str


def read(text: str) -> Document:
    """Will read a notebook of format 4. Raises NotebookError."""
    try:
        found = json.loads(text)
    except ValueError:
        raise NotebookError("This is no notebook: it isn't JSON. Nothing was run. Open it in JupyterLab.") from None
    if not isinstance(found, dict) or found.get("nbformat") != 4 or not isinstance(found.get("cells"), list):
        raise NotebookError("This is no notebook of format 4. Nothing was run. Save it again in JupyterLab.")
    return found


def source(cell: Mapping[str, Any]) -> str:
    """Will give a cell's text."""
    found = cell.get("source", "")
    return "".join(found) if isinstance(found, list) else str(found)


def title(document: Document) -> str:
    """Will give the first heading, or an empty text."""
    texts = (source(cell) for cell in document["cells"] if cell.get("cell_type") == "markdown")
    headings = (line for text in texts for line in text.splitlines() if line.startswith("# "))
    return next(headings, "").removeprefix("# ").strip()


def lead(document: Document) -> str:
    """Will give the first paragraph after the title."""
    texts = (source(cell) for cell in document["cells"] if cell.get("cell_type") == "markdown")
    paragraphs = next(texts, "").split("\n\n")
    return " ".join(paragraphs[1].split()) if len(paragraphs) > 1 else ""


def parameters(document: Document) -> list[Parameter]:
    """Will list what the cell tagged "parameters" sets to plain values: texts, numbers, truths, lists of them."""
    tagged = [cell for cell in document["cells"] if TAG in cell.get("metadata", {}).get("tags", ())]
    return [found for cell in tagged[:1] for found in _assigned(source(cell))]


def stripped(document: Document) -> Document:
    """Will give it without outputs, counts and what an editor remembers: the same text each time it is stored."""
    cells = [_stripped(cell) for cell in document["cells"]]
    kept = {name: document["metadata"][name] for name in ("kernelspec",) if name in document.get("metadata", {})}
    return {"cells": cells, "metadata": kept, "nbformat": 4, "nbformat_minor": document.get("nbformat_minor", 5)}


def _stripped(cell: Mapping[str, Any]) -> dict[str, Any]:
    tags = cell.get("metadata", {}).get("tags", [])
    kept = {**cell, "metadata": {"tags": tags} if tags else {}}
    if cell.get("cell_type") == "code":
        kept |= {"outputs": [], "execution_count": None}
    return kept


def _assigned(text: str) -> list[Parameter]:
    try:
        statements = ast.parse(text).body
    except SyntaxError:
        return []
    lines = text.splitlines()
    found = []
    for one in statements:
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                note = lines[one.end_lineno - 1][one.end_col_offset :] if one.end_lineno and one.end_col_offset else ""
                found += _plain(name, value, note.strip().lstrip("# "))
    return found


def _plain(name: str, value: ast.expr, note: str) -> list[Parameter]:
    try:
        return [Parameter(name, ast.literal_eval(value), note)]
    except ValueError:
        return []
