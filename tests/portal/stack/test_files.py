"""The configuration files, judged by the programs that read them."""

import configparser
import subprocess
import sys
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from portal import runtime_paths
from portal.configuration import Configuration
from portal.stack.__main__ import refuse_path
from portal.stack.plan import binaries, error_page, files, haproxy_config, ports, programs, redis_config
from portal.stack.trouble import Trouble


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    made = Configuration(state_dir=tmp_path / "grün", redis_url="", web_workers=3)
    runtime_paths.make_folders(made.state_dir)
    return made


def write(configuration: Configuration) -> Path:
    planned = ports.plan(configuration)
    redis = binaries.find(binaries.REDIS)
    listed = programs.list_all(configuration, planned, haproxy=binaries.find(binaries.HAPROXY), redis=redis)
    files.write_all(configuration, planned, listed, redis=redis)
    return runtime_paths.run_folder(configuration.state_dir)


def test_supervisord_reads_its_file(configuration: Configuration) -> None:
    run = write(configuration)
    options = ServerOptions()
    options.realize(["-c", str(run / "supervisord.conf")], doc="")
    commands = {group.name: group.process_configs[0].command for group in options.process_group_configs}
    assert {
        "redis",
        "haproxy",
        "web-a",
        "web-b",
        "events",
        "worker-rollouts",
        "worker-pipelines",
        "worker-queries",
        "worker-notebooks",
        "beat",
        "visitors",
        *(f"notebook-{slot}" for slot in range(1, configuration.notebook_slots + 1)),
    } == set(commands)
    assert "rollouts@%h" in commands["worker-rollouts"]
    assert str(run / "redis.conf") in commands["redis"]


def test_every_process_comes_back_by_itself(configuration: Configuration) -> None:
    parser = configparser.RawConfigParser()
    parser.read(write(configuration) / "supervisord.conf")
    sections = {name: parser[name] for name in parser.sections() if name.startswith("program:")}
    assert all(section["killasgroup"] == "true" for section in sections.values())
    for name, section in sections.items():
        # A notebook server waits until somebody opens it, and has ended when it ends well.
        is_on_demand = name.startswith("program:notebook-")
        assert section["autostart"] == ("false" if is_on_demand else "true")
        assert section["autorestart"] == ("unexpected" if is_on_demand else "true")


def test_the_workers_are_shared_out_between_the_web_servers(configuration: Configuration) -> None:
    parser = configparser.RawConfigParser()
    parser.read(write(configuration) / "supervisord.conf")
    assert "--workers 2 " in parser["program:web-a"]["command"]
    assert "--workers 1 " in parser["program:web-b"]["command"]


def test_what_holds_a_password_is_its_owners_alone(configuration: Configuration) -> None:
    run = write(configuration)
    assert (run / "redis.conf").stat().st_mode & 0o777 == 0o600
    assert run.stat().st_mode & 0o777 == 0o700


def test_no_visitors_are_sent_when_none_are_wanted(tmp_path: Path) -> None:
    quiet = Configuration(state_dir=tmp_path, sample_visitors_per_s=0)
    listed = programs.list_all(quiet, ports.plan(quiet), haproxy=binaries.find(binaries.HAPROXY), redis=None)
    assert {"visitors", "redis"}.isdisjoint(program.name for program in listed)


def test_haproxy_accepts_its_file(tmp_path: Path) -> None:
    configuration = Configuration(state_dir=tmp_path, is_https=True, allowed_hosts=".example.org")
    runtime_paths.make_folders(tmp_path)
    errors = runtime_paths.run_folder(tmp_path) / "errors"
    files.write_errors(errors.parent)
    runtime_paths.tickets_map(tmp_path).touch()
    text = haproxy_config.render(
        configuration,
        ports.plan(configuration),
        [],
        socket=tmp_path / "haproxy.sock",
        state_file=tmp_path / "haproxy.state",
        errors=errors,
    )
    file = tmp_path / "haproxy.cfg"
    file.write_text(text)
    haproxy = binaries.find(binaries.HAPROXY).path
    checked = subprocess.run([haproxy, "-c", "-q", "-f", file], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "hdr Host example.org" in text
    assert "set-header X-Forwarded-Proto https" in text


def test_redis_writes_every_change_down() -> None:
    text = redis_config.render(port=1, password="secret", folder=Path("/somewhere"))
    assert {"appendonly yes", "appendfsync everysec", "bind 127.0.0.1", "requirepass secret"} <= set(text.splitlines())


def test_each_error_page_is_a_whole_answer() -> None:
    for page, told in ((error_page.render(), b"served as before"), (error_page.render_notebook(), b"What you saved")):
        head, _, body = page.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert f"Content-Length: {len(body)}".encode() in head
        assert told in body


def test_a_path_that_haproxy_cannot_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="path has a ' ', which"):
        refuse_path(Configuration(state_dir=tmp_path / "my state"))


def test_the_stack_itself_never_loads_django_models(tmp_path: Path) -> None:
    probe = "import sys, portal.stack.__main__; sys.exit('django.db.models' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
