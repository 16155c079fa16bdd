"""A whole Verdigris in a folder and on ports of its own, as `make run` starts it."""

import http.client
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

from portal import runtime_paths
from portal.configuration import BASE_DIR
from portal.sockets.supervisor import SupervisorApi

READY = "Verdigris is ready: http://localhost:{}"


@dataclass
class Stack:
    """One start; `output` is what it has printed so far."""

    process: subprocess.Popen[str]
    state_dir: Path
    port: int
    output: str = ""

    def read_until(self, wanted: str, *, limit_s: float) -> str:
        deadline = monotonic() + limit_s
        stream = self.process.stdout
        assert stream
        while wanted not in self.output:
            is_there, _, _ = select.select([stream], [], [], max(0.0, deadline - monotonic()))
            piece = os.read(stream.fileno(), 65536).decode() if is_there else ""
            assert piece, f"{wanted!r} did not come; this did:\n{self.output}"
            self.output += piece
        return self.output

    def get(self, path: str, *, host: str = "localhost", port: int | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def readiness(self) -> tuple[int, dict[str, Any]]:
        status, body = self.get("/readyz")
        return status, json.loads(body)["components"] if body.startswith(b"{") else {}

    @property
    def supervisor(self) -> SupervisorApi:
        return SupervisorApi(runtime_paths.supervisor_socket(self.state_dir))

    def pid_of(self, name: str) -> int:
        info = self.supervisor.call("getProcessInfo", name)
        return int(info["pid"]) if info["statename"] == "RUNNING" else 0

    def state_of(self, name: str) -> str:
        return str(self.supervisor.call("getProcessInfo", name)["statename"])

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        assert self.process.stdout
        rest = self.process.communicate(timeout=60)[0]
        self.output += rest
        return self.process.returncode


def environment(state_dir: Path, first: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_STATE_DIR": str(state_dir),
        "PORTAL_PORT": str(first),
        "PORTAL_INSIGHTS_PORT": str(first + 1),
        "PORTAL_PREVIEW_PORT": str(first + 2),
        "PORTAL_INTERNAL_PORT": str(first + 5),
    }


def start(state_dir: Path, first: int) -> Stack:
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.stack"],
        cwd=BASE_DIR,
        env=environment(state_dir, first),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Stack(process, state_dir, first)


def await_true(question: Callable[[], object], *, limit_s: float, what: str) -> None:
    deadline = monotonic() + limit_s
    pause = Event()
    while not question():
        assert monotonic() < deadline, f"{what}: not within {limit_s:g} s"
        pause.wait(0.05)


def left_behind(state_dir: Path) -> list[str]:
    """Every process that names the folder in its arguments or its environment, however it came to be."""
    wanted = os.fsencode(state_dir)
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            said = (entry / "cmdline").read_bytes()
            known = said + (entry / "environ").read_bytes()
        except OSError:
            continue
        if wanted in known and int(entry.name) != os.getpid():
            found.append(said.replace(b"\0", b" ").decode())
    return found
