"""The measures' formulas, and which requests a fault chooses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rules import faults
from analytics.rules.measures import formulas


def test_the_mean_needs_seven_rows_and_counts_a_missing_day_as_none_new():
    assert formulas.mean([7, None, 7, 7, 7, 7, 7, 14]) == [None] * 6 + [6.0, 7.0]


def test_ratios_are_absent_where_they_have_no_meaning():
    assert formulas.per_million(10, None) is None
    assert formulas.per_million(10, 2_000_000) == 5
    assert formulas.weekly_change(5, 0) is None
    assert formulas.weekly_change(5, -1) is None
    assert formulas.weekly_change(5, 4) == 25
    assert formulas.case_fatality(1, 0) is None
    assert formulas.case_fatality(1, 50) == 2


@given(st.integers(0, 10_000).map(lambda hundredths: hundredths / 100), st.integers(1, 400))
def test_the_share_of_failing_requests_is_exact(percent, requests):
    chosen = sum(faults.is_chosen(number, percent) for number in range(1, requests + 1))
    assert chosen == int(requests * percent / 100)


@pytest.mark.parametrize(("percent", "first"), [(100, [1, 2, 3]), (50, [2, 4, 6]), (25, [4, 8, 12])])
def test_faults_are_spread_evenly(percent, first):
    assert [number for number in range(1, 20) if faults.is_chosen(number, percent)][:3] == first
