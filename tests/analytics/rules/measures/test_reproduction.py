"""Our reproduction rate: what statsmodels gives, what is known, and how near the published one is."""

import math
from datetime import date

import numpy as np
import pytest

from analytics.rules.measures import kalman, reproduction
from tests.analytics.rules.measures import lake

DAYS = 90
# Day: (level, its standard deviation) of `observed`, from statsmodels 0.15.0's
# UnobservedComponents(100 * y, "local level", seasonal=7), the likeliest of its lbfgs, nm and powell.
STATSMODELS = {
    0: (0.0051850, 0.0052601),
    20: (0.0588748, 0.0047341),
    41: (0.0244982, 0.0101254),
    60: (-0.0184902, 0.0047220),
    90: (-0.0312586, 0.0047341),
    119: (0.0466300, 0.0052629),
}


def totals(rate, days=DAYS, first=1000):
    """An epidemic in which everyone infected infects `rate` people over 7 days, day by day."""
    stock = cases = float(first)
    listed = [cases]
    for _ in range(days - 1):
        new = rate / 7 * stock
        stock, cases = stock * 6 / 7 + new, cases + new
        listed.append(cases)
    return listed


@pytest.mark.parametrize("rate", [0.6, 1.0, 1.7])
def test_a_steady_epidemic_has_its_own_rate(rate):
    made = reproduction.estimate(totals(rate))
    assert made is not None
    assert made.first == 1
    assert np.isnan(made.rate[0])
    assert made.rate[made.first :] == pytest.approx(rate, abs=1e-4)
    assert (made.low[1:] <= made.rate[1:]).all()
    assert (made.rate[1:] <= made.high[1:]).all()
    assert made.provisional_from == DAYS - 14


def test_a_turn_is_followed_and_the_band_widens_to_the_end():
    rising = totals(1.5, 60)
    falling = totals(0.7, 61, first=1)
    listed = rising + [rising[-1] + 4000 * (value - 1) for value in falling[1:]]
    noisy = [value * (1 + 0.002 * math.sin(12.9898 * day)) for day, value in enumerate(listed)]
    made = reproduction.estimate(np.maximum.accumulate(noisy).tolist())
    assert made is not None
    assert made.rate[30] > 1.2
    assert made.rate[110] < 1
    width = made.high - made.low
    assert width[-1] > width[60] > 0


def test_too_little_is_no_estimate():
    assert reproduction.estimate([]) is None
    assert reproduction.estimate([99.0] * 50) is None
    assert reproduction.estimate(totals(1.2, 20)) is None
    assert reproduction.estimate(totals(1.2, 21)) is not None


def test_gaps_corrections_and_outliers_give_no_observation():
    listed = np.array(totals(1.2, 40))
    plain = reproduction.observations(listed)
    assert not np.isnan(plain).any()
    gap = listed.copy()
    gap[10:13] = np.nan
    assert list(np.flatnonzero(np.isnan(reproduction.observations(gap)))) == [9, 10, 11, 12]
    fell = listed.copy()
    fell[10:] -= 3 * (listed[10] - listed[9])
    assert list(np.flatnonzero(np.isnan(reproduction.observations(fell)))) == [9, 10]
    jump = listed.copy()
    jump[10:] += 100 * listed[10]
    assert 9 in np.flatnonzero(np.isnan(reproduction.observations(jump)))
    # A bridged gap changes the rate beside it little.
    bridged = reproduction.estimate(gap.tolist())
    assert bridged is not None
    assert bridged.rate[11] == pytest.approx(1.2, abs=0.01)


def test_no_cases_for_long_is_no_spread():
    assert reproduction.observations(np.full(3, 0.0)) == pytest.approx([-1 / 7, -1 / 7])


def observed():
    """A walk, a week's pattern and noise, by plain formulas; with a day that is missing."""
    days = np.arange(120)
    noise = np.modf(np.sin(days * 12.9898) * 43758.5453)[0] * 0.02
    values = 0.05 * np.sin(days / 17) + 0.01 * np.cos(2 * np.pi * days / 7) + noise
    values[40:43] = np.nan
    return values


def test_the_smoother_gives_what_statsmodels_gives():
    level, variance = (each[:, 0] for each in kalman.smooth(observed()[:, None]))
    for day, (its_level, its_deviation) in STATSMODELS.items():
        assert level[day] == pytest.approx(its_level, abs=1e-4 / 7), day
        assert math.sqrt(variance[day]) == pytest.approx(its_deviation, abs=1e-4 / 7), day


def test_the_published_rate_is_near(real):
    tables, _ = lake.from_file(real("owid-covid-data-2020-12-17.csv.gz"))
    apart, inside = [], []
    for iso in ("AUS", "ITA", "USA", "NLD", "IND", "KOR"):
        rows = tables.execute(
            "SELECT date, total_cases, reproduction_rate FROM file WHERE iso_code = ? ORDER BY date", [iso]
        ).fetchall()
        by_day = {row[0].toordinal(): row for row in rows}
        first, last = min(by_day), max(by_day)
        asked = [by_day.get(day, (None, None, None)) for day in range(first, last + 1)]
        made = reproduction.estimate([row[1] for row in asked])
        assert made is not None
        published = np.array([np.nan if row[2] is None else row[2] for row in asked])
        both = ~np.isnan(made.rate) & ~np.isnan(published)
        apart.append(np.abs(made.rate - published)[both])
        inside.append(((published >= made.low) & (published <= made.high))[both])
        assert date.fromordinal(first) >= date(2020, 1, 1)
    assert np.concatenate(apart).mean() < 0.03
    assert np.concatenate(inside).mean() > 0.95
