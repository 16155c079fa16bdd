"""Ports of the benchmarks' own, and whether something listens there."""

import socket

FIRST, LAST = 19730, 19899


def free(count: int) -> list[int]:
    """Will give ports that nothing listens on."""
    found: list[int] = []
    for port in range(FIRST, LAST + 1):
        if len(found) < count and not _is_taken(port):
            found.append(port)
    return found


def listens(port: int) -> bool:
    """Will tell whether a connection is accepted."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False
