"""The one way from a notebook to the portal: HTTP over a socket of this machine, or HTTPS.

COVID_PORTAL says where it is: http+unix:///portal/portal.sock, https://portal.example.org, or http:// on this machine.
COVID_TOKEN_FILE names a file with a token that lives only for a while; it is read at each call, so that a new one
serves at once. Nothing else of the portal is known here, and no key of AWS ever is.
"""

import io
import json
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit

from .problems import BrokenOffError, CovidError

ARROW = "application/vnd.apache.arrow.stream"
TIMEOUT_S = 120.0
# A restarted portal is back within seconds. What is sent again is a read, or carries an Idempotency-Key.
PAUSES_S = (0.2, 1.0, 3.0)
# Arrow's reader asks for every part by itself: small ones come together, and what is larger is read right into place.
READ_AHEAD_BYTES = 1 << 16
_LONGEST_BODY = 10_000
_IS_LATER = frozenset({429, 502, 503, 504})

Query = Mapping[str, str | int]


def get(path: str, query: Query | None = None) -> Any:
    """Will read JSON at an address of the portal's API, such as /api/v1/data/measures/. Raises CovidError."""
    with stream(path, query, accept="application/json") as body:
        return json.load(body)


def post(path: str, content: Mapping[str, Any], *, key: str = "") -> Any:
    """Will send JSON and read the JSON that comes back. Raises CovidError.

    With `key`, an Idempotency-Key, it is sent again when the connection breaks: the portal does it once.
    """
    sent = json.dumps(content, default=str).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    with _answered("POST", path, headers, sent, is_repeatable=bool(key)) as response:
        return json.load(response)


@contextmanager
def stream(path: str, query: Query | None = None, *, accept: str = ARROW) -> Iterator[io.BufferedReader]:
    """Will give the body as it arrives, to be read once. Raises CovidError."""
    address = f"{quote(path)}?{urlencode(query)}" if query else quote(path)
    with _answered("GET", address, {"Accept": accept}) as response:
        yield io.BufferedReader(response, READ_AHEAD_BYTES)


def portal() -> str:
    """Will say where the portal is. Raises CovidError where nobody said so."""
    found = os.environ.get("COVID_PORTAL", "")
    if not found:
        raise CovidError(
            "COVID_PORTAL isn't set, so this process knows no portal. Nothing was asked. "
            "Open the notebook from the portal, or set COVID_PORTAL and COVID_TOKEN_FILE."
        )
    return found


@contextmanager
def _answered(
    method: str, path: str, headers: Mapping[str, str], body: bytes | None = None, *, is_repeatable: bool = True
) -> Iterator[HTTPResponse]:
    connection, response = _ask(method, path, headers, body, is_repeatable=is_repeatable)
    try:
        if response.status >= 400:
            _refuse(response)
        yield response
    except (OSError, HTTPException) as error:
        raise BrokenOffError(error) from error
    finally:
        connection.close()


def _ask(
    method: str, path: str, headers: Mapping[str, str], body: bytes | None, *, is_repeatable: bool
) -> tuple[HTTPConnection, HTTPResponse]:
    last: Exception | None = None
    for pause_s in (*PAUSES_S, None) if is_repeatable else (None,):
        connection = _connection(portal())
        try:
            connection.request(method, path, body, {**headers, "Authorization": f"Bearer {_token()}"})
            response = connection.getresponse()
            if response.status not in _IS_LATER or pause_s is None:
                return connection, response
        except (OSError, HTTPException) as error:
            last = error
        connection.close()
        if pause_s is not None:
            # Waits as a person would before asking again; an interrupt ends it.
            threading.Event().wait(pause_s)
    raise CovidError(
        f"The portal didn't answer ({type(last).__name__}: {last}). What it had begun goes on there. "
        "Wait a moment and run the cell again.",
        code="no-answer",
    ) from last


def _token() -> str:
    path = os.environ.get("COVID_TOKEN_FILE", "")
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError as error:
        raise CovidError(
            f"The token can't be read from COVID_TOKEN_FILE ({path or 'not set'}). Nothing was asked. "
            "Open the notebook from the portal again.",
            code="no-token",
        ) from error


def _connection(address: str) -> HTTPConnection:
    parts = urlsplit(address)
    if parts.scheme == "http+unix":
        return _OverSocket(parts.path)
    if parts.scheme == "https" and parts.hostname:
        return HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    if parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}:
        return HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
    raise CovidError(
        f"COVID_PORTAL is {address!r}: a token isn't sent there. Nothing was asked. "
        "Set it to http+unix:///path/to/socket or https://host."
    )


class _OverSocket(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(self._path)


def _refuse(response: HTTPResponse) -> NoReturn:
    """Raises the portal's own sentence, which says what to do."""
    text = response.read(_LONGEST_BODY).decode("utf-8", "replace")
    try:
        said = json.loads(text)
        raise CovidError(str(said["detail"]), code=str(said["reasons"][0]["code"]))
    except (ValueError, LookupError, TypeError):
        raise CovidError(
            f"The portal answered {response.status} {response.reason}. Nothing was done. "
            "Try again; if it stays so, tell whoever runs the portal.",
            code=f"http-{response.status}",
        ) from None
