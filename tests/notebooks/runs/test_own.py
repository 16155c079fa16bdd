"""Notebooks of a person's own folder: listed, run and scheduled by their person, and by nobody else."""

import json
import os
from datetime import timedelta

import pytest
from django.test import Client

from notebooks.models import Run, Schedule
from notebooks.operations import collection, own, runs, schedules, servers
from notebooks.rules.notebook import NotebookError
from portal import clock
from portal.accounts import actors
from portal.accounts.permissions import Role
from tests import factories
from tests.factories import NOW
from tests.notebooks.runs.conftest import document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("state_dir")]


@pytest.fixture
def folder(ana):
    made = servers.work_folder(ana)
    made.mkdir(parents=True)
    return made


@pytest.fixture
def save(folder):
    def saved(path, *cells):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document(*cells)))
        return f"~ana/{path}"

    return saved


@pytest.fixture
def browse():
    def signed_in(person):
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


def test_the_list_names_notebooks_and_nothing_else(save, folder, ana):
    save("waves of mine.ipynb", "# Mine")
    save("deep/er/one.ipynb")
    save(".ipynb_checkpoints/waves.ipynb")
    save("a/b/c/d/e/too deep.ipynb")
    (folder / "data.csv").write_text("1")
    assert own.listed(ana) == ["~ana/deep/er/one.ipynb", "~ana/waves of mine.ipynb"]
    assert own.listed(factories.user(Role.ANALYST, username="eve")) == []


def test_one_is_run_from_the_list_with_its_parameters(save, ana, browse):
    name = save("waves of mine.ipynb", "# Mine", "print(country)")
    client = browse(ana)
    assert "/notebooks/runs/new/~ana/waves%20of%20mine.ipynb/" in client.get("/notebooks/runs/").content.decode()
    form = client.get("/notebooks/runs/new/~ana/waves%20of%20mine.ipynb/").content.decode()
    assert "<h1>Mine</h1>" in form
    assert 'value="ITA"' in form
    client.post(f"/notebooks/runs/new/{name}/run/", {"p.country": "FRA", "when": "now"})
    run = Run.objects.get()
    assert (run.notebook, run.title, run.parameters) == (name, "Mine", {"country": "FRA"})
    assert "print(country)" in run.source


@pytest.mark.heavy
def test_it_runs_in_the_fence_as_any_other(save, ana):
    name = save("mine.ipynb", "# Mine", "print('from', country)")
    asked = runs.Asked(name, collection.read(name, person=ana), {"country": "FRA"})
    run = runs.ask(asked, by=actors.from_user(ana), now=clock.now())
    runs.execute(run.pk, now=clock.now())
    run.refresh_from_db()
    assert (run.state, run.message) == (Run.State.SUCCEEDED, "")


def test_a_schedule_runs_it_as_it_is_then_and_ends_when_it_is_gone(save, folder, ana):
    name = save("mine.ipynb", "# First")
    schedules.every(6, name=name, parameters={}, by=actors.from_user(ana), now=NOW)
    save("mine.ipynb", "# Second")
    [run] = schedules.start_due(now=NOW + timedelta(hours=6))
    assert run.title == "Second"
    (folder / "mine.ipynb").unlink()
    assert schedules.start_due(now=NOW + timedelta(hours=12)) == []
    assert Schedule.objects.get().ended_at == NOW + timedelta(hours=12)


def test_nobody_runs_what_lies_in_somebody_elses_folder(save, browse):
    name = save("mine.ipynb", "# Mine")
    eve = factories.user(Role.ANALYST, username="eve")
    with pytest.raises(NotebookError, match="lies in a folder of ana"):
        own.read(name, person=eve)
    assert browse(eve).get(f"/notebooks/runs/new/{name}/").status_code == 404
    assert browse(eve).post(f"/notebooks/runs/new/{name}/run/", {"when": "now"}).status_code == 404
    with pytest.raises(NotebookError, match="Nothing was run"):
        schedules.every(6, name=name, parameters={}, by=actors.from_user(eve), now=NOW)
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "path", ["../{pk}/mine.ipynb", "/etc/mine.ipynb", "gone.ipynb", "sub", "sub/../mine.ipynb", "a\0b.ipynb", ".ipynb"]
)
def test_a_name_leads_nowhere_else(save, ana, path):
    save("mine.ipynb")
    save("sub/mine.ipynb")
    with pytest.raises(NotebookError, match="Nothing was run"):
        own.read(f"~ana/{path.format(pk=ana.pk)}", person=ana)


def test_links_pipes_and_folders_are_not_read(folder, ana, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(json.dumps(document("# Somebody else's")))
    (folder / "link.ipynb").symlink_to(secret)
    (folder / "way").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.ipynb")
    (folder / "folder.ipynb").mkdir()
    for path in ("link.ipynb", "way/secret.ipynb", "pipe.ipynb", "folder.ipynb"):
        with pytest.raises(NotebookError, match="There is no notebook"):
            own.read(f"~ana/{path}", person=ana)
    assert "~ana/way/secret.ipynb" not in own.listed(ana)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no json", "isn't JSON"),
        (b"\xff\xfe", "is no text"),
        (b'{"nbformat": 3}', "format 4"),
        (b"[" * 6_000_000, "5 MB"),
    ],
)
def test_what_is_no_notebook_is_told(folder, ana, content, said):
    (folder / "mine.ipynb").write_bytes(content)
    with pytest.raises(NotebookError, match=said):
        own.read("~ana/mine.ipynb", person=ana)
