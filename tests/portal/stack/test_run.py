"""The whole stack runs: the door, the parts behind it, and what happens when one of them is killed."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portal.stack import running
from tests.portal.stack.running import Stack, await_true

pytestmark = [pytest.mark.onprem, pytest.mark.alone]
FIRST = 19400


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    started = running.start(tmp_path_factory.mktemp("run"), FIRST)
    try:
        started.read_until("Ctrl-C stops everything.", limit_s=240)
        yield started
    finally:
        status = started.stop()
    assert (status, running.left_behind(started.state_dir)) == (0, [])


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill_and_await(stack: Stack, name: str) -> None:
    before = stack.pid_of(name)
    os.kill(before, signal.SIGKILL)
    await_true(lambda: stack.pid_of(name) not in {0, before}, limit_s=20, what=f"{name} is back")


def test_it_prints_one_address_and_who_can_sign_in(stack: Stack) -> None:
    assert running.READY.format(FIRST) in stack.output
    assert re.search(r"^ {2}ada +\S{8,} +approver$", stack.output, re.MULTILINE)


def test_every_part_is_up(stack: Stack) -> None:
    await_true(lambda: stack.readiness()[0] == 200, limit_s=60, what="ready")
    _, components = stack.readiness()
    assert {part["state"] for part in components.values()} == {"up"}
    assert set(components) == {"database", "migrations", "queue", "worker", "beat", "proxy", "disk"}
    assert all(part["since"] and part["sentence"] for part in components.values())


def test_the_released_site_has_its_own_name_on_the_same_port(stack: Stack) -> None:
    by_name = stack.get("/version", host=f"insights.localhost:{FIRST}")
    by_port = stack.get("/version", port=FIRST + 1)
    assert by_name[0] == by_port[0] == 200
    assert b'"version": "1.0.0"' in by_name[1]


def test_numbers_are_not_behind_the_peoples_door(stack: Stack) -> None:
    assert stack.get("/metrics")[0] == 404
    status, body = stack.get("/metrics", port=FIRST + 9)
    assert status == 200
    assert b'verdigris_process_up{process="redis"} 1.0' in body
    assert stack.get("/metrics/haproxy", port=FIRST + 9)[0] == 200
    assert stack.get("/", port=FIRST + 9)[0] == 404


@pytest.mark.parametrize("name", ["events", "beat", "worker-rollouts", "visitors", "redis", "haproxy"])
def test_a_killed_process_comes_back(stack: Stack, name: str) -> None:
    kill_and_await(stack, name)
    await_true(lambda: is_ready(stack), limit_s=60, what="ready again")


def is_ready(stack: Stack) -> bool:
    try:
        return stack.readiness()[0] == 200
    except OSError:
        return False  # the door itself was killed


def test_no_page_fails_while_web_processes_are_killed(stack: Stack) -> None:
    end = threading.Event()
    answers: list[int | str] = []

    def look() -> None:
        while not end.wait(0.02):
            try:
                answers.append(stack.get("/healthz")[0])
            except OSError as error:
                answers.append(repr(error))

    lookers = [threading.Thread(target=look) for _ in range(4)]
    for looker in lookers:
        looker.start()
    try:
        for name in ("web-a", "web-b"):
            for worker in children(stack.pid_of(name)):
                os.kill(worker, signal.SIGKILL)
            end.wait(1.0)
        kill_and_await(stack, "web-a")
    finally:
        end.set()
        for looker in lookers:
            looker.join()
    assert len(answers) > 50
    assert set(answers) == {200}


def test_without_redis_it_says_so_and_pages_go_on(stack: Stack) -> None:
    stack.supervisor.call("stopProcess", "redis")
    try:
        status, components = stack.readiness()
        assert status == 503
        assert components["queue"]["state"] == "down"
        assert (components["worker"]["state"], components["beat"]["state"]) == ("unknown", "unknown")
        assert components["database"]["state"] == components["proxy"]["state"] == "up"
        assert stack.get("/healthz")[0] == 200
        assert stack.get("/version", port=FIRST + 1)[0] == 200
    finally:
        stack.supervisor.call("startProcess", "redis")
    await_true(lambda: stack.readiness()[0] == 200, limit_s=60, what="ready with Redis")


def test_without_web_processes_a_page_says_what_goes_on(stack: Stack) -> None:
    try:
        for name in ("web-a", "web-b"):
            stack.supervisor.call("stopProcess", name, False)  # doesn't wait
        await_true(lambda: stack.get("/healthz")[0] == 503, limit_s=10, what="the page")
        status, body = stack.get("/")
        assert status == 503
        assert b"The sites it releases are served as before" in body
        assert stack.get("/version", port=FIRST + 1)[0] == 200
    finally:
        for name in ("web-a", "web-b"):
            await_true(lambda name=name: stack.state_of(name) == "STOPPED", limit_s=30, what=f"{name} has stopped")
            stack.supervisor.call("startProcess", name, False)
    await_true(lambda: is_ready(stack), limit_s=60, what="ready again")


def test_a_second_start_of_the_same_folder_is_refused(stack: Stack) -> None:
    second = running.start(stack.state_dir, FIRST)
    output, _ = second.process.communicate(timeout=30)
    assert second.process.returncode == 1
    assert f"Verdigris already runs from this state folder (process {stack.process.pid})" in output
    assert f"Open http://localhost:{FIRST}" in output


def test_a_start_on_taken_ports_names_them_and_starts_nothing(stack: Stack, tmp_path: Path) -> None:
    other = running.start(tmp_path / "other", FIRST)
    output, _ = other.process.communicate(timeout=30)
    assert other.process.returncode == 1
    assert f"Port {FIRST} is taken by another program (PORTAL_PORT)." in output
    assert "Nothing was started." in output
    assert running.left_behind(tmp_path / "other") == []


def test_the_sites_configuration_can_be_read_anew(stack: Stack) -> None:
    done = subprocess.run(
        [stack.process.args[0], "-m", "portal.stack.reload"],  # type: ignore[index]
        env=running.environment(stack.state_dir, FIRST),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert stack.get("/version", port=FIRST + 1)[0] == 200
