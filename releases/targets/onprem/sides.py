"""What the target remembers: which side is blue, what each side holds, and the split that was asked for.

It is one file per environment, replaced at once, and changed only under the environment's lock.
"""

import fcntl
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from releases.targets.base import Artifact, TargetError
from releases.targets.onprem import files
from releases.targets.onprem.config import Side

FILE = "sides.json"
NOTHING: Mapping[Side, "Held"] = MappingProxyType({})


@dataclass(frozen=True)
class Held:
    """What one side holds. `is_finished` tells that the rollout which brought it has made it blue."""

    artifact: Artifact
    token: str
    group: str  # the launcher's name for its copies
    is_finished: bool = False


@dataclass(frozen=True)
class Sides:
    """`share_b` is what side b was given, of 100; `green` is the side that the preview shows."""

    blue: Side | None = None
    share_b: int = 0
    preview: Side | None = None
    held: Mapping[Side, Held] = field(default_factory=lambda: NOTHING)

    @property
    def idle(self) -> Side:
        """The side that the next release gets. The first one of all gets b, so that its traffic is 0 at first."""
        return (self.blue or Side.A).other

    def side_of(self, token: str) -> Side | None:
        return next((side for side, held in self.held.items() if held.token == token), None)

    def share_of(self, side: Side) -> int:
        return self.share_b if side is Side.B else 100 - self.share_b

    def with_share(self, side: Side, share: int) -> "Sides":
        return replace(self, share_b=share if side is Side.B else 100 - share)

    def with_held(self, side: Side, held: Held | None) -> "Sides":
        kept = {key: value for key, value in self.held.items() if key is not side}
        return replace(self, held={**kept, side: held} if held else kept)


@contextmanager
def lock(folder: Path, limit_s: float) -> Iterator[None]:
    """Will hold the environment's lock; the system frees it when the process dies.

    Raises TargetError when another process keeps it longer than `limit_s`, or the folder can't be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("w")
    except OSError as error:
        raise _unusable(folder, error) from error
    with file:
        _acquire(file.fileno(), folder, time.monotonic() + limit_s)
        yield


def _acquire(handle: int, folder: Path, deadline: float) -> None:
    pause = threading.Event()
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                sentence = f"Another process is changing {folder.name} now"
                raise TargetError("environment-busy", sentence, permanent=False) from None
            pause.wait(0.02)
        else:
            return


def read(folder: Path) -> Sides:
    """Will give what the target remembers; an environment that nothing was released to remembers nothing.

    Raises TargetError when the file can't be read: guessing which side is blue could take it down.
    """
    try:
        text = (folder / FILE).read_text()
    except FileNotFoundError:
        return Sides()
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        return _from_json(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        sentence = f"{FILE} of {folder.name} can't be read, so which side is blue is not known"
        raise TargetError("memory-unreadable", sentence, permanent=True) from error


def write(folder: Path, sides: Sides) -> None:
    """Will remember `sides`.

    Raises TargetError, and remembers what was before.
    """
    value = {
        "blue": sides.blue,
        "share_b": sides.share_b,
        "preview": sides.preview,
        "held": {side: _held_to_json(held) for side, held in sides.held.items()},
    }
    try:
        files.write(folder / FILE, json.dumps(value, indent=1))
    except OSError as error:
        raise _unusable(folder, error) from error


def _held_to_json(held: Held) -> dict[str, Any]:
    return {
        "artifact": {
            **asdict(replace(held.artifact, configuration={})),
            "configuration": {**held.artifact.configuration},
        },
        "token": held.token,
        "group": held.group,
        "is_finished": held.is_finished,
    }


def _from_json(value: dict[str, Any]) -> Sides:
    share_b = value["share_b"]
    if not isinstance(share_b, int) or not 0 <= share_b <= 100:
        raise ValueError(share_b)
    held = {
        Side(side): Held(Artifact(**raw["artifact"]), raw["token"], raw["group"], raw["is_finished"])
        for side, raw in value["held"].items()
    }
    return Sides(_side(value["blue"]), share_b, _side(value["preview"]), held)


def _side(text: str | None) -> Side | None:
    return Side(text) if text is not None else None


def _unusable(folder: Path, error: OSError) -> TargetError:
    sentence = f"The folder of {folder.name} can't be used ({error.strerror or error})"
    return TargetError("folder-unusable", sentence, permanent=False)
