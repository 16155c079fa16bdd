"""A target that lives in the process: for tests, benchmarks, and to learn what the port promises."""

import threading
import zlib
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from releases.rules.foresight import Finding, Foresight, PlannedCall
from releases.rules.observation import Capabilities, Health, Observation
from releases.targets.base import Artifact, Ref, TargetError

CAN = Capabilities(call_limit_s=1.0, start_limit_s=1.0, rollback_s=0.1)


@dataclass(frozen=True)
class Slot:
    """A set of copies that isn't there. `is_finished` tells that its rollout has made it blue."""

    artifact: Artifact
    token: str
    health: Health = Health.HEALTHY
    is_failed: bool = False
    is_finished: bool = False


@dataclass
class MemoryTarget:
    """Holds two slots and a share. Tests write `script`, `health_at_start` and `seen` to make it misbehave.

    `script[verb]` is a queue: an error in it is raised by the next call of that verb, None lets one call pass.
    `seen` is what visitors get; a hand may set it apart from what was asked.
    """

    name: str = "memory"
    can: Capabilities = CAN
    health_at_start: Health = Health.HEALTHY
    script: dict[str, deque[TargetError | None]] = field(default_factory=lambda: defaultdict(deque))
    calls: list[tuple[str, ...]] = field(default_factory=list)
    blue: Slot | None = None
    other: Slot | None = None
    asked: int = 0
    seen: int = 0
    findings: tuple[Finding, ...] = ()
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def observe(self, ref: Ref | None) -> Observation:
        """Will tell what serves."""
        with self._called("observe", ref.outside_id if ref else ""):
            if ref is not None and self._is(self.blue, ref):
                return self._observation(self.blue, self.other, 100 - self.asked, 100 - self.seen)
            is_ours = self._is(self.other, ref) if ref else self._is_candidate() or self.asked or self.seen
            if not is_ours:
                asked, seen = (0, 0) if ref else (self.asked, self.seen)
                return Observation(Health.ABSENT, asked, seen, _health(self.blue))
            found = self._observation(self.other, self.blue, self.asked, self.seen)
            return found if ref else replace(found, is_finished=False)

    def start(self, artifact: Artifact, token: str) -> Ref:
        """Will put `artifact` beside blue.

        Raises TargetError while the idle slot has traffic.
        """
        with self._called("start", token):
            ref = Ref(token)
            if self._is(self.blue, ref) or self._is(self.other, ref):
                return ref
            if self.asked or self.seen:
                raise TargetError("side-has-traffic", "The side that would take green has visitors", permanent=True)
            warm = self.other
            is_warm = warm is not None and (warm.artifact.digest, warm.artifact.version) == (
                artifact.digest,
                artifact.version,
            )
            health = warm.health if warm and is_warm else self.health_at_start
            self.other = Slot(artifact, token, health)
            return ref

    def shift(self, ref: Ref, weight: int) -> None:
        """Will give green `weight` per cent.

        Raises TargetError as the port says.
        """
        with self._called("shift", ref.outside_id, str(weight)):
            slot = self._slot(ref)
            share = 100 - self.asked if slot is self.blue else self.asked
            if not 0 <= weight <= 100:
                raise TargetError("weight-impossible", f"{weight} is no share of the traffic", permanent=True)
            if slot.is_finished and weight != share:
                raise TargetError(
                    "already-finished", "This rollout is finished; its share can't change", permanent=True
                )
            if weight > share and slot.health is not Health.HEALTHY:
                raise TargetError("green-not-up", "No copy of green answers, so it gets no visitors", permanent=False)
            self.asked = self.seen = 100 - weight if slot is self.blue else weight

    def finish(self, ref: Ref) -> None:
        """Will make green blue.

        Raises TargetError while green does not have all traffic.
        """
        with self._called("finish", ref.outside_id):
            slot = self._slot(ref)
            if slot.is_finished:
                return
            if (self.asked, self.seen) != (100, 100):
                raise TargetError("green-not-whole", "Green does not have all traffic yet", permanent=True)
            self.blue, self.other = replace(slot, is_finished=True), self.blue
            self.asked = self.seen = 0

    def abort(self, ref: Ref) -> None:
        """Will give everything to blue.

        Raises TargetError when another release stands where the old blue was.
        """
        with self._called("abort", ref.outside_id):
            if self._is(self.blue, ref):
                self._unfinish()
            elif not self._is(self.other, ref) or (self.other and self.other.is_finished):
                return
            if self.blue and self.blue.health is not Health.HEALTHY:
                may_switch = not self.other or self.other.health is not Health.HEALTHY
                self.blue = replace(self.blue, health=Health.HEALTHY)
                if not may_switch:
                    return
            self.asked = self.seen = 0

    def clean(self, ref: Ref) -> None:
        """Will take green down.

        Raises TargetError while it has traffic.
        """
        with self._called("clean", ref.outside_id):
            if self._is(self.blue, ref) or (self._is(self.other, ref) and (self.asked or self.seen)):
                raise TargetError("green-has-traffic", "It still has visitors, so it stays", permanent=True)
            if self._is(self.other, ref):
                self.other = None

    def restore(self) -> None:
        """Will do again what was asked."""
        with self._called("restore"):
            self.seen = self.asked

    def adopt(self) -> None:
        """Will take what is done as what was asked."""
        with self._called("adopt"):
            self.asked = self.seen

    def foresee(self, ref: Ref, weights: Sequence[int]) -> Foresight:
        """Will list a call for each weight, and what `findings` says."""
        with self._called("foresee", ref.outside_id):
            shifts = (PlannedCall("memory:shift", f"{ref.outside_id} → {weight} %") for weight in weights)
            return Foresight((*shifts, PlannedCall("memory:finish", ref.outside_id)), self.findings)

    def colour_for(self, visitor: str, *, is_preview: bool = False) -> Slot | None:
        """Will give the slot that answers this visitor."""
        with self._lock:
            if is_preview:
                return self.other if self._is_candidate() else None
            is_green = zlib.crc32(visitor.encode()) % 100 < self.seen
            return self.other if is_green else self.blue

    def set_health(self, health: Health, *, is_failed: bool = False) -> None:
        """Will change how green does, as a test wants it."""
        with self._lock:
            if self.other:
                self.other = replace(self.other, health=health, is_failed=is_failed)

    @contextmanager
    def _called(self, verb: str, *arguments: str) -> Iterator[None]:
        with self._lock:
            self.calls.append((verb, *arguments))
            planned = self.script[verb].popleft() if self.script[verb] else None
            if planned is not None:
                raise planned
            yield

    def _is(self, slot: Slot | None, ref: Ref) -> bool:
        return slot is not None and slot.token == ref.outside_id

    def _is_candidate(self) -> bool:
        return self.other is not None and not self.other.is_finished

    def _slot(self, ref: Ref) -> Slot:
        for slot in (self.other, self.blue):
            if slot is not None and slot.token == ref.outside_id:
                return slot
        raise TargetError("rollout-unknown", "Nothing of this rollout runs here", permanent=True)

    def _unfinish(self) -> None:
        if self._is_candidate():
            raise TargetError("old-blue-gone", "Another release stands where the old blue was", permanent=True)
        green = self.blue
        self.blue, self.other = self.other, replace(green, is_finished=False) if green else None
        self.asked = self.seen = 100

    def _observation(self, green: Slot | None, blue: Slot | None, asked: int, seen: int) -> Observation:
        return Observation(
            green=_health(green),
            asked=asked,
            seen=seen,
            blue=_health(blue),
            is_failed=green.is_failed if green else False,
            is_finished=green.is_finished if green else False,
            preview_url="http://preview.invalid/" if self._is_candidate() else "",
        )


def _health(slot: Slot | None) -> Health:
    return slot.health if slot else Health.ABSENT


_TARGETS: dict[str, MemoryTarget] = {}
_TARGETS_LOCK = threading.Lock()


def named(name: str) -> MemoryTarget:
    """Will give this process's target of that name, the same each time."""
    with _TARGETS_LOCK:
        return _TARGETS.setdefault(name, MemoryTarget(name))


def forget_all() -> None:
    """Will drop every target, as at the end of a test."""
    with _TARGETS_LOCK:
        _TARGETS.clear()
