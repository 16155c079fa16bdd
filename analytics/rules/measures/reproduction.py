"""Our own reproduction rate: how many people one infected person infects, from total cases alone.

Method: Arroyo-Marioli, Bullano, Kucinskas, Rondón-Moreno, "Tracking R of COVID-19", PLoS ONE 16(1):e0244474. From the
first day with 100 cases a stock of infected people is kept; its daily growth is noise around a level that walks, and a
week's pattern; the level is found by a Kalman smoother, its variances by maximum likelihood (`kalman`), and
R = 1 + level / gamma with gamma = 1 / 7 a day. The published rate is fitted in another way (Stan): near, not equal.

Gaps: a day without a total gives no observation; the cases of a gap are spread evenly over its days. Outliers: a day on
which the total fell gives no observation, nor does the day after it, nor a growth of 4 gamma on 25 new cases or fewer,
or of 9 gamma; the smoother passes over them. The latest 14 days will still move when more days are known: they are
provisional.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.rules.measures import kalman
from analytics.rules.measures.measure import Measure

INFECTIOUS_DAYS = 7
FIRST_CASES = 100
LEAST_OBSERVATIONS = 20
PROVISIONAL_DAYS = 14
FEW_CASES = 25
BATCH = 32  # places side by side
# Growth that no outbreak has, in multiples of gamma: on few new cases, and on any.
OUTLIER_OF_FEW, OUTLIER = 4, 9
BAND = 1.959964  # standard deviations to either side of which 95 % of a normal distribution lie

_SAID = "NULL before 100 cases and with fewer than 20 observations; gaps are bridged, the latest 14 days provisional"
_NEGATIVES = "a day on which the total fell is left out; the band is cut at 0"


def _measure(name: str, label: str, formula: str) -> Measure:
    return Measure(
        name, label, "people infected by one", "reproduction", formula, ("total_cases",), "estimated",
        family="r_kalman", nulls=_SAID, negatives=_NEGATIVES, decimals=2,
    )  # fmt: skip


MEASURES = (
    _measure(
        "r_kalman",
        "Reproduction rate, ours",
        "1 + 7 * smoothed level of the daily growth of the infected (local level and a week's pattern)",
    ),
    _measure(
        "r_kalman_low", "Reproduction rate, ours, lower bound", "r_kalman - 1.96 standard deviations, not below 0"
    ),
    _measure("r_kalman_high", "Reproduction rate, ours, upper bound", "r_kalman + 1.96 standard deviations"),
)

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """The reproduction rate of one place, one value for each day that was given; NaN before the first."""

    rate: Array
    low: Array
    high: Array
    first: int  # the first day with a value
    provisional_from: int  # the first day that will still move
    observations: int


def estimate(total_cases: Sequence[float | None]) -> Estimate | None:
    """Will give the rate for one place from its totals, one for each calendar day in order, None where there is none.

    None where the place has too few observations for an estimate.
    """
    return estimates([total_cases])[0]


def estimates(places: Sequence[Sequence[float | None]]) -> list[Estimate | None]:
    """Will give the rate for each of many places, much faster than one by one; see `estimate`."""
    series = [np.array([np.nan if total is None else total for total in totals], dtype=float) for totals in places]
    growths = {number: growth for number, totals in enumerate(series) if (growth := _growth(totals)) is not None}
    made: list[Estimate | None] = [None] * len(series)
    # Like lengths together: the longest in a batch sets its days.
    ordered = sorted(growths, key=lambda number: growths[number].size)
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        observed = np.full((max(growths[number].size for number in batch), len(batch)), np.nan)
        for column, number in enumerate(batch):
            observed[: growths[number].size, column] = growths[number]
        levels, variances = kalman.smooth(observed)
        for column, number in enumerate(batch):
            days = growths[number].size
            made[number] = _estimate(series[number], growths[number], levels[:days, column], variances[:days, column])
    return made


def _growth(totals: Array) -> Array | None:
    reached = np.flatnonzero(totals >= FIRST_CASES)
    if not reached.size:
        return None
    known = np.flatnonzero(~np.isnan(totals))
    growth = observations(totals[reached[0] : known[-1] + 1])
    return growth if np.count_nonzero(~np.isnan(growth)) >= LEAST_OBSERVATIONS else None


def _estimate(totals: Array, growth: Array, level: Array, variance: Array) -> Estimate:
    first = int(np.flatnonzero(totals >= FIRST_CASES)[0]) + 1
    rate, spread = 1 + INFECTIOUS_DAYS * level, BAND * INFECTIOUS_DAYS * np.sqrt(variance)
    return Estimate(
        rate=_placed(rate, first, totals.size),
        low=_placed(np.maximum(rate - spread, 0), first, totals.size),
        high=_placed(rate + spread, first, totals.size),
        first=first,
        provisional_from=max(first, first + growth.size - PROVISIONAL_DAYS),
        observations=int(np.count_nonzero(~np.isnan(growth))),
    )


def observations(totals: Array) -> Array:
    """Will give the daily growth of the infected from a place's totals; NaN where a day tells nothing."""
    gamma = 1 / INFECTIOUS_DAYS
    days = np.arange(totals.size)
    known = ~np.isnan(totals)
    new = np.diff(np.interp(days, days[known], totals[known]))
    stock = np.empty(totals.size)
    stock[0] = totals[0]
    for day, cases in enumerate(np.maximum(new, 0), 1):
        stock[day] = (1 - gamma) * stock[day - 1] + cases
    # A day tells something when it and the day before were reported, and neither was a correction.
    tells = known[1:] & known[:-1] & (new >= 0) & np.concatenate([[True], new[:-1] >= 0])
    growth = np.full(new.size, np.nan)
    np.divide(stock[1:], stock[:-1], out=growth, where=tells & (stock[:-1] > 0))
    growth -= 1
    growth[tells & (stock[1:] == 0) & (stock[:-1] == 0)] = -gamma
    with np.errstate(invalid="ignore"):
        growth[(new <= FEW_CASES) & (growth >= OUTLIER_OF_FEW * gamma) | (growth >= OUTLIER * gamma)] = np.nan
    return growth


def _placed(values: Array, first: int, days: int) -> Array:
    placed = np.full(days, np.nan)
    placed[first : first + values.size] = values
    return placed
