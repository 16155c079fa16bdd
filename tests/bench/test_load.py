"""The load generator sees what happens: who answered, what failed, what was asked again."""

import contextlib
import socket
import threading

import pytest

from bench.ground.trouble import Trouble
from bench.ground.waiting import until
from bench.traffic import load
from bench.traffic.load import Lane, Load

ANSWER = b"HTTP/1.1 200 OK\r\nx-colour: blue\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """A server that gives each connection the answers of `script`, and then closes it."""

    def __init__(self, *script: bytes) -> None:
        self.script = script
        self.requests = 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                with connection, contextlib.suppress(OSError):
                    for answer in self.script:
                        if not connection.recv(65536):
                            break
                        self.requests += 1
                        connection.sendall(answer)

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()


def visited(peer: Peer, **lane) -> list[load.Visit]:
    with Load([Lane(peer.port, 50, connections=1, **lane)]) as visitors:
        until(lambda: peer.requests > 5, what="requests came")
    return visitors.visits


def test_it_says_who_answered_and_when():
    with Peer(ANSWER) as peer:
        visits = visited(peer, is_kept=False)
    assert {visit.by for visit in visits} == {"blue"}
    assert load.failed(visits) == load.retried(visits) == 0
    assert all(visit.sent < visit.ended for visit in visits)


def test_a_get_on_a_connection_that_was_closed_while_idle_is_sent_again_and_counted():
    with Peer(ANSWER, ANSWER) as peer:
        visits = visited(peer)
    assert load.failed(visits) == 0
    assert load.retried(visits) > 0


def test_a_post_is_never_sent_again():
    with Peer(ANSWER, ANSWER) as peer:
        visits = visited(peer, method="POST")
    assert load.retried(visits) == 0
    assert load.failed(visits) > 0


@pytest.mark.parametrize("answer", [b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", ANSWER[:-1], b"HTTP/1.1 2"])
def test_what_is_no_whole_good_answer_has_failed(answer):
    with Peer(answer) as peer:
        visits = visited(peer, is_kept=False)
    assert load.failed(visits) == len(visits) > 0


def test_a_chunked_answer_is_read_whole():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nx-colour:\r\n6\r\n green\r\n0\r\n\r\n"
    with Peer(chunked, chunked, chunked) as peer:
        visits = visited(peer)
    assert {visit.by for visit in visits} == {"green"}


def test_an_answer_that_says_not_whose_it_is_is_trouble():
    with Peer(ANSWER) as peer, pytest.raises(Trouble, match="did not say who"):
        visited(peer, is_kept=False, mark="no such word")
