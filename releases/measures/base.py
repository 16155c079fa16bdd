"""The port to the numbers that a step's verdict is made of.

1. `read` returns within its timeout and changes nothing.
2. It gives running totals per slot, which may start again at 0; the caller subtracts (rules.verdict.increase).
3. A slot without numbers is left out. Nothing is ever guessed or filled up.
4. An alarm that rings is told whatever the numbers say, in a sentence with its name and its reason.
5. Whatever fails raises MeasureError; the verdict is then INCONCLUSIVE.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from releases.rules.verdict import Reading


class Slot(StrEnum):
    """Blue serves now, green is the candidate."""

    BLUE = "blue"
    GREEN = "green"


class MeasureError(Exception):
    """The numbers could not be read; the message says why."""


@dataclass(frozen=True)
class Numbers:
    """What one read gave: a reading of each slot that has one, and a sentence for each alarm that rings."""

    readings: Mapping[Slot, Reading] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()


class Measure(Protocol):
    """A source of numbers for one environment; asking it again within `every_s` seconds tells nothing new."""

    @property
    def every_s(self) -> float: ...

    def read(self, *, now: datetime) -> Numbers: ...
