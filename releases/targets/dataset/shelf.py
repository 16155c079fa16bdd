"""What the target needs of where snapshots lie: a folder of this machine, or an account's S3 and Glue."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import ClassVar, Protocol

from releases.rules.foresight import Finding
from releases.targets.dataset.slots import Slots


class ShelfError(Exception):
    """The shelf could not do it; `is_permanent` where trying again is useless."""

    def __init__(self, code: str, sentence: str, *, is_permanent: bool) -> None:
        super().__init__(sentence)
        self.code = code
        self.is_permanent = is_permanent


class Shelf(Protocol):
    """The snapshots of one dataset. A revision is named by a short text; "" is none.

    1. `serve` moves the pointer in one step, for every reader at once; readers finish on what they had opened.
    2. `trouble` says why a snapshot can't serve, in a sentence without its full stop, or "" where it can.
    3. `pending` says, in the same way, what must come by itself before a snapshot can serve.
    4. `kept` gives what the last holder of it wrote; one holder at a time, also between processes.
    5. No call takes longer than `call_limit_s`; `serve` takes about `move_s`.
    6. Whatever fails raises ShelfError and leaves the pointer as it was.
    """

    call_limit_s: ClassVar[float]
    move_s: ClassVar[float]

    def serving(self) -> str: ...

    def serve(self, revision: str) -> None: ...

    def show_green(self, revision: str) -> None: ...

    def pending(self, revision: str) -> str: ...

    def trouble(self, revision: str) -> str: ...

    def findings(self, blue: str, green: str) -> Sequence[Finding]: ...

    def kept(self) -> AbstractContextManager["Note"]: ...


class Note(Protocol):
    """The slots as they were last written; `write` replaces them whole."""

    @property
    def slots(self) -> Slots | None: ...

    def write(self, slots: Slots) -> None: ...
