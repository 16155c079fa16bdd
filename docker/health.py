"""Is this container's process well? Ends with 0 for yes and 1 for no, with a sentence.

Pages are asked over HTTP. A worker and beat are asked for by the portal's own probes; what can't be told, since Redis
is away, is no reason to start them again: they wait for it by themselves.
"""

import http.client
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CHECK_FILE = Path("/tmp/verdigris.check.json")  # noqa: S108 - the container's own; entrypoint.py writes it
LIMIT_S = 6
# Version 2, the command LOCAL: "this is a check of the proxy's own" (HAProxy's proxy-protocol.txt, 2.2).
PROXY_LOCAL = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"


def ask_page(check: dict[str, Any]) -> str:
    """Will give what is wrong with the page, or "" where it answers 200."""
    first = os.environ.get("PORTAL_ALLOWED_HOSTS", "").split(",")[0].strip().removeprefix(".")
    headers = {"Host": first if first not in {"", "*"} else "localhost", "X-Forwarded-Proto": "https"}
    connection = http.client.HTTPConnection("127.0.0.1", check["port"], timeout=LIMIT_S)
    try:
        connection.connect()
        if check["is_proxied"]:
            connection.sock.sendall(PROXY_LOCAL)
        connection.request("GET", check["path"], headers=headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"{check['path']} does not answer ({error})."
    finally:
        connection.close()
    return "" if status == http.HTTPStatus.OK else f"{check['path']} answers {status}."


def ask_probe(name: str) -> str:
    """Will give what the portal's probe says against the process, or ""."""
    sys.path.insert(0, str(ROOT))
    import django  # noqa: PLC0415 - half a second that pages need not spend

    django.setup()
    from portal.health import probes  # noqa: PLC0415 - after django.setup()

    finding = probes.ALL[name]()
    return finding.sentence if finding.state is probes.State.DOWN else ""


def ask() -> str:
    """Will give what is wrong, or ""."""
    if not CHECK_FILE.exists():
        return "The entry point has not come as far as its process."
    check = json.loads(CHECK_FILE.read_text())
    if "probe" in check:
        return ask_probe(check["probe"])
    return ask_page(check) if "port" in check else ""


if __name__ == "__main__":
    problem = ask()
    if problem:
        sys.exit(problem)
