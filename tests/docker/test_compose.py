"""docker/compose.yaml keeps to the Compose Specification, and to what the rest of the repository says."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from portal.configuration import Configuration
from portal.stack.plan import haproxy_config, ports
from portal.stack.plan.binaries import Binary
from portal.stack.plan.programs import list_all
from releases.targets.onprem import config as onprem

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
STATE = "/var/lib/verdigris"
COMPOSE = shutil.which("podman-compose")
OURS = {"migrate", "haproxy-configuration", "web-a", "web-b", "events", "worker", "pipelines", "queries", "beat"}


def compose() -> dict[str, Any]:
    """The file as Compose reads it where nothing is set: every variable at its default."""
    text = (DOCKER / "compose.yaml").read_text()
    return yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text))


def service(name: str) -> dict[str, Any]:
    return compose()["services"][name]


def test_it_keeps_to_the_compose_specification():
    read = PyCompose.from_json(json.dumps(compose()))
    read.validate()
    assert set(read.service_names()) == {*OURS, "postgres", "redis", "haproxy", "insights-a", "insights-b"}


@pytest.mark.skipif(COMPOSE is None, reason="there is no podman-compose, which reads the file as a Compose does")
def test_a_real_compose_reads_it():
    done = subprocess.run(
        [str(COMPOSE), "--file", str(DOCKER / "compose.yaml"), "config"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    read = yaml.safe_load(done.stdout)["services"]
    assert set(read) == {*OURS, "postgres", "redis", "haproxy", "insights-a", "insights-b"}
    assert read["web-a"]["environment"]["PORTAL_LAUNCHER"] == "docker"
    assert read["worker"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_the_specification_finds_mistakes():
    wrong = compose()
    wrong["services"]["beat"]["restarts"] = "always"
    with pytest.raises(ValueError, match="restarts"):
        PyCompose.from_json(json.dumps(wrong))
    missing = compose()
    del missing["secrets"]["ledger_key"]
    with pytest.raises(ValueError, match="ledger_key"):
        PyCompose.from_json(json.dumps(missing)).validate()


def test_no_secret_is_written_into_it():
    text = (DOCKER / "compose.yaml").read_text()
    assert not re.search(r"(?i)(password|secret_key|ledger_key|_url): (?!\{file|/run/secrets/)\S", text)
    assert {one["file"] for one in compose()["secrets"].values()} == {
        f"./secrets/{name}" for name in compose()["secrets"]
    }


def test_nothing_of_ours_may_write_or_gain_anything():
    for name in (*OURS, "haproxy", "insights-a", "insights-b"):
        one = service(name)
        assert one["read_only"]
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges"]


def test_only_what_starts_copies_reaches_the_engine():
    reaching = {name for name in compose()["services"] if "docker.sock" in json.dumps(service(name))}
    assert reaching == {"web-a", "web-b", "worker"}


def test_the_state_folder_has_one_path_on_the_machine_and_inside():
    for name in (*OURS, "haproxy"):
        folder = service(name)["volumes"][0]
        assert folder["source"] == folder["target"] == STATE


def test_every_port_is_the_one_that_is_planned():
    # The settings of compose.yaml, in the names that Configuration takes.
    configuration = Configuration(redis_url="redis://127.0.0.1:6379/0", state_dir=Path(STATE))
    planned = ports.plan(configuration)
    site = onprem.read("insights", json.loads((DOCKER / "premises.json").read_text()), folder=Path(STATE) / "site")
    text = haproxy_config.render(
        configuration, planned, [site], socket=Path("/s"), state_file=Path("/f"), errors=Path("/e")
    )
    for name, side in (("insights-a", onprem.Side.A), ("insights-b", onprem.Side.B)):
        role, *addresses = service(name)["command"]
        assert role == "insights"
        assert addresses == [f"127.0.0.1:{port}" for port in site.copy_ports[side]]
        assert all(f" {address}" in text for address in addresses)
    assert f"127.0.0.1:{planned.metrics}/metrics/haproxy" in service("haproxy")["healthcheck"]["test"][-1]
    assert site.image == service("insights-a")["image"]


def test_each_program_of_the_stack_has_its_service():
    configuration = Configuration(redis_url="redis://127.0.0.1:6379/0", state_dir=Path(STATE))
    haproxy = Binary("haproxy", Path("haproxy"), (), is_from_wheel=False)
    listed = {one.name for one in list_all(configuration, ports.plan(configuration), haproxy=haproxy, redis=None)}
    run = {service(name)["command"][1] for name in OURS if service(name)["command"][0] == "premises"}
    # HAProxy has its own image; the sample's visitors and the notebooks stay at home (docs/docker.md).
    left = {
        name for name in listed if name in {"haproxy", "visitors", "worker-notebooks"} or name.startswith("notebook-")
    }
    assert run == listed - left


def test_what_ends_gets_the_time_that_it_may_take():
    from portal.celery import TASK_LIMIT_S  # noqa: PLC0415 - configures the queue's app when it is read

    for name in ("worker", "pipelines", "queries"):
        assert int(service(name)["stop_grace_period"].removesuffix("s")) > TASK_LIMIT_S
