"""Visitors by the hundred, for as long as a test needs them."""

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Load:
    """`threads` visitors on kept connections, each asking again `pause_s` after an answer.

    A connection that the other end closed while it was idle is opened again and asked once more, as a browser does;
    only GETs may be.
    """

    port: int
    path: str = "/"
    method: str = "GET"
    threads: int = 8
    pause_s: float = 0.005
    is_kept: bool = True
    counts: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    reopened: int = 0
    worst_s: float = 0.0

    def __enter__(self):
        self._stop = threading.Event()
        self._workers = [threading.Thread(target=self._visit, args=(number,)) for number in range(self.threads)]
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for worker in self._workers:
            worker.join()

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def _visit(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": f"vid=00000000-0000-4000-8000-{number:012d}"}
        sent = 0
        while not self._stop.wait(self.pause_s):
            sent += 1
            path = self.path.replace("{id}", f"{number}-{sent}")
            began = time.monotonic()
            try:
                status, body = self._ask(connection, path, headers)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                connection.close()
                continue
            self.worst_s = max(self.worst_s, time.monotonic() - began)
            self.counts[body if status == 200 else status] += 1
            if status != 200:
                self.failures.append(f"{status}: {body[:60]}")
            if not self.is_kept:
                connection.close()
        connection.close()

    def _ask(self, connection, path, headers):
        is_kept = connection.sock is not None
        try:
            return self._once(connection, path, headers)
        except (ConnectionError, http.client.RemoteDisconnected):
            connection.close()
            if not is_kept or self.method != "GET":
                raise
            self.reopened += 1
            return self._once(connection, path, headers)

    def _once(self, connection, path, headers):
        connection.request(self.method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
