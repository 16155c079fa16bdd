"""Real copies of the released site: what a task of the account would run, runs on this machine as a process."""

import http.client
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

LIMIT_S = 120.0
STOP_LIMIT_S = 20.0
HOST = "127.0.0.1"
# As on premises (releases/targets/onprem/config.py), with fewer threads: it is looked at by one person.
COMMAND = (
    *(sys.executable, "-m", "gunicorn", "portal.wsgi:application", "--preload", "--no-control-socket"),
    *("--workers", "1", "--worker-class", "gthread", "--threads", "4", "--keep-alive", "75"),
    *("--access-logfile", "/dev/null", "--error-logfile", "-"),
)


class CopyError(Exception):
    """A copy doesn't run; the message says why."""


@dataclass
class Copy:
    """One process at an address of its own."""

    port: int
    process: subprocess.Popen[bytes]
    is_up: bool = False

    def wait(self) -> None:
        """Will return once it answers. Raises CopyError when it has ended, or doesn't answer in time."""
        deadline = monotonic() + LIMIT_S
        pause = threading.Event()
        while not self.is_up:
            if self.process.poll() is not None:
                raise CopyError(f"The copy ended with status {self.process.returncode}.")
            if monotonic() > deadline:
                raise CopyError(f"The copy did not answer within {LIMIT_S:.0f} s.")
            self.is_up = self._answers()
            pause.wait(0 if self.is_up else 0.2)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/version")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@dataclass
class Copies:
    """The copies that were asked for, one for each version and its variables; they run until `end`.

    `repository` has a tag for each version; it need not be there before the first copy is asked for. Everything is
    kept in `folder`. `environment` is what every copy sees.
    """

    folder: Path
    repository: Path
    environment: Mapping[str, str]
    _running: dict[tuple[str, frozenset[tuple[str, str]]], Copy] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def port_of(self, version: str, variables: Mapping[str, str]) -> int:
        """Will give the port of the copy that runs `version` with `variables`, and start it where it doesn't run yet.

        Raises CopyError.
        """
        key = (version, frozenset(variables.items()))
        with self._lock:
            copy = self._running.get(key)
            if copy is None or copy.process.poll() is not None:
                copy = self._running[key] = self._started(version, variables)
        copy.wait()
        return copy.port

    def end(self) -> None:
        """Will end all of them."""
        with self._lock:
            processes = [one.process for one in self._running.values()]
            self._running.clear()
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()

    def _started(self, version: str, variables: Mapping[str, str]) -> Copy:
        place = self._checkout(version)
        port = _free_port()
        own = {"PORTAL_STATE_DIR": str(self.folder / "state"), "PYTHONUNBUFFERED": "1"}
        with (self.folder / f"{version}-{port}.log").open("wb") as log:
            process = subprocess.Popen(
                [*COMMAND, "--bind", f"{HOST}:{port}"],
                cwd=place,
                env={**self.environment, **own, **variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal is for the rehearsal, which ends them when nobody asks any more.
                start_new_session=True,
            )
        return Copy(port, process)

    def _checkout(self, version: str) -> Path:
        place = self.folder / version
        if not place.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            add = ["git", "-C", str(self.repository), "worktree", "add", "--quiet", "--detach", str(place), version]
            try:
                subprocess.run(add, check=True, capture_output=True, text=True, timeout=LIMIT_S)
            except (OSError, subprocess.SubprocessError) as error:
                raise CopyError(f"The source of {version} can't be had: {error}.") from error
        return place


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])
