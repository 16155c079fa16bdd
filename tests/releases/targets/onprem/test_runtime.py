"""A socket that lies, hangs, stutters or isn't there."""

import shutil
import socket
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.sockets.haproxy import Runtime, RuntimeSocketError
from portal.sockets.supervisor import SupervisorApi
from releases.targets.base import TargetError
from releases.targets.onprem import config
from releases.targets.onprem.haproxy.traffic import Traffic
from releases.targets.onprem.launchers.base import LauncherError
from releases.targets.onprem.launchers.supervisor import SupervisorLauncher
from releases.targets.onprem.target import OnPremises
from tests.releases.targets.onprem.test_config import GOOD


@contextmanager
def answering(path: Path, answer: bytes | None):
    """Answers every connection with the same bytes, or with nothing at all and without an end."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen(8)
    kept = []

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            kept.append(connection)
            if answer is not None:
                connection.recv(65536)
                try:
                    connection.sendall(answer)
                finally:
                    connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)
    for connection in kept:
        connection.close()


@pytest.fixture
def place():
    folder = Path(tempfile.mkdtemp(prefix="vd-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


def target(place: Path, limit_s: float = 0.3) -> OnPremises:
    site = config.read("shop", GOOD, folder=place / "shop")
    launcher = SupervisorLauncher(SupervisorApi(place / "s.sock", limit_s), place / "copies.d")
    return OnPremises(site, Traffic(site, Runtime(place / "h.sock", limit_s)), launcher)


def test_an_empty_line_is_success_and_any_text_a_refusal(place):
    runtime = Runtime(place / "h.sock", 0.3)
    with answering(place / "h.sock", b"\n"):
        runtime.tell("set map x y 1")
    (place / "h.sock").unlink()
    with (
        answering(place / "h.sock", b"entry not found.\n\n"),
        pytest.raises(RuntimeSocketError, match=r"refused .* entry not found") as caught,
    ):
        runtime.tell("set map x y 1")
    assert caught.value.is_refusal


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\n",
        b"Unknown command\n",
        b"\xff\xfe\x00",
        b"<html>502</html>",
        b"0x1 share_b lots\n",
        b"0x1 share_b 99999\n",
        b"# pxname,svname,\nbe_shop_a",
        b"x" * 100_000,
    ],
)
def test_an_answer_that_is_none_is_an_error_that_may_pass(place, answer):
    with answering(place / "h.sock", answer), pytest.raises(TargetError) as caught:
        target(place).observe(None)
    assert not caught.value.permanent
    assert caught.value.code == "balancer-unanswered"


def test_a_socket_that_hangs_does_not_hold_us(place):
    began = time.monotonic()
    with answering(place / "h.sock", None), pytest.raises(TargetError, match=r"did not answer within 0\.3 s") as caught:
        target(place).observe(None)
    assert time.monotonic() - began < 2
    assert not caught.value.permanent


def test_a_socket_that_is_not_there_is_told(place):
    with pytest.raises(TargetError, match="HAProxy's socket does not answer") as caught:
        target(place).observe(None)
    assert not caught.value.permanent


@pytest.mark.parametrize("word", ["a b", "a;b", "a\nb", ""])
def test_no_second_command_can_be_smuggled_in(place, word):
    with pytest.raises(RuntimeSocketError, match="can't stand in a command"):
        Runtime(place / "h.sock").map_value(Path(f"/{word} x"), "share_b")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<nothing/",
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 92\r\n\r\n"
            b"<methodResponse><params><param><value><int>7</int></value></param></params></methodResponse>"
        ),
    ],
)
def test_a_supervisor_that_lies_is_an_error_with_a_sentence(place, answer):
    launcher = SupervisorLauncher(SupervisorApi(place / "s.sock", 0.3), place)
    with answering(place / "s.sock", answer), pytest.raises(LauncherError, match="process supervisor"):
        launcher.states("shop.a.x")


def test_a_supervisor_that_hangs_does_not_hold_us(place):
    launcher = SupervisorLauncher(SupervisorApi(place / "s.sock", 0.3), place)
    with answering(place / "s.sock", None), pytest.raises(LauncherError, match="did not answer within"):
        launcher.states("shop.a.x")


@pytest.mark.parametrize("group", ["", "../x", "a b", "x\n[program:evil]"])
def test_a_group_that_could_break_out_of_its_file_is_refused(place, group):
    launcher = SupervisorLauncher(SupervisorApi(place / "s.sock", 0.3), place)
    for verb in (lambda: launcher.start(group, []), lambda: launcher.stop(group)):
        with pytest.raises(LauncherError, match="can't name a group"):
            verb()
