"""Copies of the insights site as an on-premises environment runs them, and a reader who asks one of them."""

import http.client
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from bench.ground import waiting
from bench.traffic import sockets
from portal.configuration import BASE_DIR
from releases.targets import registry
from releases.targets.base import Artifact
from releases.targets.onprem import copies
from releases.targets.onprem.config import Side
from releases.targets.onprem.sides import Held

NAME = "bench-insights"
VERSION = "1.0.0"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 40.0


@contextmanager
def running() -> Iterator[list[int]]:
    """Will run one side's copies of this checkout while the block lasts, and give their ports."""
    live, preview, *ports = sockets.free(6)
    addresses = {"live": {"host": "127.0.0.1", "port": live}, "preview": {"host": "127.0.0.1", "port": preview}}
    site = registry.site_for(NAME, {**addresses, "copy_ports": {"a": ports[:2], "b": ports[2:]}})
    held = Held(Artifact("insights", VERSION, "", "0" * 40), token=NAME, group=NAME)
    with ExitStack() as stack:
        for copy in copies.of(site, Side.A, held, BASE_DIR):
            stack.enter_context(started(copy.command, port=copy.port, environment=dict(copy.environment), log=copy.log))
        yield ports[:2]


@contextmanager
def started(
    command: Sequence[str], *, port: int, environment: dict[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """Will run a web process of this checkout while the block lasts, from the moment that it listens."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=BASE_DIR, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        waiting.until(lambda: sockets.listens(port), what="the site answers", limit_s=START_LIMIT_S)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class Answer:
    """One answer, and how long it was from the request's first byte to the answer's last one."""

    took_ms: float
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Reader:
    """A browser's kept connection to one copy. It is closed with the copy."""

    def __init__(self, port: int, **headers: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Host": "localhost", "Accept-Encoding": "gzip", **headers}

    def ask(self, path: str, **headers: str) -> Answer:
        """Will ask for a page, and give what came."""
        began = perf_counter()
        self._connection.request("GET", path, headers={**self._headers, **headers})
        answer = self._connection.getresponse()
        body = answer.read()
        return Answer((perf_counter() - began) * 1000, answer.status, answer.headers, body)
