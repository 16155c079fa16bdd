"""A portal that answers over HTTP, with the sample to read and a worker for its queries, for code outside of it."""

import contextlib
import socket
import threading
from datetime import timedelta

from django.db import connection

from analytics.operations import queries
from portal import clock
from portal.accounts import tokens
from portal.accounts.permissions import Scope

PATIENCE_S = 0.2


@contextlib.contextmanager
def answering():
    """Will see to every query that is asked, as the worker of the queue does."""
    is_over = threading.Event()

    def work():
        while not is_over.wait(0.02):
            for query_id in queries.due():
                queries.advance(query_id, now=clock.now(), patience_s=PATIENCE_S)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        is_over.set()
        worker.join()


def write_token(person, path, *scopes):
    """Will write a token of the person's into a file, as a kernel finds it."""
    _, secret = tokens.make(
        owner=person,
        name="kernel",
        scopes=scopes or [Scope.READ, Scope.QUERY],
        valid_for=timedelta(hours=1),
        now=clock.now(),
    )
    path.write_text(secret)
    return path


@contextlib.contextmanager
def door(path, address):
    """Will pass what comes in at a Unix socket on to a server of this machine, as HAProxy does."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o666)
    listener.listen(16)

    def carry(one, other):
        with contextlib.suppress(OSError):
            while content := one.recv(1 << 16):
                other.sendall(content)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def pass_on(inside):
        with inside, socket.create_connection(address) as outside:
            back = threading.Thread(target=carry, args=(outside, inside))
            back.start()
            carry(inside, outside)
            back.join()

    def serve():
        passing = []
        with contextlib.suppress(OSError):
            while True:
                inside, _ = listener.accept()
                passing.append(threading.Thread(target=pass_on, args=(inside,)))
                passing[-1].start()
        for one in passing:
            one.join()

    server = threading.Thread(target=serve)
    server.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        server.join()
