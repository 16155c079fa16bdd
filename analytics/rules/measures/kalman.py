"""A level that walks, and a week's pattern, found under noise: the smoother and its variances by maximum likelihood.

Model: y = level + season + noise; level' = level + step; season' = turn - (the last six seasons). Filter and smoother:
Durbin and Koopman, Time Series Analysis by State Space Methods, 2nd ed., 4.3-4.4 (diffuse start as a large variance).
The noise's variance is concentrated out of the likelihood; the two others are searched as multiples of it.

Many series run side by side, for a step costs much the same for one and for a hundred. Arrays end with the axis of the
series, and their candidates; time comes first.
"""

import numpy as np
import numpy.typing as npt

SEASONS = 6  # the last six days' stand in the state; a new one takes the place of the oldest
STATES = 1 + SEASONS
DIFFUSE = 1e6
# log10 of the (step, turn) variances over the noise's: where they are looked for, and how finely at last.
LOWEST, HIGHEST = np.array([-5.0, -9.0]), np.array([3.0, 1.0])
FIRST_POINTS, POINTS, SHRINK, FINEST = 9, 5, 0.55, 1e-4

Array = npt.NDArray[np.float64]


def smooth(observed: Array) -> tuple[Array, Array]:
    """Will give the level of each day and its variance, with the variances that make each series likeliest.

    `observed` is days * series, NaN where there is none; so are the two results.
    """
    variances = likeliest(observed)
    known = ~np.isnan(observed)
    moments, surprises, expected = _filter(observed, variances)
    scale = _mean(surprises**2 / expected, _counted(known))
    level, variance = _backward(moments, np.where(known, surprises, 0), np.where(known, expected, np.inf))
    return level, np.maximum(variance * scale, 0)


def likeliest(observed: Array) -> Array:
    """Will give the (step, turn) variances over the noise's of greatest likelihood, 2 * series: a grid, ever finer."""
    series = observed.shape[1]
    middle = np.repeat(((LOWEST + HIGHEST) / 2)[:, None], series, axis=1)
    half, points = (HIGHEST - LOWEST) / 2, FIRST_POINTS
    while half.max() > FINEST:
        side = np.linspace(-1, 1, points)
        around = np.stack(np.meshgrid(side, side, indexing="ij")).reshape(2, 1, -1) * half[:, None, None]
        tried = np.clip(middle[:, :, None] + around, LOWEST[:, None, None], HIGHEST[:, None, None])
        best = np.argmax(likelihoods(observed, 10.0**tried), axis=1)
        middle = tried[:, np.arange(series), best]
        half, points = half * (SHRINK if points == POINTS else 2 / FIRST_POINTS), POINTS
    return np.asarray(10.0**middle)


def likelihoods(observed: Array, variances: Array) -> Array:
    """Will give the log likelihood, short of a constant, of each candidate in `variances` (2 * series * candidates)."""
    series, candidates = variances.shape[1:]
    repeated = np.repeat(observed, candidates, axis=1)
    _, surprises, expected = _filter(repeated, variances.reshape(2, -1), keep=False)
    counted = _counted(~np.isnan(repeated))
    logs = np.where(counted, np.log(expected), 0).sum(axis=0)
    spread = np.log(_mean(surprises**2 / expected, counted))
    return np.asarray(-0.5 * (logs + counted.sum(axis=0) * spread)).reshape(series, candidates)


def _counted(known: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    # The first observations only find out where the states are.
    return known & (np.cumsum(known, axis=0) > STATES)


def _mean(values: Array, among: npt.NDArray[np.bool_]) -> Array:
    return np.asarray(np.where(among, values, 0).sum(axis=0) / among.sum(axis=0))


def _filter(observed: Array, variances: Array, *, keep: bool = True) -> tuple[Array, Array, Array]:
    """Will give, per day, the state's moments before it (if kept), the surprise and its expected size.

    Moments are the state's covariances with the state itself beside them: states * (states + 1) * series.
    """
    days, series = observed.shape
    kept = np.empty((days, STATES, STATES + 1, series) if keep else (0, 0, 0, 0))
    surprises, expected = np.empty((days, series)), np.empty((days, series))
    known = ~np.isnan(observed)
    filled = np.where(known, observed, 0)
    moments = np.zeros((STATES, STATES + 1, series))
    moments[np.arange(STATES), np.arange(STATES)] = DIFFUSE
    for day in range(days):
        if keep:
            kept[day] = moments
        season = 1 + day % SEASONS
        toward = moments[0] + moments[season]
        toward[STATES] -= filled[day]
        expected[day] = toward[0] + toward[season] + 1
        surprises[day] = -toward[STATES]
        gain = toward[:STATES] * (known[day] / expected[day])
        moments -= gain[:, None] * toward
        _turn(moments, 1 + (day + 1) % SEASONS)
        moments[0, 0] += variances[0]
        moments[1 + (day + 1) % SEASONS, 1 + (day + 1) % SEASONS] += variances[1]
    return kept, surprises, expected


def _turn(moments: Array, slot: int) -> None:
    new = -moments[1:].sum(axis=0)
    own = -new[1:STATES].sum(axis=0)
    moments[slot] = new
    moments[:, slot] = new[:STATES]
    moments[slot, slot] = own


def _backward(moments: Array, surprises: Array, expected: Array) -> tuple[Array, Array]:
    days, series = surprises.shape
    level, variance = np.empty((days, series)), np.empty((days, series))
    # What all later days say: of the state (the last column), and how surely.
    later = np.zeros((STATES, STATES + 1, series))
    for day in reversed(range(days)):
        season, slot = 1 + day % SEASONS, 1 + (day + 1) % SEASONS
        _turn_back(later, slot)
        spread, state = moments[day, :, :STATES], moments[day, :, STATES]
        _look_back(later, season, (spread[0] + spread[season]) / expected[day], surprises[day], expected[day])
        level[day] = state[0] + (spread[0] * later[:, STATES]).sum(axis=0)
        variance[day] = spread[0, 0] - np.einsum("is,ijs,js->s", spread[0], later[:, :STATES], spread[0])
    return level, variance


def _turn_back(later: Array, slot: int) -> None:
    # The turn's transpose, from both sides: each season went into the new one with -1, the oldest into nothing else.
    for rows in (later, later[:, :STATES].swapaxes(0, 1)):
        new = rows[slot].copy()
        rows[slot] = 0
        rows[1:] -= new


def _look_back(later: Array, season: int, gain: Array, surprise: Array, expected: Array) -> None:
    for rows in (later, later[:, :STATES].swapaxes(0, 1)):
        seen = (gain[:, None] * rows).sum(axis=0)
        rows[0] -= seen
        rows[season] -= seen
    for one in (0, season):
        later[one, STATES] += surprise / expected
        for other in (0, season):
            later[one, other] += 1 / expected
