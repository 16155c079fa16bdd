"""What one environment on this machine is made of: addresses, ports, the command of a copy. Typed, read once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,160}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MAX_COPIES = 16
DEFAULT_COMMAND = (
    *("gunicorn", "portal.wsgi:application", "--bind", "127.0.0.1:{port}"),
    *("--workers", "1", "--worker-class", "gthread", "--threads", "8"),
    # Loaded before it forks: a release that can't be loaded ends at once, where a worker would be forked for ever.
    "--preload",
    # Longer than HAProxy keeps an idle connection, so that it is never the copy that closes first.
    *("--keep-alive", "75", "--graceful-timeout", "{drain_s}", "--no-control-socket"),
    *("--access-logfile", "/dev/null", "--error-logfile", "-"),
)


class SiteError(ValueError):
    """The environment's configuration can't be used; the message says why."""


class Side(StrEnum):
    """The physical halves. Which of them is blue changes with every release."""

    A = "a"
    B = "b"

    @property
    def other(self) -> "Side":
        return Side.B if self is Side.A else Side.A


@dataclass(frozen=True)
class Address:
    """Where HAProxy listens."""

    host: str
    port: int


@dataclass(frozen=True)
class Site:
    """One environment on this machine. `{port}` and `{drain_s}` in `command` are filled in for every copy."""

    name: str
    folder: Path
    live: Address
    preview: Address
    copy_ports: Mapping[Side, tuple[int, ...]]
    command: tuple[str, ...] = DEFAULT_COMMAND
    environment: Mapping[str, str] = field(default_factory=dict)
    health_path: str = "/healthz"
    check_ms: int = 500
    drain_s: int = 20
    settle_s: int = 10  # a copy that ends sooner has not come up; longer than a slow start takes to fail
    max_connections: int = 2000
    copy_connections: int = 200
    visitor_days: int = 30
    is_https: bool = False  # whether people come over HTTPS, decided in front of HAProxy
    image: str = ""  # for Docker: what runs a checkout that has no image of its own
    reads: tuple[Path, ...] = ()  # for Docker: what copies may read besides their checkout, at the same paths

    @property
    def split_map(self) -> Path:
        return self.folder / "split.map"

    @property
    def preview_map(self) -> Path:
        return self.folder / "preview.map"

    @property
    def preview_url(self) -> str:
        host = f"[{self.preview.host}]" if ":" in self.preview.host else self.preview.host
        return f"http://{host}:{self.preview.port}/"


KEYS = {
    "live": "an object with host and port",
    "preview": "an object with host and port",
    "copy_ports": 'an object such as {"a": [8111, 8112], "b": [8121, 8122]}',
    "command": "a list of words",
    "environment": "an object of names and texts",
    "health_path": "a path that begins with /",
    "check_ms": "a whole number from 100 to 60000",
    "drain_s": "a whole number from 0 to 3600",
    "settle_s": "a whole number from 1 to 600",
    "max_connections": "a whole number from 1 to 1000000",
    "copy_connections": "a whole number from 1 to 1000000",
    "visitor_days": "a whole number from 1 to 400",
    "is_https": "true or false",
    "image": "an image's name",
    "reads": "a list of absolute paths",
}


def read(name: str, value: Any, *, folder: Path, defaults: Mapping[str, Any] | None = None) -> Site:
    """Will make a Site from an environment's configuration; what it leaves out is taken from `defaults`.

    Raises SiteError with a sentence for the first mistake.
    """
    if not NAME.fullmatch(name):
        raise SiteError(f"{name!r} can't name an environment here: letters, digits, _ and - only.")
    if not isinstance(value, Mapping):
        raise SiteError("The configuration of an on-premises environment is an object of names and values.")
    unknown = sorted(set(map(str, value)) - set(KEYS))
    if unknown:
        raise SiteError(f"An on-premises environment knows no {', '.join(unknown)}; it knows {', '.join(KEYS)}.")
    given = {**(defaults or {}), **value}
    missing = [key for key in ("live", "preview", "copy_ports") if key not in given]
    if missing:
        raise SiteError(f"An on-premises environment needs {' and '.join(missing)}.")
    parts = {key: _read(key, raw) for key, raw in given.items()}
    site = Site(name=name, folder=folder, **parts)
    _refuse_shared_ports(site)
    return site


def _read(key: str, raw: Any) -> Any:
    reader: Callable[[str, Any], Any] = _READERS.get(key, _whole)
    return reader(key, raw)


def _wrong(key: str, raw: Any) -> SiteError:
    return SiteError(f"{key} is {KEYS[key]}, not {raw!r}.")


def _port(key: str, raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= 65535:
        raise SiteError(f"{key}: a port is a whole number from 1 to 65535, not {raw!r}.")
    return raw


def _address(key: str, raw: Any) -> Address:
    if isinstance(raw, Address):
        return raw
    if not isinstance(raw, Mapping) or set(raw) != {"host", "port"}:
        raise _wrong(key, raw)
    host = raw["host"]
    # It is written into HAProxy's configuration, so nothing but an address passes.
    if not isinstance(host, str) or not re.fullmatch(r"[0-9A-Za-z.:-]{1,253}", host):
        raise SiteError(f"{key}: the host is an address or a name, not {host!r}.")
    return Address(host, _port(key, raw["port"]))


def _copy_ports(key: str, raw: Any) -> dict[Side, tuple[int, ...]]:
    if not isinstance(raw, Mapping) or {str(side) for side in raw} != {"a", "b"}:
        raise _wrong(key, raw)
    ports = {}
    for side in Side:
        listed = raw[side]
        if not isinstance(listed, list | tuple) or not 2 <= len(listed) <= MAX_COPIES:
            raise SiteError(f"{key}: side {side} has 2 to {MAX_COPIES} copies, a port for each, not {listed!r}.")
        ports[side] = tuple(_port(key, port) for port in listed)
    return ports


def _command(key: str, raw: Any) -> tuple[str, ...]:
    is_list = isinstance(raw, list | tuple) and raw
    if not is_list or not all(isinstance(word, str) and "\0" not in word for word in raw):
        raise _wrong(key, raw)
    if not any("{port}" in word for word in raw):
        raise SiteError(f"{key} must say {{port}} where the copy's port belongs.")
    return tuple(raw)


def environment(key: str, raw: Any) -> dict[str, str]:
    """Will check the environment variables of a copy.

    Raises SiteError for a name that is none, or a value that isn't a text.
    """
    if not isinstance(raw, Mapping):
        raise SiteError(f"{key} is {KEYS['environment']}, not {raw!r}.")
    for name, text in raw.items():
        if not isinstance(name, str) or not VARIABLE.fullmatch(name):
            raise SiteError(f"{key}: {name!r} is no name of an environment variable.")
        # The value may be a secret, so it isn't repeated.
        if not isinstance(text, str) or "\0" in text:
            raise SiteError(f"{key}: {name} must be a text.")
    return dict(raw)


def _health_path(key: str, raw: Any) -> str:
    if not isinstance(raw, str) or not re.fullmatch(r"/[0-9A-Za-z/._~-]{0,200}", raw):
        raise _wrong(key, raw)
    return raw


def _truth(key: str, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise _wrong(key, raw)
    return raw


def _image(key: str, raw: Any) -> str:
    if not isinstance(raw, str):
        raise _wrong(key, raw)
    return raw


def _paths(key: str, raw: Any) -> tuple[Path, ...]:
    if not isinstance(raw, list | tuple) or not all(isinstance(path, str) and path.startswith("/") for path in raw):
        raise _wrong(key, raw)
    return tuple(map(Path, raw))


def _whole(key: str, raw: Any) -> int:
    low, high = map(int, re.findall(r"\d+", KEYS[key]))
    if isinstance(raw, bool) or not isinstance(raw, int) or not low <= raw <= high:
        raise _wrong(key, raw)
    return raw


_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    "live": _address,
    "preview": _address,
    "copy_ports": _copy_ports,
    "command": _command,
    "environment": environment,
    "health_path": _health_path,
    "is_https": _truth,
    "image": _image,
    "reads": _paths,
}


def _refuse_shared_ports(site: Site) -> None:
    ports = [site.live.port, site.preview.port, *site.copy_ports[Side.A], *site.copy_ports[Side.B]]
    twice = sorted({port for port in ports if ports.count(port) > 1})
    if twice:
        raise SiteError(f"Each address and copy needs a port of its own; {', '.join(map(str, twice))} stands twice.")
