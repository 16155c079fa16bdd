"""Which snapshot is blue and which is green: what the target remembers between calls."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Slot:
    """A snapshot in one of the two slots, and the token of the rollout that put it there."""

    revision: str
    token: str
    is_finished: bool = False


@dataclass(frozen=True)
class Slots:
    """`blue` serves; `other` is green while a rollout is on, and the blue before it afterwards. `asked` is 0 or 100."""

    blue: Slot | None = None
    other: Slot | None = None
    asked: int = 0

    @property
    def green(self) -> Slot | None:
        """The candidate, where there is one."""
        return self.other if self.other is not None and not self.other.is_finished else None

    @property
    def wanted(self) -> str:
        """The revision that the pointer should lead to."""
        slot = self.other if self.asked else self.blue
        return slot.revision if slot else ""

    def holder(self, token: str) -> Slot | None:
        """Will give the slot that the rollout of `token` put its snapshot in."""
        return next((slot for slot in (self.other, self.blue) if slot is not None and slot.token == token), None)


def to_json(slots: Slots) -> dict[str, Any]:
    """Will give the slots as a shelf keeps them."""
    return asdict(slots)


def from_json(value: Mapping[str, Any]) -> Slots:
    """Will read what `to_json` gave. Raises KeyError or TypeError for anything else."""
    return Slots(_slot(value["blue"]), _slot(value["other"]), int(value["asked"]))


def _slot(value: Mapping[str, Any] | None) -> Slot | None:
    return Slot(**value) if value is not None else None
