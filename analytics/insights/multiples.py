"""Small multiples: many places by one measure, each a small line, all over the same days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from analytics.insights import words
from analytics.insights.comparison import MOST_PLACES, Ask, Grid, Series
from analytics.insights.corrections import Rewritten, TakenBack
from analytics.insights.facts import Facts

WIDTH, HEIGHT = 160, 56
# How many places are shown where nobody chose any.
USUAL = 24
# What is marked, each in a shape of its own: a diamond on a day that an earlier snapshot had otherwise, a triangle on
# one whose count the source took back. The same stand on the large charts.
SHAPES = {Rewritten: "m0-4 4 4-4 4-4-4z", TakenBack: "m-4-3h8l-4 7z"}
Row = npt.NDArray[np.float64]
Correction = Rewritten | TakenBack


@dataclass(frozen=True)
class Panel:
    """One place: its line as an SVG path's `d` within WIDTH by HEIGHT, its highest value and its last one.

    `marks` is a path too, with a shape on each day that was corrected.
    """

    iso: str
    name: str
    path: str
    marks: str
    peak: float
    peak_on: date
    last: float
    last_on: date


def places(everywhere: Iterable[Facts], *, continent: str) -> list[str]:
    """Will choose the countries of a continent, or the most populous of all; the most populous first."""
    countries = [facts for facts in everywhere if facts.kind == "country"]
    most = MOST_PLACES if continent else USUAL
    chosen = [facts for facts in countries if facts.continent == continent] if continent else countries
    return [facts.iso for facts in sorted(chosen, key=lambda one: -(one.population or 0))[:most]]


def continents(everywhere: Iterable[Facts]) -> list[str]:
    """Will name the continents that have countries, by name."""
    return sorted({facts.continent for facts in everywhere if facts.kind == "country" and facts.continent})


@dataclass(frozen=True)
class _Frame:
    """Where a day and its value stand within WIDTH by HEIGHT."""

    days: int
    low: float
    top: float

    def point(self, day: int, value: float) -> str:
        across = day * WIDTH / max(self.days - 1, 1)
        down = HEIGHT - 1 - (value - self.low) / ((self.top - self.low) or 1.0) * (HEIGHT - 2)
        return f"{across:.1f} {down:.1f}"


def panels(
    ask: Ask, series: Series, names: Mapping[str, str], *, is_same_scale: bool, corrected: Sequence[Correction] = ()
) -> list[Panel]:
    """Will draw each place that has a value, in the order of `ask`; the scale is one for all, or each its own."""
    common = _reach(series.values)
    drawn = []
    for place, (iso, row) in enumerate(zip(ask.places, series.values, strict=True)):
        known = np.flatnonzero(~np.isnan(row))
        if not known.size:
            continue
        peak, last = int(np.nanargmax(row)), int(known[-1])
        frame = _Frame(len(row), *(common if is_same_scale else _reach(row)))
        days = [((one.on - series.first).days, SHAPES[type(one)]) for one in corrected if one.place == place]
        peak_on, last_on = (series.first + timedelta(days=day) for day in (peak, last))
        line, marks = _path(row, frame), _marks(row, frame, days)
        drawn.append(Panel(iso, names[iso], line, marks, float(row[peak]), peak_on, float(row[last]), last_on))
    return drawn


def sentence(ask: Ask, drawn: Sequence[Panel]) -> str:
    """Will say which place stood highest of all, and where the peak came first and last."""
    if not drawn:
        return f"There are no values of “{ask.measure.label}” for these places in this time."
    highest = max(drawn, key=lambda one: one.peak)
    told = f"{highest.name} stood highest, {highest.peak:,.{ask.measure.decimals}f} {ask.measure.unit}"
    told += f" on {words.day(highest.peak_on)}"
    risen = [one for one in drawn if one.peak > 0] or drawn
    first, last = (found(risen, key=lambda one: one.peak_on) for found in (min, max))
    if first.peak_on == last.peak_on:
        return f"{told}."
    when = (
        f"{first.name} peaked first, on {words.day(first.peak_on)}, and {last.name} last, on {words.day(last.peak_on)}"
    )
    return f"{told}. Of {len(drawn)} places {when}."


def _reach(values: Grid | Row) -> tuple[float, float]:
    """From the lowest value or 0, whichever is lower, to the highest."""
    low = min(0.0, float(np.nanmin(values, initial=0.0)))
    return low, float(np.nanmax(values, initial=low))


def _path(row: Row, frame: _Frame) -> str:
    """A line that breaks where there are no values; the newest day is always one of its points."""
    step = -(-len(row) // WIDTH)
    parts, is_on = [], False
    for day in range((len(row) - 1) % step, len(row), step):
        is_known = not np.isnan(row[day])
        if is_known:
            parts.append(f"{'L' if is_on else 'M'}{frame.point(day, row[day])}")
        is_on = is_known
    return "".join(parts)


def _marks(row: Row, frame: _Frame, days: Iterable[tuple[int, str]]) -> str:
    """A shape on each day that the line has a value for."""
    shown = ((day, shape) for day, shape in days if 0 <= day < len(row) and not np.isnan(row[day]))
    return "".join(f"M{frame.point(day, row[day])}{shape}" for day, shape in shown)
