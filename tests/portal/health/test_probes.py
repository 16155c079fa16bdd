"""The probes against a real Redis, and against its absence."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from portal import runtime_paths
from portal.health import heartbeat, probes
from portal.health.probes import State
from portal.stack.plan import binaries


@pytest.fixture
def redis(tmp_path: Path, settings: Any) -> Iterator[subprocess.Popen[bytes]]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    server = subprocess.Popen(
        [binaries.find(binaries.REDIS).path, "--port", str(port), "--dir", tmp_path, "--save", ""],
        stdout=subprocess.PIPE,
    )
    assert server.stdout
    for line in server.stdout:
        if b"Ready to accept" in line:
            break
    yield server
    server.kill()
    server.communicate()
    heartbeat.client().close()


def states() -> dict[str, State]:
    return {probe.__name__: probe().state for probe in (probes.queue, probes.worker, probes.beat)}


def test_a_tick_done_in_time_means_that_both_are_there(redis: object) -> None:
    heartbeat.mark()
    assert states() == {"queue": State.UP, "worker": State.UP, "beat": State.UP}


def test_without_a_tick_and_with_an_empty_queue_nobody_sends_them(redis: object) -> None:
    assert states() == {"queue": State.UP, "worker": State.UNKNOWN, "beat": State.DOWN}
    assert probes.beat().sentence.startswith("No tick has been done yet. None is in the queue")


def test_ticks_that_wait_mean_that_no_worker_takes_them(redis: object, settings: Any) -> None:
    with Redis.from_url(settings.REDIS_URL) as client:
        client.set(heartbeat.KEY, "1000000000.0")
        client.rpush("rollouts", "tick", "tick")
    assert states() == {"queue": State.UP, "worker": State.DOWN, "beat": State.UP}
    assert "2 ticks wait in the queue and no worker takes them" in probes.worker().sentence


def test_without_redis_the_others_cannot_be_told(redis: subprocess.Popen[bytes]) -> None:
    heartbeat.mark()
    redis.kill()
    redis.wait()
    assert states() == {"queue": State.DOWN, "worker": State.UNKNOWN, "beat": State.UNKNOWN}


@pytest.mark.django_db
def test_the_database_and_its_migrations() -> None:
    assert probes.database().state is State.UP
    assert probes.migrations().state is State.UP


def test_a_proxy_that_belongs_here_and_is_silent_is_down(settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path / "s"
    runtime_paths.make_folders(settings.STATE_DIR)
    assert probes.proxy().state is State.UNUSED
    (settings.STATE_DIR / "run" / "haproxy.cfg").touch()
    assert probes.proxy().state is State.DOWN
    shutil.rmtree(settings.STATE_DIR)


def test_a_full_disk_is_said(settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path
    assert probes.disk().state is State.UP
    settings.STATE_DIR = tmp_path / "gone"
    assert probes.disk().state is State.DOWN
