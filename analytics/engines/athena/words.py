"""What Athena says, in our sentences: what happened with Athena's own code, what holds now, what to do."""

import re

from portal import aws

_CODE = re.compile(r"([A-Z][A-Z0-9_]{3,})\b")
_PLACE = re.compile(r"line (\d+):(\d+)")
# Athena's words for a query that went over its workgroup's cut-off; its state is CANCELLED then.
_CUT_OFF = "bytes scanned limit"


def place(reason: str) -> tuple[int, int]:
    """Will give line and column of an error, 0 where it has none."""
    found = _PLACE.search(reason)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def code(reason: str, error_type: int | None) -> str:
    """Will give Athena's code of a failure: Trino's name where it stands in front, else the number of its type."""
    found = _CODE.match(reason)
    return found[1] if found else f"athena-{error_type if error_type is not None else 'unknown'}"


def failed(reason: str, error_type: int | None) -> str:
    """Will say that a query failed."""
    number = f", Athena's error type {error_type}" if error_type is not None else ""
    said = aws.redact(reason).strip().rstrip(".")
    return f"The query failed{number}: {said}. Nothing of a result is kept. Mend the query, then run it again."


def refused(reason: str) -> str:
    """Will say that a query never started."""
    said = aws.redact(reason).strip().rstrip(".")
    return f"Athena can't read the query: {said}. Nothing was run. Mend the query, then run it again."


def is_cut_off(reason: str) -> bool:
    """Whether a query was cancelled for having read more than its workgroup allows."""
    return _CUT_OFF in reason.lower()


CUT_OFF = (
    "The query read more than its workgroup allows for one, and Athena ended it. What it had read is billed; nothing "
    "of a result is kept. Read fewer columns or partitions."
)
CANCELLED = "The query was cancelled. What it had read until then is billed; nothing of a result is kept."


def over_time(wall_s: float) -> str:
    """Will say that a query took too long."""
    return (
        f"The query ran longer than {wall_s:g} s, the most that one may, and was ended. What it had read is billed; "
        "nothing of a result is kept. Let it read fewer rows or join less."
    )
