"""What the target suite needs of an adapter: releases to bring, visitors to ask as, and hands that meddle."""

import threading
import time
import uuid
import zlib
from collections.abc import Callable
from typing import Protocol

from releases.rules.observation import Health
from releases.targets.base import Artifact, Ref, Target
from releases.targets.memory import MemoryTarget

LIMIT_S = 30.0
VISITORS = [str(uuid.UUID(int=zlib.crc32(str(number).encode()) << 64 | number)) for number in range(200)]


def until(condition: Callable[[], object], *, limit_s: float = LIMIT_S, what: str = "") -> object:
    """Will wait until `condition` gives something true, and give that."""
    deadline = time.monotonic() + limit_s
    pause = threading.Event()
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what or condition} did not come true within {limit_s:g} s"
        pause.wait(0.05)


class Rig(Protocol):
    """One adapter with its surroundings. `ask` gives the version that answers, or "" where nothing serves."""

    target: Target

    def artifact(self, version: str, mode: str = "well") -> Artifact: ...

    def ask(self, visitor: str, *, is_preview: bool = False) -> str: ...

    def meddle(self, share: int) -> None:
        """Will give green another share than was asked, by hand."""
        ...

    def copies(self, version: str) -> frozenset[str]:
        """Will name the processes of a version: the same names mean that none was started again."""
        ...

    def take_down(self, version: str) -> None:
        """Will end the copies of a version, so that they don't answer."""
        ...


def bring(rig: Rig, version: str, token: str = "") -> Ref:
    """Will start a release and wait until it is healthy."""
    ref = rig.target.start(rig.artifact(version), token or f"token-{version}")
    until(lambda: rig.target.observe(ref).green is Health.HEALTHY, what=f"{version} healthy")
    return ref


def release(rig: Rig, version: str) -> Ref:
    """Will bring a release all the way to blue."""
    ref = bring(rig, version)
    rig.target.shift(ref, 100)
    rig.target.finish(ref)
    return ref


class MemoryRig:
    def __init__(self) -> None:
        self.target = MemoryTarget()

    def artifact(self, version: str, mode: str = "well") -> Artifact:
        self.target.health_at_start = Health.HEALTHY if mode == "well" else Health.STARTING
        return Artifact("shop", version, f"sha256:{version:0>64}", "0" * 40)

    def ask(self, visitor: str, *, is_preview: bool = False) -> str:
        slot = self.target.colour_for(visitor, is_preview=is_preview)
        return slot.artifact.version if slot and slot.health is Health.HEALTHY else ""

    def meddle(self, share: int) -> None:
        self.target.seen = share

    def copies(self, version: str) -> frozenset[str]:
        slots = [self.target.blue, self.target.other]
        return frozenset(slot.artifact.version for slot in slots if slot and slot.artifact.version == version)

    def take_down(self, version: str) -> None:
        for name in ("blue", "other"):
            slot = getattr(self.target, name)
            if slot and slot.artifact.version == version:
                setattr(
                    self.target, name, type(slot)(slot.artifact, slot.token, Health.UNHEALTHY, False, slot.is_finished)
                )
