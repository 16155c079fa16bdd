"""The formulas of a few measures for single numbers, where no SQL runs: key figures, and the made-up sample.

What SQL computes is compared with them by a test.

Sources: Our World in Data, covid-19-data/scripts (`shared.py`, `jhu.py`), and for each profile what its published
columns agree with.
"""

from collections.abc import Sequence

WINDOW = 7
DECIMALS = 3


def mean(values: Sequence[int | None]) -> list[float | None]:
    """Will give the 7-day mean, right aligned: None until 7 rows are there, a missing one is 0."""
    filled = [value or 0 for value in values]
    return [
        round(sum(filled[end - WINDOW : end]) / WINDOW, DECIMALS) if end >= WINDOW else None
        for end in range(1, len(filled) + 1)
    ]


def per_million(value: float | None, population: int | None) -> float | None:
    """Will relate a value to a million people; None where the population isn't known."""
    if value is None or not population:
        return None
    return value / (population / 1_000_000)


def weekly_change(now: float | None, week_before: float | None) -> float | None:
    """Will give the change of a 7-day mean against the week before, in per cent (their growth_n, n=7).

    None where there was nothing the week before: a rise from 0 has no percentage.
    """
    if now is None or not week_before or week_before < 0:
        return None
    return 100 * (now / week_before - 1)


def case_fatality(deaths: int | None, cases: int | None) -> float | None:
    """Will give confirmed deaths in per cent of confirmed cases (CFR = 100·D/C)."""
    if deaths is None or not cases:
        return None
    return 100 * deaths / cases
