"""Runs: done in the fence, with what they were told and read, ended when nobody wants them, taken up again."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from notebooks.models import Run
from notebooks.operations import execution, runs
from notebooks.rules import notebook, outputs
from notebooks.rules.notebook import NotebookError
from portal import clock
from portal.accounts import actors
from portal.accounts.models import Token
from portal.accounts.permissions import Role
from portal.audit.models import Event
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def told(run):
    """Everything that its cells gave, as text."""
    return "\n".join(one.content for cell in outputs.cells(execution.executed(run)) for one in cell.outputs)


@pytest.mark.heavy
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("open_door")
def test_a_run_asks_as_the_person_and_keeps_what_it_was_told_and_read(do, ana):
    run = do(
        "# A title",
        "import covid\nlen(covid.sql('SELECT * FROM places WHERE iso = :it', it=country))",
        "country",
        country="FRA",
    )
    assert (run.state, run.message) == (Run.State.SUCCEEDED, "")
    assert "1" in told(run)
    assert "'FRA'" in told(run)
    assert run.title == "A title"
    assert run.snapshots["covid-cases"]
    assert (run.engine, len(run.commit), len(run.digest)) == ("duckdb", 40, 64)
    assert run.duration_s > 0
    assert ana.queries.get().origin == "notebook"
    token = Token.objects.get(owner=ana)
    assert token.withdrawn_at
    assert sorted(token.scopes) == ["query", "read"]
    assert Event.objects.filter(verb="run_notebook", sentence__contains=run.token).exists()


@pytest.mark.heavy
@pytest.mark.usefixtures("state_dir")
def test_a_cell_that_fails_is_named_with_its_error_and_those_before_it_are_kept(do):
    run = do("print('before')", "1 / 0", "print('after')")
    assert (run.state, run.cell) == (Run.State.FAILED, 3)
    assert run.message == "ZeroDivisionError: division by zero"
    assert "before" in told(run)
    assert "after" not in told(run)
    failed = [cell for cell in outputs.cells(execution.executed(run)) if cell.is_failed]
    assert "\x1b" not in failed[0].outputs[0].content


@pytest.mark.heavy
@pytest.mark.usefixtures("state_dir")
def test_what_runs_is_fenced_in_and_leaves_nothing_but_the_notebook(do, settings):
    looks = (
        "import os, pathlib, socket\nprint(sorted(os.environ))",
        f"print(pathlib.Path({str(settings.STATE_DIR)!r}).exists())",
        "print(socket.socket().connect_ex(('127.0.0.1', 22)) != 0, os.getuid() != 0)",
        "pathlib.Path('left').write_text('x')",
    )
    run = do(*looks)
    assert (run.state, run.message) == (Run.State.SUCCEEDED, "")
    assert "False" in told(run)
    assert "True True" in told(run)
    assert "AWS" not in told(run)
    assert sorted(path.name for path in execution.folder_of(run).iterdir()) == ["log", "out.ipynb"]


@pytest.mark.heavy
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("state_dir")
def test_a_run_that_nobody_wants_any_more_ends_soon(ask, ana):
    run = ask("print('be' + 'gun')", "while True: pass")

    def work():
        runs.execute(run.pk, now=clock.now())
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    kept = execution.folder_of(run) / "work" / execution.EXECUTED
    is_over = threading.Event()
    deadline = clock.now() + timedelta(seconds=60)
    while not (kept.exists() and "begun" in kept.read_text()) and clock.now() < deadline:
        is_over.wait(0.1)
    runs.cancel(run, by=actors.from_user(ana), now=clock.now())
    worker.join(20)
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert "kept" in run.message
    assert "begun" in told(run)


@pytest.mark.usefixtures("state_dir")
def test_only_one_worker_does_a_run(ask):
    run = ask("1")
    Run.objects.update(state=Run.State.RUNNING, looked_at=NOW)
    runs.execute(run.pk, now=clock.now())
    run.refresh_from_db()
    assert run.state == Run.State.RUNNING


@pytest.mark.usefixtures("state_dir")
def test_a_run_whose_worker_died_begins_again_once(ask):
    run = ask("1")
    for state in (Run.State.QUEUED, Run.State.FAILED):
        Run.objects.update(state=Run.State.RUNNING, looked_at=NOW)
        runs.tend(now=NOW + timedelta(seconds=runs.SILENT_S - 1))
        assert Run.objects.get().state == Run.State.RUNNING
        runs.tend(now=clock.now() + timedelta(seconds=runs.SILENT_S + 1))
        run.refresh_from_db()
        assert run.state == state
    assert "died twice" in run.message


@pytest.mark.usefixtures("state_dir")
def test_one_that_waits_is_cancelled_at_once_by_its_person_or_an_operator(ask):
    run = ask("1")
    with pytest.raises(NotebookError, match="ana asked"):
        runs.cancel(run, by=factories.actor(Role.ANALYST), now=clock.now())
    runs.cancel(run, by=factories.actor(Role.OPERATOR), now=clock.now())
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert runs.tend(now=clock.now()) == []


def test_a_viewer_runs_nothing(state_dir):
    with pytest.raises(NotebookError, match="needs one of"):
        runs.ask(runs.Asked("made", {"cells": []}, {}), by=factories.actor(Role.VIEWER), now=NOW)
    assert not Run.objects.exists()


@pytest.mark.usefixtures("state_dir")
def test_a_person_has_so_many_runs_waiting(ask):
    for _ in range(runs.MOST_WAITING):
        ask("1")
    with pytest.raises(NotebookError, match="haven't ended"):
        ask("1")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"nbformat": 3, "cells": []}', '{"nbformat": 4}'])
def test_what_is_no_notebook_is_refused(text):
    with pytest.raises(NotebookError, match="Nothing was run"):
        notebook.read(text)


def test_progress_that_was_written_over_is_not_shown():
    text = "Waiting: 1\rWaiting: 2\r          \rdone\n"
    cell = {"cell_type": "code", "source": "", "outputs": [{"output_type": "stream", "text": text}]}
    assert outputs.cells({"cells": [cell]})[0].outputs[0].content.strip() == "done"
