"""The portal's pages asked in this process, as a web process answers them: no network, every middleware."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection

from bench.ground.trouble import Trouble
from portal.accounts.models import User

ADDRESSES = "bench.ground.addresses"


@dataclass(frozen=True)
class Reader:
    """Somebody who is signed in and asks for pages."""

    application: WSGIHandler
    cookie: str

    @classmethod
    def sign_in(cls, user: User) -> "Reader":
        """Will give a reader with a session of `user`, whose addresses include the empty page."""
        settings.ROOT_URLCONF = ADDRESSES
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        return cls(get_wsgi_application(), f"{settings.SESSION_COOKIE_NAME}={session.session_key}")

    def get(self, address: str) -> tuple[float, float]:
        """Will give the milliseconds that the answer took, and those that the processor worked for it.

        Raises Trouble for anything but 200.
        """
        statuses = []
        environ = self._environ(address)

        def start(status: str, _headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
            statuses.append(status)
            return lambda _piece: None

        began, cpu = perf_counter(), process_time()
        answer = self.application(environ, start)
        body = b"".join(answer)
        took_ms, cpu_ms = (perf_counter() - began) * 1000, (process_time() - cpu) * 1000
        # As a server does at the end: Django gives the database's connection back here.
        answer.close()
        if not statuses[0].startswith("200"):
            raise Trouble(f"{address} answered {statuses[0]}: {body[:200]!r}")
        return took_ms, cpu_ms

    def _environ(self, address: str) -> dict[str, Any]:
        parts = urlsplit(address)
        return {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self.cookie,
            "wsgi.input": BytesIO(),
            "wsgi.url_scheme": "http",
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.version": (1, 0),
        }


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Will count the queries of the block, by their first word."""
    found: Counter[str] = Counter()

    def count(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Mapping[str, Any]) -> Any:  # noqa: FBT001 - Django's signature
        found[sql.split(None, 1)[0]] += 1
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(count):
        yield found
