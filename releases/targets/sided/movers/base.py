"""What a two-sided target needs of the thing that gives the visitors to one side or the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from releases.rules.foresight import Finding, PlannedCall
from releases.targets.sided.note import Side


@dataclass(frozen=True)
class Traffic:
    """Who gets the visitors now. `shares_b` are side b's shares in whole per cent, one for each thing that leads there
    (a DNS name has one for each record type, which a hand may have set apart); none where nothing leads to any side.

    `message` is what a person should know of it. A move takes up to `in_force_s` to be in force outside, where no
    change tells when it is, and visitors may follow the old answer for `memory_s` after that.
    """

    shares_b: tuple[int, ...]
    message: str = ""
    in_force_s: float = 0.0
    memory_s: float = 0.0

    def share_b(self, asked: int | None) -> int | None:
        """Will give side b's share: of several, the one that strays most from what was asked."""
        return max(self.shares_b, key=lambda share: abs(share - (asked or 0)), default=None)


class Mover(Protocol):
    """Moves the visitors and keeps the note; both are absolute, so both may be said again.

    Every call may raise TargetError.
    """

    @property
    def weights(self) -> tuple[int, ...]:
        """The only shares it can give, rising to 100; empty means any."""
        ...

    @property
    def slowest_s(self) -> float:
        """How long a move takes until every visitor follows it, as far as it can be known before."""
        ...

    @property
    def look_every_s(self) -> float:
        """How often it may be looked at while nothing happens, for its API's rate limits."""
        ...

    def read_note(self) -> str:
        """Will give the note's text, "" where there is none."""
        ...

    def write_note(self, text: str) -> None: ...

    def look(self) -> Traffic: ...

    def move(self, share_b: int) -> str:
        """Will give side b this share, also put right what else was changed by hand, and give the change's id.

        Nothing is changed where everything is so already; the id is "" then, and where there is none.
        """
        ...

    def is_in_force(self, change: str) -> bool:
        """Will say whether a change has reached everything outside."""
        ...

    def foresee(self, green: Side, weights: Sequence[int]) -> tuple[tuple[PlannedCall, ...], tuple[Finding, ...]]:
        """Will list what moving green along `weights` calls, and what was checked for it. Changes nothing."""
        ...


def share_of(weight_a: float, weight_b: float, *, others: float = 0.0) -> int:
    """Will give side b's share in whole per cent of weights that are not all zero.

    Less than one per cent is one, and more than 99 is 99: nobody is taken for gone who still comes.
    """
    exact = 100 * weight_b / (weight_a + weight_b + others)
    return round(exact) if exact in (0, 100) else min(99, max(1, round(exact)))
