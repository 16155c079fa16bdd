"""What the tests of runs share: a notebook, asked for and done."""

import json

import pytest

from notebooks.models import Run
from notebooks.operations import execution, runs
from notebooks.operations.runs import Asked
from portal import clock
from portal.accounts import actors


def document(*cells, parameters="country = 'ITA'  # a place"):
    """Will make a notebook: its first cell has the parameters, texts that begin with # are prose."""
    made = [{"cell_type": "code", "id": "p", "metadata": {"tags": ["parameters"]}, "source": parameters, "outputs": []}]
    for number, text in enumerate(cells):
        kind = "markdown" if text.startswith("# ") else "code"
        cell = {"cell_type": kind, "id": f"c{number}", "metadata": {}, "source": text}
        made.append(cell if kind == "markdown" else {**cell, "outputs": [], "execution_count": None})
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def ask(ana):
    """Will ask for a run of Ana's."""

    def asked(*cells, **parameters):
        return runs.ask(Asked("made", document(*cells), parameters), by=actors.from_user(ana), now=clock.now())

    return asked


@pytest.fixture
def do(ask):
    """Will ask for a run and do it."""

    def done(*cells, **parameters):
        run = ask(*cells, **parameters)
        runs.execute(run.pk, now=clock.now())
        run.refresh_from_db()
        return run

    return done


@pytest.fixture
def ended(ask):
    """Will give a run that has ended with these outputs of its last cell."""

    def made(*data, error=None, **known):
        run = ask("# A title", "code()")
        outputs = [{"output_type": "display_data", "data": one, "metadata": {}} for one in data]
        if error:
            outputs.append({"output_type": "error", "ename": "E", "evalue": error, "traceback": [f"E: {error}"]})
        document = json.loads(run.source)
        document["cells"][-1]["outputs"] = outputs
        folder = execution.folder_of(run)
        folder.mkdir(parents=True)
        (folder / execution.EXECUTED).write_text(json.dumps(document))
        now = clock.now()
        facts = {"state": Run.State.SUCCEEDED, "started_at": now, "ended_at": now, "snapshots": {"covid-cases": "abc"}}
        Run.objects.filter(pk=run.pk).update(**{**facts, **known})
        run.refresh_from_db()
        return run

    return made
