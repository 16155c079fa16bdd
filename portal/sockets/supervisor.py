"""The API of the supervisord that keeps every process of this machine: XML-RPC over its socket."""

import http.client
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError
from xmlrpc.client import Fault, ProtocolError, ResponseError, ServerProxy, Transport

WITHOUT_WAITING = False  # the last argument of startProcess and stopProcess
# supervisor.xmlrpc.Faults, by what they mean here: it already is as it was asked to be.
BAD_NAME, ALREADY_STARTED, NOT_RUNNING, ALREADY_ADDED, STILL_RUNNING = 10, 60, 70, 90, 91


class SupervisorError(Exception):
    """The process supervisor refused or did not answer; the message says what happened, without its full stop."""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, limit_s: float) -> None:
        super().__init__("localhost", timeout=limit_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _Transport(Transport):
    def __init__(self, path: Path, limit_s: float) -> None:
        super().__init__()
        self._path = path
        self._limit_s = limit_s

    def make_connection(self, _host: Any) -> UnixConnection:
        return UnixConnection(self._path, self._limit_s)


@dataclass(frozen=True)
class SupervisorApi:
    """The API of a running supervisord; also the way to signal HAProxy, which it runs as well."""

    path: Path
    limit_s: float = 4.0

    def call(self, method: str, *arguments: Any, settled: Sequence[int] = ()) -> Any:
        """Will call `supervisor.<method>`; a fault listed in `settled` counts as done and gives None.

        Raises SupervisorError.
        """
        proxy = ServerProxy("http://localhost", transport=_Transport(self.path, self.limit_s))
        try:
            with proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except Fault as fault:
            if fault.faultCode in settled:
                return None
            raise SupervisorError(f"The process supervisor refused {method} ({fault.faultString})") from fault
        except TimeoutError:
            raise SupervisorError(f"The process supervisor did not answer within {self.limit_s:g} s") from None
        except OSError as error:
            raise SupervisorError(f"The process supervisor does not answer ({error.strerror or error})") from error
        except (ProtocolError, ResponseError, ExpatError, http.client.HTTPException, ValueError) as error:
            raise SupervisorError("The process supervisor answered something that can't be read") from error
