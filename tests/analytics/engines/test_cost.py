"""What Athena bills, by hand."""

import pytest

from analytics.rules import cost
from analytics.rules.cost import MEGABYTE, TERABYTE, End


@pytest.mark.parametrize(
    ("scanned", "billed"),
    [
        (0, 10 * MEGABYTE),
        (1, 10 * MEGABYTE),
        (10 * MEGABYTE, 10 * MEGABYTE),
        (10 * MEGABYTE + 1, 11 * MEGABYTE),
        (TERABYTE, TERABYTE),
    ],
)
def test_ten_megabytes_at_least_and_whole_ones(scanned, billed):
    assert cost.billed_bytes(scanned) == billed


def test_a_price():
    assert cost.cost_usd(TERABYTE) == 5.0
    assert cost.cost_usd(3 * TERABYTE, price_usd_per_tb=6.75) == 20.25
    assert cost.cost_usd(1) == pytest.approx(0.0000476837, abs=1e-9)


@pytest.mark.parametrize(
    ("end", "scanned", "billed"),
    [
        (End.FAILED, 50 * MEGABYTE, 0),
        (End.REUSED, 0, 0),
        (End.CANCELLED, 0, 0),
        (End.CANCELLED, 1, 10 * MEGABYTE),
        (End.CANCELLED, 50 * MEGABYTE, 50 * MEGABYTE),
    ],
)
def test_what_is_not_billed(end, scanned, billed):
    assert cost.billed_bytes(scanned, end=end) == billed
