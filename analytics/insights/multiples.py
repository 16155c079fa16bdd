"""Small multiples: many places by one measure, each a small line, all over the same days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from analytics.insights import words
from analytics.insights.comparison import MOST_PLACES, Ask, Grid, Series
from analytics.insights.facts import Facts

WIDTH, HEIGHT = 160, 56
# How many places are shown where nobody chose any.
USUAL = 24
Row = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """One place: its line as an SVG path's `d` within WIDTH by HEIGHT, its highest value and its last one."""

    iso: str
    name: str
    path: str
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


def panels(ask: Ask, series: Series, names: Mapping[str, str], *, is_same_scale: bool) -> list[Panel]:
    """Will draw each place that has a value, in the order of `ask`; the scale is one for all, or each its own."""
    common = _reach(series.values)
    drawn = []
    for iso, row in zip(ask.places, series.values, strict=True):
        known = np.flatnonzero(~np.isnan(row))
        if not known.size:
            continue
        peak, last = int(np.nanargmax(row)), int(known[-1])
        low, top = common if is_same_scale else _reach(row)
        on = (series.first + timedelta(days=day) for day in (peak, last))
        drawn.append(
            Panel(iso, names[iso], _path(row, low, top), float(row[peak]), next(on), float(row[last]), next(on))
        )
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


def _path(row: Row, low: float, top: float) -> str:
    """A line that breaks where there are no values; the newest day is always one of its points."""
    step = -(-len(row) // WIDTH)
    days = range((len(row) - 1) % step, len(row), step)
    across, reach = WIDTH / max(len(row) - 1, 1), (top - low) or 1.0
    parts, is_on = [], False
    for day in days:
        value = row[day]
        if not np.isnan(value):
            down = HEIGHT - 1 - (value - low) / reach * (HEIGHT - 2)
            parts.append(f"{'L' if is_on else 'M'}{day * across:.1f} {down:.1f}")
        is_on = not np.isnan(value)
    return "".join(parts)
