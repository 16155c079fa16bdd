"""The port to the numbers that a step's verdict is made of.

1. `read` returns within its timeout and changes nothing.
2. It gives running totals per slot, which may start again at 0; the caller subtracts (rules.verdict.increase).
3. A slot without numbers is left out. Nothing is ever guessed or filled up.
4. Whatever fails raises MeasureError; the verdict is then INCONCLUSIVE.
"""

from collections.abc import Mapping
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


class Measure(Protocol):
    """A source of numbers for one environment."""

    def read(self, *, now: datetime) -> Mapping[Slot, Reading]: ...
