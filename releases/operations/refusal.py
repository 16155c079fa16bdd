"""What an operation raises instead of doing what may not be done."""

from collections.abc import Iterable

from releases.rules.reasons import Reason


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """Nothing was changed; `reasons` say why, each with a code and a sentence."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(" ".join(reason.sentence for reason in self.reasons))


class Missing(LookupError):  # noqa: N818 - it is an answer, not a fault
    """What was named does not exist; the message says what, and where to look."""
