"""HAProxy's runtime socket: one command a connection, and a deadline for the whole of it."""

import csv
import re
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_ANSWER_BYTES = 8 * 1024 * 1024
WORD = re.compile(r"[A-Za-z0-9_./:@+=~-]+")
STAT_FIELDS = frozenset({"pxname", "svname", "status", "check_status", "scur", "req_tot", "hrsp_5xx", "rtime"})
STATE_FIELDS = frozenset({"be_name", "srv_name", "srv_admin_state", "srv_uweight", "srv_iweight"})


class RuntimeSocketError(Exception):
    """HAProxy did not answer, or not as it should; the message says which, without its full stop."""

    def __init__(self, message: str, *, is_refusal: bool = False) -> None:
        super().__init__(message)
        self.is_refusal = is_refusal


@dataclass(frozen=True)
class Runtime:
    """The socket of a running HAProxy."""

    path: Path
    limit_s: float = 2.0

    def ask(self, command: str) -> str:
        """Will send one command and give its answer.

        Raises RuntimeSocketError when the socket is absent, or says nothing, too much or no text in time.
        """
        deadline = time.monotonic() + self.limit_s
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self.limit_s)
                connection.connect(str(self.path))
                connection.sendall(f"{command}\n".encode())
                return _read(connection, deadline).decode()
        except TimeoutError:
            raise RuntimeSocketError(f"HAProxy's socket did not answer within {self.limit_s:g} s") from None
        except OSError as error:
            raise RuntimeSocketError(f"HAProxy's socket does not answer ({error.strerror or error})") from error
        except UnicodeDecodeError:
            raise RuntimeSocketError("HAProxy's socket answered something that is no text") from None

    def tell(self, command: str) -> None:
        """Will send a command that changes something. Success is an empty line; any text is a refusal.

        Raises RuntimeSocketError with what HAProxy said.
        """
        answer = self.ask(command)
        if answer.strip():
            said = " ".join(answer.split())[:200]
            raise RuntimeSocketError(f"HAProxy refused “{command}”: {said}", is_refusal=True)
        if not answer:
            raise RuntimeSocketError(f"HAProxy closed its socket without an answer to “{command}”")

    def map_value(self, file: Path, key: str) -> str | None:
        """Will give what the running HAProxy has for `key`, or None where it has no such key.

        Raises RuntimeSocketError, also when HAProxy does not know the map.
        """
        value = None
        for line in self.ask(f"show map {_word(str(file))}").splitlines():
            if not line.strip():
                continue
            parts = line.split(None, 2)
            if len(parts) != 3 or not parts[0].startswith("0x"):
                raise RuntimeSocketError(f"HAProxy does not know the map {file.name}: {line.strip()[:200]}")
            if parts[1] == key:
                value = parts[2].strip()
        return value

    def set_map(self, file: Path, key: str, value: str) -> None:
        """Will give `key` another value in the running HAProxy, for every request from now on.

        Raises RuntimeSocketError.
        """
        verb = "set" if self.map_value(file, key) is not None else "add"
        self.tell(f"{verb} map {_word(str(file))} {_word(key)} {_word(value)}")

    def unset_map(self, file: Path, key: str) -> None:
        """Will take `key` out of the map of the running HAProxy, for every request from now on.

        Raises RuntimeSocketError.
        """
        if self.map_value(file, key) is not None:
            self.tell(f"del map {_word(str(file))} {_word(key)}")

    def stat(self) -> Sequence[Mapping[str, str]]:
        """Will give the rows of `show stat`.

        Raises RuntimeSocketError when the answer is no such table.
        """
        return _table(self.ask("show stat"), STAT_FIELDS, delimiter=",")

    def servers(self) -> Sequence[Mapping[str, str]]:
        """Will give the rows of `show servers state`.

        Raises RuntimeSocketError when the answer is no such table.
        """
        _, _, table = self.servers_text().partition("\n")
        return _table(table, STATE_FIELDS, delimiter=" ")

    def servers_text(self) -> str:
        """Will give `show servers state` as HAProxy reads it back at its next start.

        Raises RuntimeSocketError when the answer is of another kind.
        """
        text = self.ask("show servers state")
        if not text.startswith("1\n#"):
            raise RuntimeSocketError("HAProxy's list of servers could not be read")
        return text


def _read(connection: socket.socket, deadline: float) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while size <= MAX_ANSWER_BYTES:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        chunk = connection.recv(65536)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        size += len(chunk)
    raise RuntimeSocketError("HAProxy's socket answered without an end")


def _word(text: str) -> str:
    # A space or a semicolon would begin another command.
    if not WORD.fullmatch(text):
        raise RuntimeSocketError(f"{text!r} can't stand in a command to HAProxy")
    return text


def _table(text: str, needed: frozenset[str], *, delimiter: str) -> Sequence[Mapping[str, str]]:
    lines = [line for line in text.removeprefix("# ").splitlines() if line.strip()]
    reader = csv.DictReader(lines, delimiter=delimiter)
    if not needed <= set(reader.fieldnames or ()):
        raise RuntimeSocketError("HAProxy's table of numbers could not be read")
    rows = list(reader)
    if any(row[field] is None for row in rows for field in needed):
        raise RuntimeSocketError("HAProxy's table of numbers ended in the middle of a row")
    return rows
