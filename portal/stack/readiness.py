"""Waits until the portal says of itself that it is ready, asked as a visitor would, through HAProxy."""

import http.client
import json
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

from portal.configuration import Configuration
from portal.stack.plan import haproxy_config
from portal.stack.trouble import Trouble

LIMIT_S = 90.0
YOUNG_S = 15


def wait(
    configuration: Configuration, *, processes: Callable[[], list[dict[str, Any]]], limit_s: float = LIMIT_S
) -> None:
    """Will return once /readyz answers 200.

    Raises Trouble, naming what is not ready, when that takes too long.
    """
    deadline = monotonic() + limit_s
    pause = threading.Event()
    seen: dict[str, Any] = {}
    while monotonic() < deadline:
        status, seen = ask(configuration)
        if status == http.client.OK:
            return
        pause.wait(0.25)
    raise Trouble(
        f"Verdigris was not ready after {limit_s:.0f} s: {_missing(seen, processes())} "
        "Everything is stopped again. The log folder in the state folder says more."
    )


def ask(configuration: Configuration) -> tuple[int, dict[str, Any]]:
    """Will ask /readyz through HAProxy; status 0 when nobody answers."""
    host = haproxy_config.reachable(configuration.host).strip("[]")
    connection = http.client.HTTPConnection(host, configuration.port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": haproxy_config.check_host(configuration)})
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return 0, {}
    finally:
        connection.close()
    try:
        return answer.status, dict(json.loads(body))
    except ValueError:
        return answer.status, {}


def _missing(seen: dict[str, Any], processes: list[dict[str, Any]]) -> str:
    parts = [
        f"{name}: {component['sentence']}"
        for name, component in seen.get("components", {}).items()
        if component["state"] not in {"up", "unused"}
    ]
    # One that waits until it is asked for was never started.
    started = [info for info in processes if info["start"] or info["statename"] != "STOPPED"]
    parts += [
        f"the process {info['name']} does not run ({info['description'] or info['statename']})."
        for info in started
        if info["statename"] != "RUNNING"
    ]
    parts += [
        f"the process {info['name']} ends again and again; {info['name']}.log says why."
        for info in started
        if info["statename"] == "RUNNING" and info["now"] - info["start"] < YOUNG_S
    ]
    return " ".join(parts) or "no web process answers."
