"""The axis of time on which the snapshots of the data stand: any page can be read as it was known at one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from analytics.rules.snapshot import Snapshot

# More marks than these can't be told apart; the links to the one before and after reach all of them.
MOST = 24
# The room between two marks, and at both ends, in per cent of the axis.
LEAST_GAP, MARGIN = 3.5, 3.0


@dataclass(frozen=True)
class Mark:
    """One snapshot on the axis, `x` per cent from its left end."""

    snapshot: Snapshot
    x: float
    is_shown: bool
    is_serving: bool


@dataclass(frozen=True)
class Axis:
    """The marks, oldest first, and the snapshots beside the one that is shown; None where there is none."""

    marks: tuple[Mark, ...]
    before: Snapshot | None
    after: Snapshot | None


def axis(snapshots: Sequence[Snapshot], *, shown: str, serving: str) -> Axis | None:
    """Will place the snapshots by the time they came in; None for fewer than two, which leave nothing to choose.

    `snapshots` may stand in any order; `shown` and `serving` are revisions.
    """
    if len(snapshots) < 2:
        return None
    ordered = sorted(snapshots, key=lambda one: (one.imported_at, one.revision))
    at = next((place for place, one in enumerate(ordered) if one.revision == shown), len(ordered) - 1)
    first = max(0, min(at - MOST // 2, len(ordered) - MOST))
    window = ordered[first : first + MOST]
    marks = (
        Mark(one, x, one.revision == shown, one.revision == serving)
        for one, x in zip(window, _places(window), strict=True)
    )
    before = ordered[at - 1] if at else None
    after = ordered[at + 1] if at + 1 < len(ordered) else None
    return Axis(tuple(marks), before, after)


def _places(ordered: Sequence[Snapshot]) -> list[float]:
    """Where each stands by its time, but never closer to the one before it than a finger needs."""
    room = 100 - 2 * MARGIN - LEAST_GAP * (len(ordered) - 1)
    times = [one.imported_at.timestamp() for one in ordered]
    whole = max(times[-1] - times[0], 1.0)
    places = [MARGIN]
    for earlier, later in pairwise(times):
        places.append(places[-1] + LEAST_GAP + room * (later - earlier) / whole)
    return [round(one, 2) for one in places]
