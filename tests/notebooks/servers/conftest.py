"""The parts of a portal that notebook servers stand on: the process supervisor, HAProxy, and a web process's place."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer

import httpx
import pytest
from django.conf import settings

from notebooks.models import Server
from notebooks.operations import servers, tickets
from portal import runtime_paths
from portal.accounts.permissions import Role
from portal.configuration import BASE_DIR, Configuration
from portal.sockets.supervisor import SupervisorApi, SupervisorError
from portal.stack.plan import binaries, files, haproxy_config, supervisor_config
from portal.stack.plan.ports import Ports
from portal.stack.plan.programs import Program
from tests import factories
from tests.notebooks.servers import standin
from tests.portal.stack.running import await_true
from tests.releases.views.conftest import _static_files_without_a_manifest, signed_in  # noqa: F401

SLOTS = 2
PROXY_HEAD = 16


class Web(BaseHTTPRequestHandler):
    """Where the portal's web process stands: takes HAProxy's word for the visitor, and tells what it was asked."""

    def setup(self):
        head = self.request.recv(PROXY_HEAD, socket.MSG_WAITALL)
        self.request.recv(int.from_bytes(head[14:16], "big"), socket.MSG_WAITALL)
        super().setup()

    def handle(self):
        # HAProxy's own looks don't stay for the whole answer.
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self):
        told = json.dumps({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_GET  # noqa: N815 - the name that the base class calls

    def log_message(self, *_):
        pass


class House:
    """What runs; `address` is where people come in."""

    def __init__(self, web_port, port):
        self.configuration = Configuration(state_dir=settings.STATE_DIR, notebook_slots=SLOTS)
        self.address = f"http://127.0.0.1:{port}"
        self.supervisor = SupervisorApi(runtime_paths.supervisor_socket(settings.STATE_DIR), limit_s=15)
        self.run = runtime_paths.run_folder(settings.STATE_DIR)
        self._ports = Ports("127.0.0.1", port, 1, 2, None, web_port, (web_port,), free_port())

    def start(self):
        runtime_paths.make_folders(settings.STATE_DIR)
        files.write_errors(self.run)
        runtime_paths.tickets_map(settings.STATE_DIR).touch(mode=0o600)
        (self.run / "haproxy.state").touch()
        haproxy = runtime_paths.haproxy_socket(settings.STATE_DIR)
        text = haproxy_config.render(
            self.configuration,
            self._ports,
            [],
            socket=haproxy,
            state_file=self.run / "haproxy.state",
            errors=self.run / "errors",
        )
        files.write(self.run / "haproxy.cfg", text)
        files.write(self.run / "supervisord.conf", self._supervisord())
        process = subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.run / "supervisord.conf")],
            cwd=BASE_DIR,
            env={**os.environ, "PYTHONPATH": str(BASE_DIR)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await_true(self.answers, limit_s=20, what="HAProxy and supervisord answer")
        return process

    def answers(self):
        try:
            return self.supervisor.call("getState") and httpx.get(f"{self.address}/").status_code == 200
        except (SupervisorError, httpx.HTTPError):
            return False

    def state(self, slot):
        return self.supervisor.call("getProcessInfo", servers.program(slot))["statename"]

    def get(self, path, **headers):
        return httpx.get(
            f"{self.address}{path}", headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    def ask_at_the_door(self, method, path, **headers):
        door = httpx.HTTPTransport(uds=str(runtime_paths.notebooks_door(settings.STATE_DIR)))
        with httpx.Client(transport=door, base_url="http://portal") as client:
            return client.request(method, path, headers=headers)

    def _supervisord(self):
        haproxy = binaries.find(binaries.HAPROXY).path
        listed = [Program("haproxy", (str(haproxy), "-W", "-db", "-f", str(self.run / "haproxy.cfg")), 1)]
        for slot in range(1, SLOTS + 1):
            command = (sys.executable, standin.__file__, str(slot))
            listed.append(Program(servers.program(slot), command, 2, is_on_demand=True))
        return supervisor_config.render(
            listed,
            socket=runtime_paths.supervisor_socket(settings.STATE_DIR),
            run=self.run,
            log=runtime_paths.log_folder(settings.STATE_DIR),
            copies=runtime_paths.copies_folder(settings.STATE_DIR),
            user=supervisor_config.owner(),
        )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def standing():
    web = ThreadingTCPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    built = House(web.server_address[1], free_port())
    process = built.start()
    yield built
    process.terminate()
    process.wait()
    web.shutdown()
    web.server_close()


@pytest.fixture
def house(standing, settings):
    settings.CONFIGURATION = standing.configuration
    yield standing
    for slot in range(1, SLOTS + 1):
        standing.supervisor.call("stopProcess", servers.program(slot), settled=[70])
        runtime_paths.notebook_socket(settings.STATE_DIR, slot).unlink(missing_ok=True)
    # The next test's people may have the same numbers.
    shutil.rmtree(settings.STATE_DIR / "notebooks" / "people", ignore_errors=True)


@pytest.fixture
def analyst(db):
    return factories.user(Role.ANALYST)


@pytest.fixture
def other(db):
    return factories.user(Role.DEVELOPER)


@pytest.fixture
def server(house, analyst) -> Server:
    """The analyst's server, which runs."""
    started = servers.start(person=analyst, now=factories.NOW)
    await_true(lambda: servers.answers(started), limit_s=20, what="the server answers")
    return started


@pytest.fixture
def session(analyst):
    """The analyst's signed-in browser."""
    return signed_in(user=analyst).session.session_key


@pytest.fixture
def ticket(server, session):
    return tickets.issue(server, session_key=session, now=factories.NOW)


def token_of(server) -> Path:
    return runtime_paths.notebook_folder(settings.STATE_DIR, server.slot) / "token" / "token"
