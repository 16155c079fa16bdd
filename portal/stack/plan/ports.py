"""Every port that Verdigris takes, counted from the settings; which of them are taken, and by which setting."""

import errno
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.configuration import Configuration
from portal.stack.trouble import Trouble


@dataclass(frozen=True)
class Ports:
    """Where each part listens. `host` is for people; everything else is on loopback."""

    host: str
    portal: int
    insights: int
    preview: int
    redis: int | None
    events: int
    web: tuple[int, ...]
    metrics: int

    def named(self) -> dict[str, tuple[str, int]]:
        """Will give each setting's wording with its address, for those ports that Verdigris itself opens."""
        ports = {
            "PORTAL_PORT": (self.host, self.portal),
            "PORTAL_INSIGHTS_PORT": (self.host, self.insights),
            "PORTAL_PREVIEW_PORT": (self.host, self.preview),
        }
        inner = [self.events, *self.web, self.metrics, *([self.redis] if self.redis else [])]
        for port in sorted(inner):
            ports[f"PORTAL_INTERNAL_PORT counts up to {port}"] = ("127.0.0.1", port)
        return ports


def plan(configuration: Configuration) -> Ports:
    """Will count every port from the settings.

    Raises Trouble when two settings want the same port.
    """
    first = configuration.internal_port
    ports = Ports(
        host=configuration.host,
        portal=configuration.port,
        insights=configuration.insights_port,
        preview=configuration.preview_port,
        redis=None if configuration.redis_url else first,
        events=first + 1,
        web=(first + 2, first + 3) if configuration.web_workers > 1 else (first + 2,),
        metrics=first + 4,
    )
    refuse_twice(ports.named())
    return ports


def read(file: Path) -> dict[str, tuple[str, int]]:
    """Will give every port as groundwork wrote them down, those of the copies too."""
    return {name: (str(host), int(port)) for name, (host, port) in json.loads(file.read_text()).items()}


def refuse_taken(named: Mapping[str, tuple[str, int]]) -> None:
    """Will try every port and say nothing if all are free.

    Raises Trouble naming the settings whose ports are taken.
    """
    sentences = []
    for name, (host, port) in named.items():
        problem = _problem(host, port)
        if problem:
            sentences.append(f"Port {port} {problem} ({name}).")
    if sentences:
        raise Trouble(
            " ".join(sentences) + " Nothing was started. Stop what uses it, or set another one, "
            "for example: PORTAL_PORT=9000 make run. See docs/settings.md."
        )


def refuse_twice(named: Mapping[str, tuple[str, int]]) -> None:
    """Will say nothing if every port is wanted once.

    Raises Trouble naming the two that want the same.
    """
    wanted: dict[int, str] = {}
    for name, (_host, port) in named.items():
        if port in wanted:
            raise Trouble(
                f"Port {port} is wanted twice: by {wanted[port]} and by {name}. Nothing was started. "
                "Set one of them to another port."
            )
        wanted[port] = name


def _problem(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the servers do themselves: a connection that lingers after a restart is no reason.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            return "may not be opened by this user, since it is below 1024"
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "is taken by another program"
            return f"can't be opened on {host} ({error.strerror or error})"
        return ""
