"""Builds and runs containers without a Docker engine: buildah and podman, on a base made of Debian's own packages.

No registry is asked. The base is Debian's Python under the name of the one that the Dockerfile wants; what stands on it
is the Dockerfile's, line for line.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic
from uuid import uuid4

ROOT = Path(__file__).parents[2]
BASE = (ROOT / "docker" / "base.txt").read_text().strip().partition("@")[0]
SUITE = "bookworm"
PROGRAMS = ("buildah", "podman", "runc", "mmdebstrap")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
# Certificates of this machine, for a package index that is reached through a proxy. Mounted, never copied in.
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
FOLDER = Path(tempfile.gettempdir()) / f"verdigris-containers-{os.getuid()}"

CONTAINERS_CONF = """
[containers]
cgroupns = "host"
ipcns = "private"
default_ulimits = ["nofile=16384:16384", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
STORAGE_CONF = """
[storage]
driver = "overlay"
runroot = "{folder}/run"
graphroot = "{folder}/images"
"""
BASE_FILE = """
FROM scratch
ADD rootfs.tar /
RUN ln -s python3 /usr/bin/python && printf '[global]\\ncert = /etc/ssl/certs/ca-certificates.crt\\n' > /etc/pip.conf
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
"""


def reason_against() -> str:
    """Why containers can't be had on this machine, or ""."""
    if MISSING:
        return f"there is no {', '.join(MISSING)} on this machine"
    return "" if os.geteuid() == 0 else "containers are built by root here"


class EngineError(AssertionError):
    """A command of buildah or podman failed; what it wrote is the message."""


@dataclass(frozen=True)
class Engine:
    """Images in a folder that is kept, so that a second run builds only what changed."""

    folder: Path = FOLDER

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        (self.folder / "containers.conf").write_text(CONTAINERS_CONF)
        (self.folder / "storage.conf").write_text(STORAGE_CONF.format(folder=self.folder))
        if not self.succeeds("podman", "image", "exists", BASE):
            self._make_base()

    def build(self, tag: str, *, target: str, **arguments: str) -> float:
        """Builds the image and gives the seconds it took."""
        began = monotonic()
        given = [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
        mounted = ["-v", f"{CERTIFICATES}:{CERTIFICATES}:ro"] if CERTIFICATES.exists() else []
        self.call(
            *("buildah", "bud", "--isolation", "chroot", "--format", "docker", "--pull-never", "--layers"),
            *(*mounted, *given, "--target", target, "-f", "docker/Dockerfile", "-t", tag, "."),
            limit_s=580,
        )
        return monotonic() - began

    def call(self, *command: str, limit_s: float = 60) -> str:
        done = self._run(command, limit_s)
        if done.returncode:
            raise EngineError(f"{' '.join(command[:4])} … ended with {done.returncode}:\n{done.stdout[-6000:]}")
        return done.stdout

    def succeeds(self, *command: str) -> bool:
        return self._run(command, 60).returncode == 0

    def inspect(self, image: str) -> dict:
        return json.loads(self.call("podman", "image", "inspect", image))[0]

    def environment(self) -> dict[str, str]:
        files = {
            "CONTAINERS_CONF": str(self.folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
        }
        return {**os.environ, **files}

    def _run(self, command: tuple[str, ...], limit_s: float) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=limit_s,
            check=False,
        )

    def _make_base(self) -> None:
        context = self.folder / "base"
        context.mkdir(exist_ok=True)
        packages = "ca-certificates,python3,python3-venv,python3-pip"
        self.call(
            "mmdebstrap", "--variant=minbase", f"--include={packages}", SUITE, f"{context}/rootfs.tar", limit_s=500
        )
        (context / "Dockerfile").write_text(BASE_FILE)
        self.call(
            "buildah", "bud", "--isolation", "chroot", "--format", "docker", "-t", BASE, str(context), limit_s=300
        )
        (context / "rootfs.tar").unlink()


@dataclass
class Room:
    """Containers that share a loopback of their own and a state volume; all of them go at the end."""

    engine: Engine
    image: str
    name: str

    def start(self, name: str, *words: str, **environment: str) -> "Container":
        """Starts the image as a platform would: nothing can be written but what is mounted."""
        return self._start(name, [], words, environment)

    def start_beside(self, name: str, program: Path, *words: str) -> "Container":
        """Starts a program of this machine among the containers, for which they have images of others."""
        return self._start(name, _program(program), words, {})

    def _start(
        self, name: str, options: list[str], words: Sequence[str], environment: Mapping[str, str]
    ) -> "Container":
        variables = [word for key, value in environment.items() for word in ("-e", f"{key}={value}")]
        container = Container(self.engine, f"{self.name}-{name}")
        self.engine.call(
            *("podman", "run", "--detach", "--name", container.name, "--no-healthcheck"),
            *("--network", f"container:{self.name}", "--read-only", "--read-only-tmpfs=false"),
            *("--tmpfs", "/tmp:rw,mode=1777", "-v", f"{self.name}:/var/lib/verdigris"),
            *(*options, *variables, self.image, *words),
        )
        return container

    def ask(self, path: str, *, port: int = 8000, limit_s: float = 15) -> str:
        """Gives the status and the body of a page, asked from beside the containers."""
        return self.engine.call("podman", "exec", self.name, "python", "-c", ASK, str(port), path, limit_s=limit_s)


ASK = """
import sys, urllib.error, urllib.request
request = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}{sys.argv[2]}", headers={"Host": "localhost"})
try:
    with urllib.request.urlopen(request, timeout=10) as answer:
        print(answer.status, answer.read(400_000).decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read(4000).decode())
"""


@dataclass(frozen=True)
class Container:
    """One container."""

    engine: Engine
    name: str

    def is_well(self) -> bool:
        """Asks what the image's HEALTHCHECK asks."""
        return self.engine.succeeds("podman", "exec", self.name, "python", "/srv/verdigris/docker/health.py")

    def wait_until_well(self, *, limit_s: float) -> float:
        began = monotonic()
        while not self.is_well():
            assert monotonic() - began < limit_s, f"{self.name} does not get well:\n{self.log()}"
            assert self.state()["Running"], f"{self.name} has ended:\n{self.log()}"
            Event().wait(0.1)
        return monotonic() - began

    def terminate(self) -> None:
        self.engine.call("podman", "kill", "--signal", "TERM", self.name)

    def wait_for_end(self, *, limit_s: float) -> int:
        return int(self.engine.call("podman", "wait", self.name, limit_s=limit_s).split()[-1])

    def state(self) -> dict:
        return json.loads(self.engine.call("podman", "inspect", "--format", "{{json .State}}", self.name))

    def log(self) -> str:
        return self.engine.call("podman", "logs", self.name)


def _program(path: Path) -> list[str]:
    # With its folder, where its libraries lie.
    return ["-v", f"{path.parent}:/beside:ro", "--entrypoint", f"/beside/{path.name}"]


def rooms(engine: Engine, image: str, redis: Path) -> Iterator[Room]:
    """A room whose first container is a Redis, as the others need one."""
    room = Room(engine, image, f"verdigris-{uuid4().hex[:8]}")
    engine.call("podman", "volume", "create", room.name)
    engine.call(
        *("podman", "run", "--detach", "--name", room.name, "--no-healthcheck", "--network", "none"),
        *("-v", f"{room.name}:/var/lib/verdigris", *_program(redis), image),
        *("--port", "6379", "--save", "", "--dir", "/tmp"),
    )
    try:
        yield room
    finally:
        for name in engine.call("podman", "ps", "--all", "--format", "{{.Names}}").split():
            if name.startswith(f"{room.name}-"):
                engine.call("podman", "rm", "--force", "--time", "1", name)
        engine.call("podman", "rm", "--force", "--time", "1", room.name)
        engine.call("podman", "volume", "rm", "--force", room.name)
