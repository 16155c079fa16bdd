"""How events go astray. EventBridge promises its services' events best effort: lost, doubled, late, out of order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from simulator import control
from simulator.clock import Action
from simulator.world import WORLD

# An event that waits for another to overtake it goes at the latest after this much of the account's time.
OVERTAKEN_WITHIN_S = 60.0


class Kind(StrEnum):
    """LOSE: never arrives. DOUBLE: arrives twice. DELAY: arrives `delay_s` later. REORDER: after the next event."""

    LOSE = "lose"
    DOUBLE = "double"
    DELAY = "delay"
    REORDER = "reorder"


@dataclass
class Disturbance:
    """Hits events whose source and detail-type begin as given ("" is any), `times` of them, or all (None)."""

    kind: Kind
    source: str = ""
    detail_type: str = ""
    times: int | None = 1
    delay_s: float = 0.0
    hits: int = 0

    def matches(self, event: Mapping[str, Any]) -> bool:
        return (
            str(event["source"]).startswith(self.source)
            and str(event["detail-type"]).startswith(self.detail_type)
            and (self.times is None or self.hits < self.times)
        )


@dataclass
class _Way:
    """What stands in the way of events, and what waits there."""

    standing: list[Disturbance] = field(default_factory=list)
    waiting: list[Action] = field(default_factory=list)

    def strike(self, event: Mapping[str, Any]) -> Disturbance | None:
        for one in self.standing:
            if one.matches(event):
                one.hits += 1
                return one
        return None

    def let_go(self) -> None:
        """Will deliver what waited to be overtaken."""
        gone, self.waiting = self.waiting, []
        for deliver in gone:
            deliver()


_WAY = _Way()


def disturb(kind: Kind | str, **facts: Any) -> Disturbance:
    """Will make events go astray from now on: disturb("lose", source="aws.codedeploy", times=None)."""
    one = Disturbance(Kind(kind), **facts)
    _WAY.standing.append(one)
    return one


def carry(event: Mapping[str, Any], deliver: Action) -> None:
    """Will do `deliver` once and now, unless something stands in the way."""
    hit = _WAY.strike(event)
    match hit.kind if hit else None:
        case Kind.LOSE:
            return
        case Kind.DELAY if hit:
            WORLD.after(hit.delay_s, deliver)
            return
        case Kind.REORDER:
            _WAY.waiting.append(deliver)
            WORLD.after(OVERTAKEN_WITHIN_S, _WAY.let_go)
            return
        case Kind.DOUBLE:
            deliver()
    deliver()
    _WAY.let_go()


@WORLD.on_reset
def _clear() -> None:
    _WAY.standing.clear()
    _WAY.waiting.clear()


def _control(body: control.Body) -> Any:
    if body.get("clear"):
        _WAY.standing.clear()
    elif body:
        disturb(**body)
    return [vars(one) for one in _WAY.standing]


control.register("events/disturbances", _control)
