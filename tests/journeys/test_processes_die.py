"""Processes are killed at the worst moments. In the end there is one right state, and nothing was done twice."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from portal.configuration import BASE_DIR
from tests.journeys.conftest import House, sentence_of
from tests.journeys.people import colours
from tests.portal.stack import running
from tests.portal.stack.running import await_true

pytestmark = [pytest.mark.onprem, pytest.mark.alone]


def manage(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=BASE_DIR,
        env=running.environment(house.stack.state_dir, house.stack.port),
        capture_output=True,
        text=True,
        check=False,
    )


def kill(house: House, name: str) -> None:
    pid = house.stack.pid_of(name)
    os.kill(pid, signal.SIGKILL)
    await_true(lambda: house.stack.pid_of(name) not in {0, pid}, limit_s=30, what=f"{name} is back")
    await_true(lambda: answers(house), limit_s=30, what=f"the portal answers after {name} was killed")


def answers(house: House) -> bool:
    try:
        return house.stack.get("/healthz")[0] == 200
    except OSError:
        return False


def names(house: House, start: str) -> list[str]:
    return [
        f"{info['group']}:{info['name']}"
        for info in house.stack.supervisor.call("getAllProcessInfo")
        if info["group"].startswith(start) and info["statename"] in {"RUNNING", "STARTING"}
    ]


def moves(house: House, number: int) -> list[tuple[str, str]]:
    events = house.ada.client.get(f"/api/v1/events/?rollout={number}").raise_for_status().json()["results"]
    found = [(event.get("from_state", ""), event.get("to_state", "")) for event in events]
    return [move for move in found if move[1]]


@pytest.mark.parametrize("victim", ["worker-rollouts", "beat", "redis", "haproxy", "web-a"])
def test_killed_at_every_state_that_lasts_it_comes_to_its_end(house: House, victim: str) -> None:
    green = house.other()
    number = house.dora.open(green)
    kill(house, victim)
    house.ada.await_state(number, "ready")
    kill(house, victim)
    house.ada.on_rollout(number, "approve")
    house.ada.on_rollout(number, "promote")
    house.ada.await_state(number, "shifting")
    kill(house, victim)
    house.ada.on_rollout(number, "skip")
    house.ada.await_state(number, "baking", "succeeded", limit_s=60)
    kill(house, victim)
    house.ada.await_state(number, "succeeded", limit_s=120)
    assert colours(house.stack) == {green}
    told = moves(house, number)
    assert len(told) == len(set(told)), told
    assert manage(house, "ledger", "verify").returncode == 0


def test_roll_back_works_while_redis_is_stopped(house: House) -> None:
    blue = house.serving
    number = house.promoted(house.other())
    supervisor = house.stack.supervisor
    supervisor.call("stopProcess", "redis")
    try:
        assert house.otto.on_rollout(number, "roll_back").status_code == 200
        assert colours(house.stack) == {blue}
        house.ada.await_state(number, "rolled_back", limit_s=20)
    finally:
        supervisor.call("startProcess", "redis")


def die(house: House, name: str) -> None:
    house.stack.supervisor.call("stopProcess", name)


def hang(house: House, name: str) -> None:
    # Its sockets stay open, and nobody answers.
    info = house.stack.supervisor.call("getProcessInfo", name)
    os.killpg(os.getpgid(info["pid"]), signal.SIGSTOP)


@pytest.mark.parametrize("hurt", [die, hang])
def test_a_green_that_dies_or_hangs_with_traffic_is_rolled_back(house: House, hurt: Callable) -> None:
    blue = house.serving
    number = house.promoted(house.other())
    copies = names(house, f"covid-insights-production.{green_side(house)}.")
    assert len(copies) == 2
    for name in copies:
        hurt(house, name)
    rollout = house.ada.await_state(number, "rolled_back", limit_s=60)
    # A hanging green is found by its checks or by its visitors' errors, whichever comes first.
    assert rollout["reason"]["code"] in {"green_unhealthy", "analysis_failed"}
    assert colours(house.stack) == {blue}


def green_side(house: House) -> str:
    kept = json.loads(next(house.stack.state_dir.glob("onprem/*/sides.json")).read_text())
    return "b" if kept["blue"] == "a" else "a"


def test_a_green_that_never_comes_up_is_taken_down_with_its_last_words(house: House) -> None:
    commit = house.ada.client.get("/api/v1/releases/?service=covid-insights").json()["results"][0]["commit"]
    version = f"9.0.{os.getpid()}"
    said = manage(
        house,
        *("release", "record", "covid-insights", version, "--commit", commit),
        *("--variable", "PORTAL_FAULT_PERCENT=lots", "--as", "dora"),
    )
    assert said.returncode == 0, said.stderr + said.stdout
    number = house.dora.open(version)
    rollout = house.ada.await_state(number, "rolled_back", limit_s=150)
    assert rollout["reason"]["code"] in {"green_failed", "green_too_slow"}
    assert "PORTAL_FAULT_PERCENT" in sentence_of(house.ada.see(f"/rollouts/{number}/"))
