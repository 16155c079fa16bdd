"""Executed notebooks as pages: in a frame of an origin of its own, drawn by the portal's scripts alone.

The frame's policy lets no script of the notebook run and nothing load from elsewhere; its sandbox, that nothing in it
is the portal's: no cookie, no storage, no form.
"""

import base64
import json
from collections.abc import Callable
from typing import Any, ParamSpec, cast

from csp.constants import NONE, SELF
from csp.decorators import csp, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from notebooks.models import Page, Run
from notebooks.operations import execution
from notebooks.rules import outputs
from notebooks.rules.outputs import Cell, Output

P = ParamSpec("P")
View = Callable[P, HttpResponse]
_FRAMED = {
    "sandbox": ["allow-scripts"],
    "default-src": [NONE],
    "script-src": [SELF],
    # Tables of pandas and plotly.js bring rules of their own.
    "style-src": [SELF, "'unsafe-inline'"],
    "img-src": ["data:", "blob:"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
}
_FACTS = (("Started", "started_at"), ("Ran, s", "duration_s"), ("Engine", "engine"), ("Commit", "commit"))


def framing(view: View[P]) -> View[P]:
    """Will let a page of the portal hold such frames."""
    # Its types know only views without arguments.
    return cast("View[P]", csp_update({"frame-src": [SELF]})(cast("Any", view)))


def framed(view: View[P]) -> View[P]:
    """Will give what a view draws the policy of such a frame."""
    return cast("View[P]", xframe_options_sameorigin(csp(_FRAMED)(cast("Any", view))))


def show(request: HttpRequest, run: Run) -> HttpResponse:
    """Will draw a run's cells, as far as it came."""
    document = execution.executed(run)
    cells = [_shown(cell) for cell in outputs.cells(document)] if document else []
    return render(request, "notebooks/runs/cells.html", {"cells": cells, "title": run.title})


def show_figure(request: HttpRequest, page: Page) -> HttpResponse:
    """Will draw a published figure alone."""
    given = (Output("figure", json.dumps(page.figure)),) if page.figure else ()
    cells = [_shown(Cell(1, is_prose=False, source="", outputs=given))]
    return render(request, "notebooks/runs/cells.html", {"cells": cells, "title": page.title})


def has_cells(run: Run) -> bool:
    """Will tell whether there is anything of a run to show."""
    return (execution.folder_of(run) / execution.EXECUTED).exists()


def differences(run: Run, other: Run) -> list[tuple[str, Any, Any]]:
    """Will list what two runs of a notebook were told, read and took, where they differ: what, this one, the other."""
    pairs = [(called, getattr(run, name), getattr(other, name)) for called, name in _FACTS]
    for called, mine, theirs in (
        ("Parameter", run.parameters, other.parameters),
        ("Snapshot of", run.snapshots, other.snapshots),
    ):
        pairs += [(f"{called} {name}", mine.get(name), theirs.get(name)) for name in sorted({*mine, *theirs})]
    pairs.append(("Notebook", run.digest[:12], other.digest[:12]))
    return [pair for pair in pairs if pair[1] != pair[2]]


def _shown(cell: Cell) -> dict[str, Any]:
    prose = markdown2html_mistune(cell.source) if cell.is_prose else ""
    return {"cell": cell, "prose": prose, "outputs": [(one.kind, _content(one)) for one in cell.outputs]}


def _content(output: Output) -> str:
    if output.kind == "svg":
        # As a picture: an SVG in the page's own text would be part of the page.
        return base64.b64encode(output.content.encode()).decode()
    return output.content
