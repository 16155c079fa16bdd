"""The sample's visitors: they look at the released site's pages, so that a release has traffic to be judged by.

Run as a file, with nothing but the standard library: `python visitors.py --host H --port P --per-second N`.
A site that is down, slow or broken is exactly what they must live through.
"""

import argparse
import http.client
import random
import re
import sys
import threading
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from time import monotonic

THREADS = 4
VISITORS = 40  # for each thread; some leave and come back as somebody new
LINKS = re.compile(rb'href="(/[^"#?]*)"')
START = "/"
NOT_PAGES = ("/static/", "/healthz", "/version")
LIMIT_S = 10.0


@dataclass
class Visitor:
    """Somebody with a cookie, and the links that the last page gave."""

    cookies: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)

    def choose(self, chance: random.Random) -> str:
        """Will give the page to look at next: mostly one that the last page leads to."""
        return chance.choice(self.links) if self.links and chance.random() < 0.8 else START

    def take(self, path: str, body: bytes, headers: list[str]) -> None:
        """Will keep the cookies and the links of an answer."""
        for header in headers:
            try:
                self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(header).items()})
            except CookieError:
                continue
        found = {link.decode("ascii", "ignore") for link in LINKS.findall(body)}
        pages = sorted(link for link in found if not link.startswith(NOT_PAGES))
        self.links = pages or ([] if path == START else self.links)


class Walk(threading.Thread):
    """One thread of visitors, who share a connection as people behind one address do."""

    def __init__(self, host: str, port: int, per_second: float, seed: int) -> None:
        super().__init__(daemon=True)
        self._address = (host, port)
        self._gap_s = 1 / per_second
        self._chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self._visitors = [Visitor() for _ in range(VISITORS)]
        self._connection: http.client.HTTPConnection | None = None
        self._pause = threading.Event()

    def run(self) -> None:
        failures = 0
        while True:
            began = monotonic()
            failures = 0 if self._visit() else failures + 1
            # Evenly spread chance around the gap; while nobody answers, ever fewer knock, down to one in 2 s.
            gap_s = max(self._gap_s, min(2.0, 0.1 * failures)) * self._chance.uniform(0.5, 1.5)
            self._pause.wait(max(0.0, began + gap_s - monotonic()))

    def _visit(self) -> bool:
        number = self._chance.randrange(len(self._visitors))
        if self._chance.random() < 0.02:
            self._visitors[number] = Visitor()
        visitor = self._visitors[number]
        path = visitor.choose(self._chance)
        try:
            body, headers = self._get(path, visitor)
        except (OSError, http.client.HTTPException):
            self._forget()
            return False
        visitor.take(path, body, headers)
        return True

    def _get(self, path: str, visitor: Visitor) -> tuple[bytes, list[str]]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(*self._address, timeout=LIMIT_S)
        headers = {"User-Agent": "verdigris-sample-visitor", "Accept": "text/html"}
        if visitor.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.will_close:
            self._forget()
        return body, answer.headers.get_all("Set-Cookie", [])

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def main(arguments: list[str]) -> None:
    """Will send visitors until the process is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--per-second", type=float, required=True)
    options = parser.parse_args(arguments)
    walks = [Walk(options.host, options.port, options.per_second / THREADS, seed) for seed in range(THREADS)]
    for walk in walks:
        walk.start()
    for walk in walks:
        walk.join()


if __name__ == "__main__":
    main(sys.argv[1:])
