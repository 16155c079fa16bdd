"""What every launcher promises, and what a Docker engine is asked for where none answers."""

import sys
from itertools import count
from pathlib import Path

import pytest

from releases.targets.onprem.launchers.base import Copy, Phase
from releases.targets.onprem.launchers.docker import DockerLauncher
from tests.contracts.onprem import free_ports
from tests.contracts.rigs import until

IMAGE = "python:3.11-slim"
NUMBERS = count(1)
PROGRAM = """
import http.server, os
print("up", os.environ["WHO"], flush=True)
http.server.test(http.server.SimpleHTTPRequestHandler, port={port}, bind="127.0.0.1")
"""


def copy(folder: Path, name: str, python: str, program: str = PROGRAM) -> Copy:
    port = free_ports(1)[0]
    command = (python, "-c", program.replace("{port}", str(port)))
    log = folder / "logs" / f"{name}.log"
    return Copy(name, command, folder, {"WHO": '%(ENV_X)s; "it" # me'}, port, log, drain_s=2, settle_s=1, image=IMAGE)


@pytest.fixture(params=[pytest.param("supervisor", marks=pytest.mark.onprem), "docker"])
def launcher(request):
    if request.param == "supervisor":
        return request.getfixturevalue("stack").launcher, sys.executable
    return DockerLauncher(request.getfixturevalue("docker_client")), "python3"


@pytest.fixture
def group(launcher):
    """A name of its own: a copy that gave up is still told of for a while after its group was stopped."""
    name = f"test.a.{next(NUMBERS):010d}"
    yield name
    launcher[0].stop(name)
    until(lambda: name not in launcher[0].groups("test.a."))


def phases(launcher, group) -> dict[str, Phase]:
    return {status.name: status.phase for status in launcher.states(group)}


def test_a_group_is_started_once_told_and_stopped(launcher, group, tmp_path):
    launcher, python = launcher
    copies = [copy(tmp_path, name, python) for name in ("a1", "a2")]
    assert launcher.states(group) == []
    launcher.start(group, copies)
    until(lambda: phases(launcher, group) == {"a1": Phase.RUNNING, "a2": Phase.RUNNING})
    launcher.start(group, copies)
    assert group in launcher.groups("test.a.")
    until(lambda: 'up %(ENV_X)s; "it" # me' in launcher.log_tail(group, 5))
    assert until(lambda: launcher.states(group)[0].age_s > 0.5)
    launcher.stop(group)
    launcher.stop(group)
    until(lambda: not {Phase.RUNNING, Phase.STARTING} & set(phases(launcher, group).values()))


def test_a_copy_that_keeps_ending_is_given_up(launcher, group, tmp_path):
    launcher, python = launcher
    launcher.start(group, [copy(tmp_path, "a1", python, "raise SystemExit('no {port}')")])
    until(lambda: phases(launcher, group) == {"a1": Phase.FAILED})
    assert "no " in launcher.log_tail(group, 20)


def test_an_unknown_group_has_no_copies(launcher):
    launcher, _ = launcher
    assert launcher.states("test.b.0123456789") == []
    assert launcher.log_tail("test.b.0123456789", 20) == ""
    launcher.stop("test.b.0123456789")
