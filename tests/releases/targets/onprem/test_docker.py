"""What an engine is asked for, and what its answers become: an engine of the test's own answers at a socket."""

import json
import shutil
import socketserver
import tempfile
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import docker
import pytest

from releases.targets.onprem.launchers.base import Copy, LauncherError, Phase
from releases.targets.onprem.launchers.docker import DockerLauncher

GROUP = "shop.a.0123456789"


class Engine(BaseHTTPRequestHandler):
    """Just enough of the Engine API: create, list, inspect, start, kill, update, delete, logs, info."""

    containers: dict
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "engine"

    def log_message(self, *_):
        return

    def do_GET(self):
        path = urlsplit(self.path).path.split("/", 2)[-1]
        if path == "version":
            self._say({"ApiVersion": "1.44"})
        elif path == "info":
            self._say({"SystemTime": "2026-01-01T00:01:00.5Z"})
        elif path == "containers/json":
            wanted = json.loads(parse_qs(urlsplit(self.path).query).get("filters", ["{}"])[0])
            self._say([one for one in self.containers.values() if self._matches(one, wanted)])
        elif path.endswith("/json"):
            one = self.containers.get(path.split("/")[1])
            self._say(one or {"message": "No such container"}, 200 if one else 404)

    def do_POST(self):
        parts = urlsplit(self.path)
        path, query = parts.path.split("/", 2)[-1], parse_qs(parts.query)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        if path == "containers/create":
            name = query["name"][0]
            self.containers[name] = {
                "Id": name,
                "Config": body,
                "Labels": body["Labels"],
                "HostConfig": body["HostConfig"],
                "State": {"Status": "created", "StartedAt": "2026-01-01T00:00:30.123456789Z", "ExitCode": 0},
            }
            self._say({"Id": name}, 201)
            return
        _, name, verb = path.split("/")
        state = self.containers[name]["State"]
        if verb == "start":
            state["Status"] = "running"
        elif verb == "kill":
            state["Status"] = "exited"
            state["Signal"] = query["signal"][0]
        elif verb == "update":
            self.containers[name]["HostConfig"] |= body
        self._say({}, 204 if verb in {"start", "kill"} else 200)

    def do_DELETE(self):
        del self.containers[urlsplit(self.path).path.split("/")[3]]
        self._say({}, 204)

    def _matches(self, one, wanted):
        labels = [f"{key}={value}" for key, value in one["Labels"].items()] + list(one["Labels"])
        is_status = not wanted.get("status") or one["State"]["Status"] in wanted["status"]
        return is_status and all(label in labels for label in wanted.get("label", []))

    def _say(self, value, status=200):
        text = b"" if status == 204 else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@pytest.fixture
def engine():
    folder = Path(tempfile.mkdtemp(prefix="vd-", dir="/tmp"))
    handler = type("Handler", (Engine,), {"containers": {}})
    server = Server(str(folder / "d.sock"), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    client = docker.DockerClient(base_url=f"unix://{folder}/d.sock", version="1.44", timeout=2)
    yield handler.containers, DockerLauncher(client)
    client.close()
    server.shutdown()
    thread.join()
    server.server_close()
    shutil.rmtree(folder)


def copy(name="a1", image="shop@sha256:abc"):
    environment = {"A": "b", "PATH": "/host/bin"}
    return Copy(name, ("serve", "80"), Path("/co"), environment, 80, Path("/log"), 5, 5, image, (Path("/lake"),))


def test_a_copy_is_a_container_that_may_only_read_its_release(engine):
    containers, launcher = engine
    launcher.start(GROUP, [copy()])
    made = containers[f"{GROUP}.a1"]
    assert made["State"]["Status"] == "running"
    assert (made["Config"]["Image"], made["Config"]["Cmd"]) == ("shop@sha256:abc", ["serve", "80"])
    assert sorted(made["HostConfig"]["Binds"]) == ["/co:/release:ro", "/lake:/lake:ro"]
    assert made["HostConfig"]["NetworkMode"] == "host"
    assert made["HostConfig"]["CapDrop"] == ["ALL"]
    assert "A=b" in made["Config"]["Env"]
    assert not [variable for variable in made["Config"]["Env"] if variable.startswith("PATH=")]


def test_it_is_started_once_and_told_by_its_state(engine):
    containers, launcher = engine
    for _ in range(2):
        launcher.start(GROUP, [copy("a1"), copy("a2")])
    assert len(containers) == 2
    found = launcher.states(GROUP)
    assert [(status.name, status.phase, status.age_s) for status in found] == [
        ("a1", Phase.RUNNING, 29.0),
        ("a2", Phase.RUNNING, 29.0),
    ]
    containers[f"{GROUP}.a2"]["State"]["Status"] = "exited"
    assert launcher.states(GROUP)[1].phase is Phase.FAILED
    launcher.start(GROUP, [copy("a1"), copy("a2")])
    assert launcher.states(GROUP)[1].phase is Phase.RUNNING


def test_what_is_stopped_ends_gently_and_is_forgotten(engine):
    containers, launcher = engine
    launcher.start(GROUP, [copy()])
    launcher.stop(GROUP)
    assert containers[f"{GROUP}.a1"]["State"]["Signal"] == "SIGTERM"
    assert launcher.groups("shop.a.") == frozenset()
    launcher.stop(GROUP)
    launcher.start("shop.b.0123456789", [copy()])
    assert list(containers) == ["shop.b.0123456789.a1"]


def test_a_copy_needs_an_image(engine):
    with pytest.raises(LauncherError, match="needs an image"):
        engine[1].start(GROUP, [copy(image="")])


def test_an_engine_that_is_gone_is_told():
    client = docker.DockerClient(base_url="unix:///tmp/vd-no-such.sock", version="1.44", timeout=1)
    with pytest.raises(LauncherError, match="Docker does not answer"):
        DockerLauncher(client).states(GROUP)
