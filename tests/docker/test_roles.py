"""What each role becomes, where its secrets come from, and how it is asked whether it is well."""

import http.server
import json
import os
import subprocess
import sys
import threading
from importlib import util
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from portal.configuration import Configuration
from portal.stack.plan import ports
from releases.targets.onprem.config import DEFAULT_COMMAND

DOCKER = Path(__file__).parents[2] / "docker"


def load(name: str) -> ModuleType:
    """Reads a program of docker/, which is no package."""
    spec = util.spec_from_file_location(f"docker_{Path(name).name}", DOCKER / f"{name}.py")
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ENTRYPOINT = load("entrypoint")
HEALTH = load("health")


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return Configuration(state_dir=tmp_path / "state", redis_url="redis://127.0.0.1:6379/0")


def options(command: tuple[str, ...]) -> dict[str, str]:
    return dict(pairwise(command))


def test_pages_listen_for_a_load_balancer_and_speak_no_proxy_protocol(configuration):
    web = ENTRYPOINT.command_for("web", [], configuration)
    assert options(web)["--bind"] == f"{ENTRYPOINT.ANYWHERE}:8000"
    assert "--proxy-protocol" not in web
    assert "v2" not in web
    events = ENTRYPOINT.command_for("events", [], configuration)
    assert options(events)["--host"] == ENTRYPOINT.ANYWHERE
    assert options(events)["--port"] == "8000"
    insights = ENTRYPOINT.command_for("insights", [], configuration)
    assert options(insights)["--bind"] == f"{ENTRYPOINT.ANYWHERE}:8000"
    assert not [word for word in insights if "{" in word]


def test_a_connection_is_kept_longer_than_the_load_balancer_does(configuration):
    idle_s = 120
    assert f'idle_timeout.timeout_seconds, Value: "{idle_s}"' in (DOCKER.parent / "infra" / "portal.yaml").read_text()
    for role in ("web", "insights"):
        assert int(options(ENTRYPOINT.command_for(role, [], configuration))["--keep-alive"]) > idle_s


def test_what_is_not_the_door_is_as_on_premises(configuration):
    web = ENTRYPOINT.command_for("web", [], configuration)
    there = ENTRYPOINT.programs(configuration, ports.plan(configuration))
    assert set(web) - set(there["web-a"]) <= {f"{ENTRYPOINT.ANYWHERE}:8000", "125", "2"}
    assert ENTRYPOINT.command_for("worker", [], configuration) == there["worker-rollouts"]
    assert ENTRYPOINT.command_for("pipelines", [], configuration) == there["worker-pipelines"]
    assert ENTRYPOINT.command_for("queries", [], configuration) == there["worker-queries"]
    assert ENTRYPOINT.command_for("beat", [], configuration) == there["beat"]
    assert ENTRYPOINT.command_for("premises", ["web-b"], configuration) == there["web-b"]
    insights = ENTRYPOINT.command_for("insights", [], configuration)
    assert insights[:2] == DEFAULT_COMMAND[:2]


def test_an_option_that_went_away_is_found():
    with pytest.raises(KeyError, match="--bind"):
        ENTRYPOINT.replace(["gunicorn", "--workers", "2"], {"--bind": "here"})


def test_a_side_takes_two_addresses(configuration):
    command = ENTRYPOINT.command_for("insights", ["127.0.0.1:8111", "127.0.0.1:8112"], configuration)
    assert [command[at + 1] for at, word in enumerate(command) if word == "--bind"] == [
        "127.0.0.1:8111",
        "127.0.0.1:8112",
    ]


def test_a_program_that_is_not_there_is_named(configuration):
    with pytest.raises(SystemExit, match="There is no program 'nobody' on premises; there are beat, events, haproxy"):
        ENTRYPOINT.command_for("premises", ["nobody"], configuration)


def test_notebooks_do_not_start_for_everybody(configuration, monkeypatch):
    monkeypatch.delenv("JUPYTER_TOKEN", raising=False)
    with pytest.raises(SystemExit, match="JUPYTER_TOKEN is empty"):
        ENTRYPOINT.command_for("notebooks", [], configuration)
    monkeypatch.setenv("JUPYTER_TOKEN", "a-secret")
    assert "a-secret" not in ENTRYPOINT.command_for("notebooks", [], configuration)


def test_secrets_come_out_of_files(tmp_path):
    file = tmp_path / "url"
    file.write_text("postgres://somewhere\n")
    assert ENTRYPOINT.read_secrets({"DATABASE_URL_FILE": str(file), "OTHER_FILE": "/nowhere"}) == {
        "DATABASE_URL": "postgres://somewhere"
    }
    with pytest.raises(SystemExit, match="PORTAL_SECRET_KEY_FILE names /nowhere, which can't be read"):
        ENTRYPOINT.read_secrets({"PORTAL_SECRET_KEY_FILE": "/nowhere"})


def test_each_role_says_how_it_is_asked(configuration, monkeypatch):
    monkeypatch.setenv("JUPYTER_TOKEN", "a-secret")
    asked = {
        role: ENTRYPOINT.check_of(ENTRYPOINT.command_for(role, [], configuration))
        for role in ("web", "events", "insights", "notebooks", "worker", "pipelines", "queries", "beat", "migrate")
    }
    page = {"port": 8000, "path": "/healthz", "is_proxied": False}
    assert asked["web"] == asked["events"] == asked["insights"] == page
    assert asked["notebooks"] == {**page, "path": "/jupyter/api"}
    assert (asked["worker"], asked["beat"]) == ({"probe": "worker"}, {"probe": "beat"})
    assert asked["pipelines"] == asked["queries"] == asked["migrate"] == {}
    behind = ENTRYPOINT.check_of(ENTRYPOINT.command_for("premises", ["web-a"], configuration))
    assert behind == {"port": 8102, "path": "/healthz", "is_proxied": True}


def test_the_programs_come_from_the_image_and_not_from_a_folder_of_the_same_name():
    # docker/ is no package: the library of that name must be what the launcher finds.
    done = subprocess.run(
        [sys.executable, "-c", "import docker; print(docker.DockerClient.__name__)"],
        cwd=DOCKER.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "DockerClient"


class Page(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.server.heard = self.headers  # type: ignore[attr-defined]
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(("status", "problem"), [(200, ""), (503, "/healthz answers 503.")])
def test_a_page_is_well_when_it_answers(status, problem, monkeypatch):
    monkeypatch.setenv("PORTAL_ALLOWED_HOSTS", ".example.org,localhost")
    handler = type("Answering", (Page,), {"status": status})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = HEALTH.ask_page({"port": server.server_port, "path": "/healthz", "is_proxied": False})
        server.shutdown()
    assert found == problem
    assert server.heard["Host"] == "example.org"  # type: ignore[attr-defined]


def test_a_process_that_is_not_there_yet_is_not_well(tmp_path, monkeypatch):
    monkeypatch.setattr(HEALTH, "CHECK_FILE", tmp_path / "none.json")
    assert HEALTH.ask() == "The entry point has not come as far as its process."
    (tmp_path / "check.json").write_text(json.dumps({"port": 1, "path": "/healthz", "is_proxied": False}))
    monkeypatch.setattr(HEALTH, "CHECK_FILE", tmp_path / "check.json")
    assert "/healthz does not answer" in HEALTH.ask()


def test_the_page_behind_haproxy_is_asked_in_haproxys_words(tmp_path):
    """A real gunicorn that takes connections from HAProxy only."""
    (tmp_path / "site.py").write_text(
        "def application(environ, start):\n    start('200 OK', [('Content-Length', '0')])\n    return [b'']\n"
    )
    command = (
        *(sys.executable, "-m", "gunicorn", "site_of_test:application", "--bind", "127.0.0.1:0"),
        *("--proxy-protocol", "v2", "--proxy-allow-from", "127.0.0.1", "--no-control-socket"),
    )
    (tmp_path / "site.py").rename(tmp_path / "site_of_test.py")
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=dict(os.environ)) as server:
        assert server.stderr
        port = next(int(line.rpartition(":")[2].split()[0]) for line in server.stderr if "Listening at" in line)
        try:
            assert HEALTH.ask_page({"port": port, "path": "/healthz", "is_proxied": True}) == ""
        finally:
            server.terminate()
            server.stderr.read()


def test_secrets_are_made_once_and_only_where_containers_reach(tmp_path):
    premises = load("premises")
    premises.make_secrets(tmp_path / "secrets")
    made = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    assert made["database_password"] in made["database_url"]
    assert f"requirepass {made['redis_password']}" in made["redis.conf"]
    assert len(made["secret_key"]) >= 50
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    premises.make_secrets(tmp_path / "secrets")
    assert made == {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
