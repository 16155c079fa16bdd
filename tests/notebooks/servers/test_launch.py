"""What becomes a JupyterLab: its command, by the slot's folder and the settings."""

import json
from pathlib import Path

import pytest

from notebooks.jupyter import launch, options
from notebooks.jupyter.tenant import Tenant
from portal import runtime_paths
from portal.configuration import Configuration


@pytest.fixture
def configuration(tmp_path):
    made = Configuration(state_dir=tmp_path / "s", notebook_idle_s=600, notebook_memory_mb=300)
    runtime_paths.make_folders(made.state_dir)
    folder = runtime_paths.notebook_folder(made.state_dir, 3)
    Tenant(17, made.state_dir / "notebooks" / "people" / "17").move_in(folder)
    return made


def test_nobody_who_has_the_slot_is_no_server(tmp_path):
    empty = Configuration(state_dir=tmp_path / "s")
    runtime_paths.make_folders(empty.state_dir)
    with pytest.raises(FileNotFoundError):
        launch.fenced(empty, 1, descriptor=9)


def test_the_fenced_server_answers_for_one_person_below_its_own_address(configuration):
    command, environment = launch.fenced(configuration, 3, descriptor=9)
    assert command[0] == "bwrap"
    assert set(environment) == {"PATH"}, "bwrap itself needs no more, and hands nothing on"
    assert "--ServerApp.base_url=/jupyter/3/" in command
    assert command[command.index("NOTEBOOK_PERSON") + 1] == "17"
    assert command[command.index("NOTEBOOK_SOCKET") + 1] == "9"
    assert str(300 * 1024 * 1024) in command
    assert not any(str(runtime_paths.notebook_socket(configuration.state_dir, 3)) in word for word in command)


def test_the_unfenced_server_has_no_environment_of_the_portals_either(configuration, monkeypatch):
    monkeypatch.setenv("PORTAL_SECRET_KEY", "not for notebooks")
    command, environment = launch.unfenced(configuration, 3, descriptor=9)
    assert "bwrap" not in command
    assert "not for notebooks" not in environment.values()
    root = runtime_paths.notebook_folder(configuration.state_dir, 3) / "home"
    assert f"--ServerApp.root_dir={root}" in command
    assert (root / "work").resolve() == configuration.state_dir / "notebooks" / "people" / "17"
    assert sorted(one.name for one in root.iterdir()) == ["collection", "work"]


def test_its_socket_is_its_owners_alone_and_can_be_handed_on(configuration):
    with launch.listen(configuration, 3) as first:
        path = runtime_paths.notebook_socket(configuration.state_dir, 3)
        assert path.stat().st_mode & 0o777 == 0o600
        assert first.get_inheritable()
    with launch.listen(configuration, 3) as again:
        assert again.getsockname() == str(path), "what a server before it left is no hindrance"


def test_idle_kernels_and_servers_end_and_nobody_outside_is_asked():
    place = options.Place("/jupyter/3/", Path("/r"), Path("/r/work"), 600)
    given = options.of(place)
    assert "--MappingKernelManager.cull_idle_timeout=600" in given
    assert "--ServerApp.shutdown_no_activity_timeout=600" in given
    assert "--LabApp.news_url=None" in given
    settings = json.loads((launch.BASE_DIR / "notebooks/jupyter/settings/overrides.json").read_text())
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
