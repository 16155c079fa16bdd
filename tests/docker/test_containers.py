"""The image is built, its processes start, say that they are well, and let their work end when they are told to."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from portal.stack.plan import binaries
from tests.docker import engine as engines
from tests.docker import test_libraries
from tests.docker.engine import Container, Engine, Room

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(bool(engines.reason_against()), reason=engines.reason_against() or "none"),
    pytest.mark.alone,
]
IMAGE = "localhost/verdigris:test"
COMMIT = "5f2c9d6e" * 5
# Beyond the base, whose size is not ours. What weighs so much stands in docs/docker.md.
MOST_MEGABYTES = 580
QUEUE = {"PORTAL_REDIS_URL": "redis://127.0.0.1:6379/0"}


@pytest.fixture(scope="module")
def engine() -> Engine:
    made = Engine()
    made.prepare()
    seconds = made.build(IMAGE, target="portal", VERSION="1.2.3", COMMIT=COMMIT)
    size, base = (made.inspect(one)["Size"] / 1e6 for one in (IMAGE, engines.BASE))
    print(f"{size:.0f} MB, {base:.0f} of them the base's, built in {seconds:.0f} s")  # noqa: T201 - pytest shows it with -s
    return made


@pytest.fixture
def room(engine: Engine) -> Iterator[Room]:
    yield from engines.rooms(engine, IMAGE, binaries.find(binaries.REDIS).path)


def inside(engine: Engine, script: str) -> str:
    return engine.call("podman", "run", "--rm", "--network", "none", "--entrypoint", "/bin/sh", IMAGE, "-c", script)


def test_the_image_is_small_says_what_it_is_and_runs_as_nobody_special(engine):
    image = engine.inspect(IMAGE)
    assert image["Size"] - engine.inspect(engines.BASE)["Size"] < MOST_MEGABYTES * 1e6
    assert image["Config"]["User"] == "10001:10001"
    assert image["Config"]["StopSignal"] == "SIGTERM"
    labels = image["Config"]["Labels"]
    assert labels["org.opencontainers.image.version"] == "1.2.3"
    assert labels["org.opencontainers.image.revision"] == COMMIT


def test_no_key_no_history_and_no_tests_are_in_any_layer(engine, tmp_path):
    engine.call("podman", "save", "--format", "docker-dir", "--output", str(tmp_path / "image"), IMAGE, limit_s=200)
    layers = json.loads((tmp_path / "image" / "manifest.json").read_text())["layers"]
    assert len(layers) >= 4
    names = set()
    for layer in layers:
        blob = tmp_path / "image" / layer["digest"].removeprefix("sha256:")
        names |= set(engine.call("tar", "--list", "--file", str(blob)).splitlines())
    assert "srv/verdigris/manage.py" in names
    ours = [name for name in names if not name.startswith("usr/")]
    for forbidden in (
        r"secret_key|ledger_key",
        r"srv/verdigris/(\.git|tests|var|simulator)/",
        r"\.sqlite3",
        r"(^|/)\.env",
    ):
        assert not [name for name in ours if re.search(forbidden, name)]
    for library in ("pip", "pytest", "moto", "pandas", "polars", "jupyterlab"):
        assert not [name for name in names if re.match(rf"opt/venv/lib/python[^/]+/site-packages/{library}/", name)]


def test_all_of_our_code_finds_its_libraries(engine):
    engine.call(
        *(
            "podman",
            "run",
            "--rm",
            "--network",
            "none",
            "--entrypoint",
            "python",
            IMAGE,
            "-c",
            test_libraries.IMPORT_ALL,
        )
    )


def test_the_insights_site_answers_and_lets_an_answer_in_flight_end(room):
    site = room.start("insights", "insights", PORTAL_FAULT_PERCENT="100", PORTAL_FAULT_DELAY_MS="3000")
    seconds = site.wait_until_well(limit_s=60)
    print(f"insights is well after {seconds:.1f} s")  # noqa: T201 - a figure
    assert '"version": "1.2.3"' in room.ask("/version")
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(room.ask, "/")
        # The request is on its way when its connection is: /proc lists it in the room that all share.
        while not _is_connected(room):
            assert not answer.done()
            Event().wait(0.05)
        site.terminate()
        assert answer.result(timeout=20).startswith("500 ")
    assert site.wait_for_end(limit_s=30) == 0
    assert "Handling signal: term" in site.log()


def test_the_portal_migrates_answers_and_ends_when_it_is_told_to(room):
    migrate = room.start("migrate", "migrate", **QUEUE)
    assert migrate.wait_for_end(limit_s=120) == 0, migrate.log()
    web = room.start("web", "web", **QUEUE)
    seconds = web.wait_until_well(limit_s=60)
    print(f"web is well after {seconds:.1f} s")  # noqa: T201 - a figure
    page = room.ask("/accounts/sign-in/")
    assert page.startswith("200 ")
    style = re.search(r'href="(/static/[^"]+\.css)"', page)
    assert style
    assert room.ask(style[1]).startswith("200 ")
    web.terminate()
    assert web.wait_for_end(limit_s=30) == 0


def test_the_worker_takes_beats_ticks_and_both_workers_end_warm(room):
    assert room.start("migrate", "migrate", **QUEUE).wait_for_end(limit_s=120) == 0
    worker = room.start("worker", "worker", **QUEUE)
    queries = room.start("queries", "queries", **QUEUE)
    beat = room.start("beat", "beat", **QUEUE)
    seconds = worker.wait_until_well(limit_s=60)
    print(f"worker is well after {seconds:.1f} s")  # noqa: T201 - a figure
    for container in (queries, beat):
        container.wait_until_well(limit_s=60)
    while not _last_tick(room):
        assert worker.state()["Running"], worker.log()
        Event().wait(0.2)
    for container in (beat, queries, worker):
        container.terminate()
        assert container.wait_for_end(limit_s=90) == 0, container.log()
    assert all("Warm shutdown" in container.log() for container in (queries, worker))


def test_on_premises_haproxy_reads_what_the_image_writes_and_finds_the_pages(room):
    assert room.start("migrate", "migrate", **QUEUE).wait_for_end(limit_s=120) == 0
    written = room.start("configuration", "haproxy", **QUEUE)
    assert written.wait_for_end(limit_s=60) == 0, written.log()
    haproxy = binaries.find(binaries.HAPROXY).path
    proxy = room.start_beside("proxy", haproxy, "-W", "-db", "-f", "/var/lib/verdigris/run/haproxy.cfg")
    web = room.start("web-a", "premises", "web-a", **QUEUE)
    web.wait_until_well(limit_s=60)
    _wait_for_the_door(room, proxy)
    while not (page := room.ask("/accounts/sign-in/")).startswith("200 "):
        assert proxy.state()["Running"], proxy.log()
        assert page.startswith("503 "), page
        Event().wait(0.2)
    assert room.ask("/metrics").startswith("404 ")
    assert "haproxy_process_" in room.ask("/metrics/haproxy", port=8104)


def test_events_are_streamed_by_a_process_of_their_own(room):
    assert room.start("migrate", "migrate", **QUEUE).wait_for_end(limit_s=120) == 0
    events = room.start("events", "events", **QUEUE)
    events.wait_until_well(limit_s=60)
    events.terminate()
    assert events.wait_for_end(limit_s=20) == 0


def test_a_secret_comes_out_of_a_file_and_a_missing_one_is_named(room):
    lost = room.start("lost", "web", DATABASE_URL_FILE="/run/secrets/nothing")
    assert lost.wait_for_end(limit_s=20) == 1
    assert "DATABASE_URL_FILE names /run/secrets/nothing, which can't be read" in lost.log()


def test_a_site_whose_snapshot_cant_be_had_says_so_and_does_not_start(room):
    site = room.start("astray", "insights", SNAPSHOT_POINTER="https://elsewhere/current.json")
    assert site.wait_for_end(limit_s=20) == 1
    assert "The site was not started: SNAPSHOT_POINTER is 'https://elsewhere/current.json'." in site.log()


def test_what_the_docker_launcher_says_is_run_as_it_stands(room):
    own = room.start("own", "python", "-c", "import os; print('pid', os.getpid(), os.getuid())")
    assert own.wait_for_end(limit_s=20) == 0
    assert "pid 1 10001" in own.log()


def test_a_container_that_lost_its_page_is_not_well(room):
    site = room.start("empty", "insights", PORTAL_SNAPSHOT="/nowhere.duckdb")
    _wait_for_the_door(room, site)
    assert not site.is_well()


ENGAGED = "import socket; socket.create_connection(('127.0.0.1', 8000), timeout=2)"
# The state ESTABLISHED of /proc/net/tcp, to port 8000.
CONNECTED = "import sys; sys.exit(not any(' 0100007F:1F40 01 ' in line for line in open('/proc/net/tcp')))"
TICK = """
import socket
redis = socket.create_connection(("127.0.0.1", 6379))
redis.sendall(b"GET verdigris:last_tick\\r\\n")
print(redis.recv(99))
"""


def _wait_for_the_door(room: Room, container: Container) -> None:
    while not room.engine.succeeds("podman", "exec", room.name, "python", "-c", ENGAGED):
        assert container.state()["Running"], container.log()
        Event().wait(0.1)


def _is_connected(room: Room) -> bool:
    return room.engine.succeeds("podman", "exec", room.name, "python", "-c", CONNECTED)


def _last_tick(room: Room) -> bool:
    return "$-1" not in room.engine.call("podman", "exec", room.name, "python", "-c", TICK)


def test_the_base_stands_in_one_place():
    text = (engines.ROOT / "docker" / "Dockerfile").read_text()
    assert f"ARG BASE={engines.BASE}\n" in text
    assert Path(engines.ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
