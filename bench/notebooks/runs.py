"""What a run of the portal adds to a notebook's cells: the way through queue, worker and fence, and what is kept of it.

Beside it: the same notebook by plain nbclient in this process, in whose kernel `covid` asks the same portal.
"""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from time import monotonic
from typing import Any

import nbformat
from nbclient import NotebookClient

import portal.celery  # noqa: F401 - nudges go to the portal's own queue
from bench.ground import waiting
from bench.ground.portal import Portal
from bench.ground.trouble import Trouble
from bench.notebooks import kernel
from bench.result import Result, Row
from notebooks.models import Run
from notebooks.operations import collection, execution, runs
from notebooks.operations.runs import Asked
from portal import clock
from portal.accounts import actors
from portal.accounts.models import User
from portal.configuration import BASE_DIR

TIMES, QUICK_TIMES = 5, 1
WHO, NOTEBOOK = "ana", "getting_started"
LIMIT_S = 120.0
PEER = "plain nbclient"


@dataclass(frozen=True)
class Turn:
    """Seconds of one execution: all of it, and those in which its cells ran."""

    whole: float
    cells: float

    @property
    def around(self) -> float:
        return self.whole - self.cells


def measure(*, is_quick: bool = False) -> Result:
    """Will run the notebook by the portal and by nbclient in turn."""
    times = QUICK_TIMES if is_quick else TIMES
    with Portal(), kernel.of(WHO):
        os.environ["PYTHONPATH"] = str(BASE_DIR / "notebooks" / "library")
        # The first one asks what the others are answered from: each of them reads the same, kept rows.
        _by_nbclient()
        ours, plain = [], []
        for _ in range(times):
            ours.append(_by_portal())
            plain.append(_by_nbclient())
    return Result("runs", tuple(_rows(ours, plain)), _notes())


def _by_portal() -> Turn:
    by = actors.from_user(User.objects.get(username=WHO))
    began = monotonic()
    run = runs.ask(Asked(NOTEBOOK, collection.read(NOTEBOOK), {}), by=by, now=clock.now())
    waiting.until(lambda: _has_ended(run), what="the run has ended", limit_s=LIMIT_S)
    whole = monotonic() - began
    if run.state != Run.State.SUCCEEDED:
        raise Trouble(f"The run of {NOTEBOOK} did not end well: {run.message}")
    return Turn(whole, _in_cells(execution.executed(run) or {}))


def _has_ended(run: Run) -> bool:
    run.refresh_from_db(fields=["state", "message", "ended_at"])
    return run.ended_at is not None


def _by_nbclient() -> Turn:
    notebook = nbformat.reads(json.dumps(collection.read(NOTEBOOK)), as_version=4)  # type: ignore[no-untyped-call]
    began = monotonic()
    NotebookClient(notebook, timeout=None, kernel_name="python3").execute(stderr=subprocess.DEVNULL)
    return Turn(monotonic() - began, _in_cells(notebook))


def _in_cells(executed: Mapping[str, Any]) -> float:
    """Adds up what nbclient wrote down of each cell: when its kernel began with it, and when it had replied."""
    told = [cell["metadata"]["execution"] for cell in executed["cells"] if "execution" in cell["metadata"]]
    return sum(
        (_moment(one["shell.execute_reply"]) - _moment(one["iopub.execute_input"])).total_seconds() for one in told
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _rows(ours: Sequence[Turn], plain: Sequence[Turn]) -> list[Row]:
    count, whole, beside = len(ours), median(one.whole for one in ours), median(one.whole for one in plain)
    around, around_plain = median(one.around for one in ours), median(one.around for one in plain)
    cells, cells_plain = median(one.cells for one in ours), median(one.cells for one in plain)
    return [
        Row(f"a run of {NOTEBOOK}, asked to ended: median", whole, "s", count, None, beside, PEER),
        Row("of it, in its cells", cells, "s", count, None, cells_plain, PEER),
        Row("of it, around them", around, "s", count, None, around_plain, PEER),
        Row(f"a run's time, in that of {PEER}", whole / beside, "times", count),
    ]


def _notes() -> tuple[str, ...]:
    return ("Around the cells: the queue, the fence, a kernel's start and end, and what is kept after every cell.",)
