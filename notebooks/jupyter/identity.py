"""Who is at the browser, asked of the portal. Jupyter keeps no account, no password and no token of its own.

Runs inside the fence, in Jupyter's own process. HAProxy lets nobody but the owner in and takes the portal's session out
of the request before it comes here; what is left is the ticket of one opening, which is worth nothing elsewhere.
"""

import asyncio
import http.client
import json
import os
import socket
from dataclasses import dataclass
from time import monotonic
from typing import Any

from jupyter_server.auth import IdentityProvider, User
from tornado.web import RequestHandler

from notebooks.jupyter.names import COOKIE, PERSON, WHOAMI

# How long somebody who signed out may still be served, and how many tickets are remembered.
KNOWN_FOR_S = 8.0
MOST_KNOWN = 64
LIMIT_S = 3.0


@dataclass(frozen=True)
class _Known:
    user: User | None
    until: float


class PortalIdentity(IdentityProvider):
    """Will know the server's owner by the portal's word, and nobody while the portal says nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._known: dict[str, _Known] = {}
        self._owner = os.environ[PERSON]
        self._socket = os.environ["COVID_PORTAL"].removeprefix("http+unix://")

    @property
    def auth_enabled(self) -> bool:
        return True

    @property
    def login_available(self) -> bool:
        return False

    @property
    def logout_available(self) -> bool:
        return False

    async def get_user(self, handler: RequestHandler) -> User | None:
        """Will give the owner, or None for everybody else; the portal's answer counts for KNOWN_FOR_S."""
        ticket = handler.get_cookie(COOKIE)
        if not ticket:
            return None
        known = self._known.get(ticket)
        if known is None or known.until < monotonic():
            known = _Known(await asyncio.to_thread(self._ask, ticket), monotonic() + KNOWN_FOR_S)
            self._remember(ticket, known)
        return known.user

    def _remember(self, ticket: str, known: _Known) -> None:
        self._known.pop(ticket, None)
        self._known[ticket] = known
        while len(self._known) > MOST_KNOWN:
            self._known.pop(next(iter(self._known)))

    def _ask(self, ticket: str) -> User | None:
        connection = _Door(self._socket)
        try:
            connection.request("GET", WHOAMI, headers={"Cookie": f"{COOKIE}={ticket}"})
            answer = connection.getresponse()
            said = json.loads(answer.read()) if answer.status == http.client.OK else {}
            if str(said.get("person", "")) != self._owner:
                return None
            return User(username=str(said["username"]), name=str(said["name"]), display_name=str(said["name"]))
        except (OSError, http.client.HTTPException, ValueError, AttributeError, KeyError) as error:
            self.log.warning("the portal did not say who this is, so nobody is let in: %s", error)
            return None
        finally:
            connection.close()


class _Door(http.client.HTTPConnection):
    """A connection over the portal's unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("portal", timeout=LIMIT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
