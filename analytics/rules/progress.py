"""How far long work is."""

from typing import Protocol


class Progress(Protocol):
    """Is told how far a stage is: so much done, and of how much where that is known."""

    def __call__(self, stage: str, done: int, total: int | None, /) -> None: ...
