"""HAProxy by the portal's own configuration, and nginx as its peer, each in front of the same copies."""

import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Protocol, Self

from bench.ground import waiting
from bench.ground.trouble import Trouble
from bench.traffic import sockets
from portal.sockets.haproxy import Runtime
from portal.stack.plan import binaries
from releases.targets.onprem import config
from releases.targets.onprem.config import Side
from releases.targets.onprem.haproxy import config as haproxy_config
from releases.targets.onprem.haproxy import traffic
from releases.targets.onprem.haproxy.traffic import Traffic
from releases.targets.onprem.sides import Sides


@dataclass(frozen=True)
class Command:
    """One switch of all traffic to `side`: when the balancer was told, and when it had answered."""

    side: Side
    told: float
    answered: float


class Balancer(Protocol):
    """What moves all traffic to one side."""

    name: str
    port: int

    def flip(self, side: Side) -> Command: ...


@dataclass(frozen=True)
class TimedRuntime(Runtime):
    """The product's own socket, which also remembers when each change was sent and answered."""

    told: list[tuple[float, float]] = field(default_factory=list)

    def tell(self, command: str) -> None:
        """Will do what Runtime does, with a look at the clock on both sides of it."""
        began = monotonic()
        super().tell(command)
        self.told.append((began, monotonic()))


class HAProxy(AbstractContextManager["HAProxy"]):
    """A HAProxy that was configured and is commanded by the on-premises target's code."""

    name = "HAProxy"

    def __init__(self, folder: Path, ports: dict[Side, tuple[int, ...]]) -> None:
        self.port, preview = sockets.free(2)
        value = {
            "live": {"host": "127.0.0.1", "port": self.port},
            "preview": {"host": "127.0.0.1", "port": preview},
            "copy_ports": {side.value: list(listed) for side, listed in ports.items()},
        }
        self.site = config.read("bench", value, folder=folder / "site")
        self.runtime = TimedRuntime(folder / "h.sock")
        self.traffic = Traffic(self.site, self.runtime)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        traffic.write(self.site, Sides(blue=Side.A))
        state = self._folder / "servers.state"
        state.touch()
        parts = [
            haproxy_config.render_global(socket=self.runtime.path, state_file=state),
            haproxy_config.render_defaults(),
            haproxy_config.render(self.site),
        ]
        file = self._folder / "haproxy.cfg"
        file.write_text("\n".join(parts))
        with (self._folder / "haproxy.log").open("wb") as log:
            command = [str(binaries.find(binaries.HAPROXY).path), "-W", "-db", "-f", str(file)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            waiting.until(self._is_ready, what="HAProxy and its copies are up")
        except BaseException:
            _stop(self._process)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _stop(self._process)

    def flip(self, side: Side) -> Command:
        """Will move all traffic as the target does: on disk, in the running HAProxy, and read back."""
        self.runtime.told.clear()
        self.traffic.put(Sides(blue=Side.A, share_b=100 if side is Side.B else 0))
        # The first of the commands is the split; the second says what the preview shows.
        told, answered = self.runtime.told[0]
        return Command(side, told, answered)

    def is_whole(self) -> bool:
        """Will tell whether every copy has passed a check."""
        up = self.traffic.see().up
        return all(len(up[side]) == len(ports) for side, ports in self.site.copy_ports.items())

    def _is_ready(self) -> bool:
        return self.runtime.path.exists() and sockets.listens(self.port) and self.is_whole()


class Nginx(AbstractContextManager["Nginx"]):
    """nginx whose upstream is rewritten and which is then told to reload: the usual way without a control socket."""

    name = "nginx"

    def __init__(self, folder: Path, ports: dict[Side, tuple[int, ...]]) -> None:
        (self.port,) = sockets.free(1)
        self._folder = folder
        self._ports = ports
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        binary = find_nginx()
        if binary is None:
            raise Trouble("nginx is not on this machine")
        self._write(Side.A)
        file = self._folder / "nginx.conf"
        file.write_text(_nginx_configuration(self._folder, self.port))
        with (self._folder / "nginx.log").open("wb") as log:
            command = [binary, "-p", str(self._folder), "-c", str(file)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            waiting.until(lambda: sockets.listens(self.port), what="nginx is up")
        except BaseException:
            _stop(self._process)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _stop(self._process)

    def flip(self, side: Side) -> Command:
        """Will rewrite the upstream and signal a reload. nginx answers nothing: the signal is all there is."""
        if self._process is None:
            raise Trouble("nginx does not run")
        self._write(side)
        told = monotonic()
        self._process.send_signal(signal.SIGHUP)
        return Command(side, told, monotonic())

    def _write(self, side: Side) -> None:
        servers = [f"server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;" for port in self._ports[side]]
        draft = self._folder / "upstream.new"
        draft.write_text("\n".join([*servers, "keepalive 16;", ""]))
        draft.replace(self._folder / "upstream.conf")


def find_nginx() -> str | None:
    """Will give nginx's path where it is installed; Debian keeps it out of a person's PATH."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def _nginx_configuration(folder: Path, port: int) -> str:
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "\n".join(
        [
            "daemon off;",
            "worker_processes 2;",
            f"pid {folder}/nginx.pid;",
            f"error_log {folder}/nginx-error.log;",
            "events { worker_connections 1024; }",
            "http {",
            "access_log off;",
            *(f"{place}_temp_path {folder}/{place};" for place in places),
            f"upstream site {{ include {folder}/upstream.conf; }}",
            "server {",
            f"listen 127.0.0.1:{port};",
            "location / {",
            "proxy_pass http://site;",
            "proxy_http_version 1.1;",
            'proxy_set_header Connection "";',
            "}",
            "}",
            "}",
            "",
        ]
    )


def _stop(process: subprocess.Popen[bytes] | None) -> None:
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def ports_for(count: int) -> dict[Side, tuple[int, ...]]:
    """Will give `count` free ports to each side."""
    found: Sequence[int] = sockets.free(2 * count)
    return {Side.A: tuple(found[:count]), Side.B: tuple(found[count:])}
