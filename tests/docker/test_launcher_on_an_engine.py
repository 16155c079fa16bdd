"""The Docker launcher starts a release's copies on a real Docker daemon, in the image that is built here."""

import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic
from urllib.request import urlopen

import pytest
from docker import DockerClient
from docker.errors import DockerException

from releases.targets.onprem.config import DEFAULT_COMMAND
from releases.targets.onprem.launchers.base import Copy, Phase
from releases.targets.onprem.launchers.docker import DockerLauncher
from tests.contracts.onprem import free_ports
from tests.docker import engine as engines
from tests.docker.engine import ROOT, Engine

NEEDED = ("dockerd", "containerd", "docker-init")
MISSING = [name for name in NEEDED if shutil.which(name) is None]
REASON = engines.reason_against() or (f"there is no {', '.join(MISSING)} on this machine" if MISSING else "")
pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(bool(REASON), reason=REASON or "none"),
    pytest.mark.alone,
]
IMAGE = "localhost/verdigris:test"
GROUP = "test.engine.0000000001"


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[DockerLauncher]:
    """A daemon of its own, without networks: the launcher puts copies on the machine's."""
    engine = Engine()
    engine.prepare()
    engine.build(IMAGE, target="portal", VERSION="1.2.3", COMMIT="5f2c9d6e" * 5)
    engine.call("podman", "save", "--output", str(tmp_path / "image.tar"), IMAGE, limit_s=200)
    address = f"unix://{tmp_path}/d.sock"
    folders = ("--data-root", f"{tmp_path}/data", "--exec-root", f"{tmp_path}/exec", "--pidfile", f"{tmp_path}/pid")
    limits = ("--default-ulimit", "nofile=16384:16384", "--default-ulimit", "nproc=4096:4096")
    command = ("dockerd", "-H", address, *folders, "--bridge=none", "--iptables=false", "--ip6tables=false", *limits)
    with (tmp_path / "dockerd.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as daemon:
        try:
            client = _connect(address)
            with (tmp_path / "image.tar").open("rb") as packed:
                client.images.load(packed)
            yield DockerLauncher(client)
            for container in client.containers.list(all=True):
                container.remove(force=True)
            client.close()
        finally:
            daemon.terminate()
            daemon.wait(30)
            _unmount_all_below(tmp_path)


def _unmount_all_below(folder: Path) -> None:
    """The daemon leaves a network namespace mounted when it ends, and no folder with a mount in it can be removed."""
    places = [Path(line.split()[1]) for line in Path("/proc/self/mounts").read_text().splitlines()]
    for place in reversed([place for place in places if place.is_relative_to(folder)]):
        subprocess.run(("umount", place), check=True)


def _connect(address: str) -> DockerClient:
    deadline = monotonic() + 30
    while True:
        try:
            client = DockerClient(base_url=address, timeout=120)
            client.ping()
        except DockerException:
            assert monotonic() < deadline, "the daemon does not answer"
            Event().wait(0.1)
        else:
            return client


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The release's own code, as a checkout has it."""
    packed = subprocess.run(("git", "archive", "HEAD"), cwd=ROOT, capture_output=True, check=True).stdout
    folder = tmp_path / "release"
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def test_a_releases_copies_run_its_own_code_in_the_image_and_end_when_told(launcher, checkout, tmp_path):
    ports = free_ports(2)
    copies = [
        Copy(
            name=name,
            command=tuple(word.replace("{port}", str(port)).replace("{drain_s}", "5") for word in DEFAULT_COMMAND),
            folder=checkout,
            environment={
                "PORTAL_SURFACE": "insights",
                "PORTAL_RELEASE_VERSION": "7.7.7",
                "PORTAL_SNAPSHOT": "/opt/made/sample.duckdb",
            },
            port=port,
            log=tmp_path / f"{name}.log",
            drain_s=5,
            settle_s=1,
            image=IMAGE,
        )
        for name, port in zip(("a1", "a2"), ports, strict=True)
    ]
    # What answers must come from the checkout, not from the image.
    page = checkout / "analytics" / "views" / "status.py"
    page.write_text(page.read_text().replace('"ok\\n"', '"ok, by the checkout\\n"'))
    launcher.start(GROUP, copies)
    for port in ports:
        assert _answer(port, "/healthz") == "ok, by the checkout\n"
        assert '"version": "7.7.7"' in _answer(port, "/version")
    assert [status.phase for status in launcher.states(GROUP)] == [Phase.RUNNING, Phase.RUNNING]
    launcher.stop(GROUP)
    deadline = monotonic() + 30
    while {status.phase for status in launcher.states(GROUP)} & {Phase.RUNNING, Phase.STARTING}:
        assert monotonic() < deadline, launcher.log_tail(GROUP, 20)
        Event().wait(0.2)
    assert "Handling signal: term" in launcher.log_tail(GROUP, 20)
    assert launcher.groups("test.engine.") == frozenset()


def _answer(port: int, path: str) -> str:
    deadline = monotonic() + 60
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            assert monotonic() < deadline
            Event().wait(0.2)
