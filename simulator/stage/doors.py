"""What stands behind a name or a listener of the account, answered on this machine, so that a browser can look at it.

A load balancer of the simulated account has a name that nobody resolves. A door is an address of this machine that
sends each request the way the name's record sets and the listener's weights send it now, to a real copy of what the
target group's tasks run.
"""

import http.client
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from moto.elbv2.models import elbv2_backends

from simulator import traffic
from simulator.operations import Context
from simulator.services.elbv2.targets import TARGETS
from simulator.services.route53 import answers, zones
from simulator.stage.copies import HOST, Copies, CopyError
from simulator.world import WORLD

ANSWER_LIMIT_S = 60
# Those that belong to one connection and not to what it carries (RFC 9110, section 7.6.1).
HOP_BY_HOP = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length"})
Container = Mapping[str, Any]
# Gives, for one request, the container definition of a task that may answer it; None where nobody can.
Way = Callable[[], Container | None]


def to_listener(balancer: str, port: int, context: Context) -> Way:
    """Will lead to the listener at `port` of the load balancer that is called `balancer` in DNS."""

    def choose() -> Container | None:
        with WORLD.lock:
            found = _balancer(balancer, context)
            shares = traffic.shares_at(found, port, context) if found else {}
            offered = {group: share for group, share in shares.items() if share > 0}
            if not offered:
                return None
            group = random.choices(list(offered), list(offered.values()))[0]  # noqa: S311 - chance, not secrecy
            is_well = any(one.is_well and one.leaves_at is None for one in TARGETS.of(group))
            return next(iter(traffic.containers_of(group)), None) if is_well else None

    return choose


def to_name(zone_id: str, name: str, port: int, context: Context) -> Way:
    """Will lead to the load balancer that one of the name's record sets, chosen by health and weight, points at."""

    def choose() -> Container | None:
        with WORLD.lock:
            served = zones.served(zones.zone_of(zone_id, context))
            found = [one for key, one in served.items() if key[0] == zones.clean(name)]
            if not found:
                return None
            record = answers.choose(found, random.randrange(1000))  # noqa: S311 - chance, not secrecy
            leads_to = (record.alias_target or {}).get("DNSName", "")
            return to_listener(leads_to, port, context)()

    return choose


def _balancer(name: str, context: Context) -> Any:
    balancers = elbv2_backends[context.account][context.region].load_balancers.values()
    return next((one for one in balancers if zones.clean(one.dns_name) == zones.clean(name)), None)


@dataclass
class Doors:
    """The open doors. `images` gives the version by the digest of its image."""

    copies: Copies
    images: dict[str, str] = field(default_factory=dict)
    _servers: list["_Server"] = field(default_factory=list)

    def open(self, way: Way) -> str:
        """Will answer at an address of this machine by `way`, and give that address."""
        server = _Server(partial(self._copy, way))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self._servers.append(server)
        return f"http://{HOST}:{server.server_port}/"

    def close(self) -> None:
        """Will close all doors and end the copies behind them."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self.copies.end()

    def _copy(self, way: Way) -> int | None:
        made = way()
        if made is None:
            return None
        version = self.images.get(str(made["image"]).rpartition("@")[2])
        if version is None:
            raise CopyError(f"Nobody here knows what is in the image {made['image']}.")
        return self.copies.port_of(version, traffic.variables_of(made))


class _Server(ThreadingHTTPServer):
    """`choose` gives, for one request, the port of the copy to ask; None where no task is healthy."""

    daemon_threads = True

    def __init__(self, choose: Callable[[], int | None]) -> None:
        super().__init__((HOST, 0), _Handler)
        self.choose = choose


class _Handler(BaseHTTPRequestHandler):
    """Hands one request on."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Will answer as the copy does; 503 and 502 as an Application Load Balancer where none can."""
        try:
            port = self.server.choose()
        except CopyError as error:
            self._say(502, f"502 Bad Gateway. {error}")
            return
        if port is None:
            self._say(503, "503 Service Temporarily Unavailable. No task behind this listener is healthy now.")
            return
        self._hand_on(port)

    do_HEAD = do_GET  # noqa: N815 - the base class's names
    do_POST = do_GET  # noqa: N815

    def _hand_on(self, port: int) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: one for name, one in self.headers.items() if name.lower() not in HOP_BY_HOP}
        connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_LIMIT_S)
        try:
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._say(502, f"502 Bad Gateway. The task did not answer ({error}).")
            return
        finally:
            connection.close()
        self._answer(answer.status, answer.getheaders(), content, answer.headers.get("Content-Length"))

    def _say(self, status: int, text: str) -> None:
        self._answer(status, [("Content-Type", "text/plain; charset=utf-8")], text.encode())

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes, length: str | None = None) -> None:
        self.send_response_only(status)
        for name, one in headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, one)
        # What HEAD leaves out still has its length.
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Will write nothing: the copies' logs say more."""
