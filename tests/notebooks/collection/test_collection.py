"""The notebooks that come along: stripped, told what they are about, and run from top to bottom on the sample."""

import json

import pytest

from notebooks.models import Run
from notebooks.operations import collection, execution, runs
from notebooks.operations.runs import Asked
from notebooks.rules import notebook, outputs
from portal import clock
from portal.accounts import actors
from releases.models import SlotReading
from tests import factories

LONGEST_S = 120


@pytest.mark.parametrize("name", collection.ORDER)
def test_nothing_of_a_run_is_kept_in_it(name):
    document = collection.read(name)
    again = notebook.stripped(document)
    assert document["cells"] == again["cells"]
    assert set(document["metadata"]) == {"kernelspec"}


def test_every_one_is_listed():
    assert {path.stem for path in collection.FOLDER.glob("*.ipynb")} == set(collection.ORDER)


@pytest.mark.parametrize("name", collection.ORDER)
def test_each_has_a_title_prose_parameters_and_asks_covid_alone(name):
    document = collection.read(name)
    described = collection.describe(name, document)
    assert described.title
    assert len(described.lead) > 40
    assert described.parameters
    assert all(one.note for one in described.parameters)
    code = "\n".join(notebook.source(cell) for cell in document["cells"] if cell["cell_type"] == "code")
    assert "import covid" in code
    assert not any(word in code for word in ("boto3", "duckdb", "http", "import requests", "AWS", "cdn"))
    prose = [cell for cell in document["cells"] if cell["cell_type"] == "markdown"]
    assert len(prose) * 3 >= len(document["cells"])


@pytest.mark.heavy
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("open_door")
@pytest.mark.parametrize("name", collection.ORDER)
def test_each_runs_from_top_to_bottom(name, ana):
    if name == "release_analyst":
        measured_rollout()
    asked = Asked(name, collection.read(name), {})
    run = runs.ask(asked, by=actors.from_user(ana), now=clock.now())
    runs.execute(run.pk, now=clock.now())
    run.refresh_from_db()
    assert (run.state, run.message) == (Run.State.SUCCEEDED, "")
    assert run.duration_s < LONGEST_S
    drawn = [one for cell in outputs.cells(execution.executed(run)) for one in cell.outputs if one.kind == "figure"]
    assert len(drawn) >= 2
    assert all(trace_is_worth_it(json.loads(one.content)) for one in drawn)


def trace_is_worth_it(figure):
    """A figure has a title or two panels, and points."""
    told = figure["layout"].get("title", {}).get("text") or figure["layout"].get("annotations")
    return bool(told) and any(trace.get("x") or trace.get("z") for trace in figure["data"])


def measured_rollout():
    """A rollout with what was counted of both slots."""
    rollout = factories.rollout()
    for slot, errors in (("blue", 0), ("green", 1)):
        SlotReading.objects.bulk_create(
            SlotReading(
                rollout=rollout,
                step_index=0,
                slot=slot,
                at=factories.NOW + factories.timedelta(seconds=2 * look),
                requests=40 * look,
                errors=errors * look,
                response_ms=12.5,
            )
            for look in range(30)
        )
