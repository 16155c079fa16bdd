"""Times in words."""

from datetime import timedelta

import pytest

from portal.web import words
from tests.factories import NOW


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (-5, "0 s"),
     (0.4, "0.4 s"), (1.0, "1 s"), (59.6, "1 min"), (192, "3 min 12 s"), (3600, "1 h"), (3605, "1 h"),
     (90_000, "1 d 1 h"), (86_400, "1 d")],
)  # fmt: skip
def test_durations(seconds, said):
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(3, "just now"), (70, "1 min ago"), (90_000, "1 d ago"), (-7200, "in 2 h")]
)
def test_ago(seconds, said):
    assert words.ago(NOW - timedelta(seconds=seconds), now=NOW) == said


def test_counts():
    assert [words.counted(number, "release") for number in (0, 1, 2)] == ["no releases", "1 release", "2 releases"]
