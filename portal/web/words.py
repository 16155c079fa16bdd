"""Times and counts in words."""

from datetime import datetime

STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def duration(seconds: float) -> str:
    """Will say a stretch of time with at most two units: 3 min 12 s, 2 h, 0.4 s."""
    if seconds < 0:
        return "0 s"
    if 0 < seconds < 9.95 and round(seconds, 1) != round(seconds):
        return f"{seconds:.1f} s"
    left = round(seconds)
    parts = []
    for size, unit in STEPS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 s"


def ago(at: datetime, *, now: datetime) -> str:
    """Will say how long ago `at` was, or in how long it comes, in one unit."""
    seconds = (now - at).total_seconds()
    if abs(seconds) < 10:
        return "just now"
    size, unit = next((size, unit) for size, unit in STEPS if abs(seconds) >= size)
    count = int(abs(seconds) // size)
    return f"{count} {unit} ago" if seconds > 0 else f"in {count} {unit}"


def counted(count: int, one: str, many: str = "") -> str:
    """Will say a count with its noun: 1 release, 2 releases, no releases."""
    noun = one if count == 1 else many or f"{one}s"
    return f"{count or 'no'} {noun}"
