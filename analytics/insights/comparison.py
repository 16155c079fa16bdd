"""A comparison of places by one measure: what was asked for, what it says, and its bytes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from analytics.insights import words
from analytics.rules.measures.catalog import MEASURES
from analytics.rules.measures.measure import Measure

MOST_PLACES = 60
DEFAULT_MEASURE = "new_cases_smoothed_per_million"
DEFAULT_PLACES = ("OWID_WRL", "USA", "GBR", "ITA", "IND", "BRA")
# The value that stands for no value among the scaled whole numbers that are sent.
MISSING = -(2**31)
LARGEST = 2**31 - 1
_ISO = re.compile(r"[A-Z][A-Z0-9_]{2,41}")
Grid = npt.NDArray[np.float64]


class AskError(ValueError):
    """What was asked for isn't there; the message says what to ask for instead."""


@dataclass(frozen=True)
class Ask:
    """One comparison, as its address says it. `align_at` aligns places on their first day with so many cases."""

    measure: Measure
    places: tuple[str, ...]
    first: date | None = None
    last: date | None = None
    is_log: bool = False
    align_at: int = 0
    as_of: str = ""

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for asks that have the same bytes."""
        return (self.measure.name, self.places, self.first, self.last, self.align_at)


@dataclass(frozen=True)
class Series:
    """The values, places by days from `first` on, NaN where there is none; `starts` are the days of alignment."""

    first: date
    values: Grid
    starts: tuple[int | None, ...]


def read(given: Mapping[str, Sequence[str]], *, known: Mapping[str, str]) -> Ask:
    """Will read an address's parameters; `known` are the places by their code. Raises AskError."""

    def one(name: str) -> str:
        return (given.get(name) or [""])[-1].strip()

    measure = MEASURES.get(one("measure") or DEFAULT_MEASURE)
    if measure is None:
        raise AskError(f"There is no measure {one('measure')!r}. The list beside the chart has those that there are.")
    wanted = [iso for text in given.get("place") or [] for iso in text.split(",") if iso]
    places = list(dict.fromkeys(iso for iso in wanted if _ISO.fullmatch(iso) and iso in known))
    if wanted and not places:
        raise AskError(f"The data has no place {', '.join(wanted)[:60]!r}. Choose places from the list.")
    chosen = places or [iso for iso in DEFAULT_PLACES if iso in known] or list(known)[:6]
    align = one("align")
    return Ask(
        measure,
        tuple(chosen[:MOST_PLACES]),
        _day(one("from"), "from"),
        _day(one("to"), "to"),
        is_log=one("scale") == "log",
        align_at=int(align) if align.isdecimal() and 0 < int(align) <= 1_000_000 else 0,
        as_of=one("as_of"),
    )


def _day(text: str, name: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AskError(f"{name} is a day such as 2020-12-31, not {text[:20]!r}.") from None


def as_bytes(ask: Ask, series: Series, names: Mapping[str, str], revision: str) -> bytes:
    """Will give the JSON that the page draws: whole numbers, one axis for all, MISSING where there is no value."""
    scale = 10.0**ask.measure.decimals
    largest = float(np.nanmax(np.abs(series.values), initial=0.0))
    while largest * scale > LARGEST:
        scale /= 10
    scaled = np.where(np.isnan(series.values), MISSING, np.round(np.nan_to_num(series.values) * scale)).astype(np.int32)
    listed = [
        {"iso": iso, "name": names[iso], "start": start, "values": np.ascontiguousarray(row)}
        for iso, start, row in zip(ask.places, series.starts, scaled, strict=True)
    ]
    about = {"name": ask.measure.name, "label": ask.measure.label, "unit": ask.measure.unit}
    content = {
        "measure": about,
        "snapshot": revision,
        "x0": series.first.isoformat(),
        "scale": scale,
        "missing": MISSING,
    }
    return orjson.dumps({**content, "series": listed}, option=orjson.OPT_SERIALIZE_NUMPY)


def sentence(ask: Ask, series: Series, names: Mapping[str, str]) -> str:
    """Will say what the chart shows: who is highest at the end, who rises and who falls, and each one's peak."""
    ends = [_end(row) for row in series.values]
    there = [
        (value, day, iso, row)
        for iso, row, (value, day) in zip(ask.places, series.values, ends, strict=True)
        if day >= 0
    ]
    if not there:
        return f"There are no values of “{ask.measure.label}” for these places in this time."
    there.sort(key=lambda one: one[0], reverse=True)
    value, day, iso, row = there[0]
    until = words.day(series.first + timedelta(days=day))
    told = f"On {until} {names[iso]} had {_number(value, ask.measure)} {ask.measure.unit}"
    told += ", the most of those shown" if len(there) > 1 else ""
    peak = int(np.nanargmax(row))
    if row[peak] > value:
        on = words.day(series.first + timedelta(days=peak))
        told += f"; its highest was {_number(float(row[peak]), ask.measure)} on {on}"
    if len(there) > 1:
        lowest = there[-1]
        told += f". {names[lowest[2]]} had the least, {_number(lowest[0], ask.measure)}"
    return f"{told}."


def _end(row: Grid) -> tuple[float, int]:
    known = np.flatnonzero(~np.isnan(row))
    return (float(row[known[-1]]), int(known[-1])) if known.size else (float("nan"), -1)


def _number(value: float, measure: Measure) -> str:
    return f"{value:,.{measure.decimals}f}"


def table(ask: Ask, series: Series, names: Mapping[str, str]) -> dict[str, Any]:
    """Will give the chart's twin in numbers: each place's value at the end of each month, newest first."""
    days = [series.first + timedelta(days=day) for day in range(series.values.shape[1])]
    ends = [n for n, day in enumerate(days) if n == len(days) - 1 or day.month != days[n + 1].month]
    rows = [
        (days[n], ["" if np.isnan(value) else _number(float(value), ask.measure) for value in series.values[:, n]])
        for n in reversed(ends)
    ]
    return {"places": [names[iso] for iso in ask.places], "rows": rows}
