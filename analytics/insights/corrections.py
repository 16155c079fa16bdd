"""Where a chart's data was corrected: days that an earlier snapshot had otherwise, and counts that were taken back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from analytics.insights.comparison import Grid, Series

# What is listed under one chart. More is said to be there, and counted.
MOST = 60


@dataclass(frozen=True)
class Rewritten:
    """Days on end, `first` to `last`, that an earlier snapshot had otherwise; `on` is where it differs most."""

    place: int
    first: date
    last: date
    on: date
    was: float | None
    now: float | None


@dataclass(frozen=True)
class TakenBack:
    """A day whose count is below zero: the source took back what it had counted too much before."""

    place: int
    on: date
    value: float


def rewritten(now: Series, before: Series, *, decimals: int) -> list[Rewritten]:
    """Will find what differs, as it is shown with so many decimals, on the days that both have; largest first.

    The places of both stand in the same order. Days after the earlier one's last are news, not corrections.
    """
    first = max(now.first, before.first)
    ours, theirs = _from(now, first), _from(before, first)
    days = min(ours.shape[1], theirs.shape[1])
    ours, theirs = np.round(ours[:, :days], decimals), np.round(theirs[:, :days], decimals)
    differs = ~((ours == theirs) | (np.isnan(ours) & np.isnan(theirs)))
    gaps = np.abs(np.nan_to_num(ours) - np.nan_to_num(theirs))
    found = []
    for place in range(len(ours)):
        for start, end in _stretches(differs[place]):
            day = start + int(np.argmax(gaps[place, start:end]))
            starts, ends, on = (first + timedelta(days=offset) for offset in (start, end - 1, day))
            was, is_now = _known(theirs[place, day]), _known(ours[place, day])
            found.append((gaps[place, day], Rewritten(place, starts, ends, on, was, is_now)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True)]


def content(stretches: Sequence[Rewritten], taken: Sequence[TakenBack], places: Sequence[str]) -> dict[str, Any]:
    """Will give what the page marks: the largest of both, by day, and how many more there are."""
    listed = [
        *({**_plain(one), "place": places[one.place], "kind": "rewritten"} for one in stretches[:MOST]),
        *({**_plain(one), "place": places[one.place], "kind": "taken back"} for one in taken[:MOST]),
    ]
    more = max(0, len(stretches) - MOST) + max(0, len(taken) - MOST)
    return {"corrections": sorted(listed, key=lambda one: (one["on"], one["place"])), "more": more}


def _from(series: Series, first: date) -> Grid:
    return series.values[:, (first - series.first).days :]


def _stretches(differs: np.ndarray[Any, np.dtype[np.bool_]]) -> Iterator[tuple[int, int]]:
    """Where runs of true begin, and the day after each ends."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], differs, [False])).astype(np.int8)))
    return ((int(start), int(end)) for start, end in edges.reshape(-1, 2))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _plain(one: Rewritten | TakenBack) -> dict[str, Any]:
    return dict(vars(one))
