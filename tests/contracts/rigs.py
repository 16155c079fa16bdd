"""What the target suite needs of an adapter: releases to bring, visitors to ask as, and hands that meddle."""

import threading
import time
import uuid
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from typing import Protocol

from releases.rules.observation import Health, Observation
from releases.targets.base import Artifact, Ref, Target, TargetError
from releases.targets.memory import MemoryTarget

LIMIT_S = 30.0
GOLDEN = 0.618033988749895
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


def draw(number: int) -> float:
    """Will give a number from 0 to 1 for the answer with this number: spread as evenly as can be, alike each time."""
    return number * GOLDEN % 1


class Rig(Protocol):
    """One adapter with its surroundings. `ask` gives the version that answers, or "" where nothing serves.

    `begins_with_blue` tells that something serves before the first release, as an ECS service does. `previews_blue`
    tells that the preview leads to blue while there is no green. `knows_visitors` tells that whoever came is known
    again: what draws anew at each visit keeps nobody's colour.
    """

    target: Target
    begins_with_blue: bool
    previews_blue: bool
    knows_visitors: bool

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

    def until(self, condition: Callable[[], object], what: str = "") -> object:
        """Will let time pass until `condition` gives something true, and give that."""
        ...


def say(rig: Rig, ref: Ref, verb: Callable[[], None], is_seen: Callable[[Observation], bool], what: str) -> None:
    """Will say a verb as the machine does: until a look shows it.

    Once must be enough for a target that has no pace of its own.
    """
    if not rig.target.can.pace:
        verb()
        assert is_seen(rig.target.observe(ref)), what
        return

    def look() -> bool:
        with patience():
            verb()
        return is_seen(rig.target.observe(ref))

    rig.until(look, what=what)


@contextmanager
def patience():
    """Will let a refusal pass that says to try again."""
    try:
        yield
    except TargetError as error:
        if error.permanent:
            raise


def start(rig: Rig, version: str, token: str) -> Ref:
    """Will start a release, as the machine does: again where it is told to try again."""
    artifact = rig.artifact(version)
    if not rig.target.can.pace:
        return rig.target.start(artifact, token)
    refs: list[Ref] = []

    def is_started() -> bool:
        with patience():
            refs.append(rig.target.start(artifact, token))
        return bool(refs)

    rig.until(is_started, what=f"{version} started")
    return refs[0]


def bring(rig: Rig, version: str, token: str = "") -> Ref:
    """Will start a release and wait until it is healthy."""
    ref = start(rig, version, token or f"token-{version}")
    rig.until(lambda: rig.target.observe(ref).green is Health.HEALTHY, what=f"{version} healthy")
    return ref


def shift(rig: Rig, ref: Ref, weight: int) -> None:
    """Will give green a share, and wait until it has it."""
    verb = lambda: rig.target.shift(ref, weight)  # noqa: E731
    say(rig, ref, verb, lambda seen: (seen.asked, seen.seen) == (weight, weight), f"green at {weight} %")


def finish(rig: Rig, ref: Ref) -> None:
    """Will make green blue, and wait until it is."""
    say(rig, ref, lambda: rig.target.finish(ref), lambda seen: seen.is_finished, "finished")


def abort(rig: Rig, ref: Ref) -> None:
    """Will give everybody back to blue, and wait until they are there."""

    def is_back(seen: Observation) -> bool:
        return (seen.asked, seen.seen, seen.is_finished) == (0, 0, False)

    say(rig, ref, lambda: rig.target.abort(ref), is_back, "everybody back on blue")


def clean(rig: Rig, ref: Ref) -> None:
    """Will take green down, and wait until it is gone."""
    say(rig, ref, lambda: rig.target.clean(ref), lambda seen: seen.green is Health.ABSENT, "green gone")


def release(rig: Rig, version: str, token: str = "") -> Ref:
    """Will bring a release all the way to blue."""
    ref = bring(rig, version, token)
    shift(rig, ref, 100)
    finish(rig, ref)
    return ref


class MemoryRig:
    begins_with_blue = previews_blue = False
    knows_visitors = True

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

    def until(self, condition: Callable[[], object], what: str = "") -> object:
        return until(condition, what=what)
