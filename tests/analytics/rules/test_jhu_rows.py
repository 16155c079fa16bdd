"""Johns Hopkins' pair of files."""

from datetime import date

import pytest

from analytics.rules import jhu
from analytics.rules.problems import DataError
from analytics.sources import places

GOOD = [
    "Province/State,Country/Region,Lat,Long,1/22/20,1/23/20,1/24/20",
    ",Italy,1,2,1,3,10",
    "Here,Canada,1,2,5,5,6",
    "There,Canada,1,2,10,20,15",
]


def read(lines, file="confirmed.csv"):
    rows = [f"{line}\n".encode() for line in lines]
    return jhu.read(rows, file=file, latest=date(2026, 1, 1), people=places.populations())


def refusal(lines):
    with pytest.raises(DataError) as caught:
        read(lines)
    return str(caught.value)


def test_regions_are_added_up_and_totals_become_days():
    series = read(GOOD)
    assert series.totals == {"Italy": [1, 3, 10], "Canada": [15, 25, 21]}
    named = {name: places.named(name) for name in series.totals}
    days = {(day.iso, day.date.day): day for day in jhu.days(series, series, named)}
    assert [days["ITA", day].new_cases for day in (22, 23, 24)] == [None, 2, 7]
    # A total that falls has no new count (owid-jhu-2022), and the world is the sum of all.
    assert days["CAN", 24].new_cases is None
    assert days["OWID_WRL", 23].total_cases == 28


@pytest.mark.parametrize(
    ("line", "old", "new", "said"),
    [
        (1, "Country/Region", "Country", "Line 1: the first columns must be Province/State"),
        (1, "1/23/20", "2020-01-23", "the heading “2020-01-23” isn't a day like 12/31/20"),
        (1, "1/23/20", "2/30/20", "the heading “2/30/20” is a day that doesn't exist"),
        (1, "1/23/20", "1/25/20", "Line 1, column 1/25/20: this isn't the day after 2020-01-22"),
        (2, "3,10", "-3,10", "Line 2, column 1/23/20: “-3” is negative"),
        (2, "3,10", "x,10", "Line 2, column 1/23/20: “x” isn't a number"),
        (2, "3,10", ",10", "Line 2, column 1/23/20: the count is missing"),
        (2, "3,10", "999999999,10", "Line 2, column 1/23/20: “999999999” is more than the 120,920,000"),
        (2, ",10", "", "Line 2: has 6 fields where the headings have 7: fewer; it may have been cut"),
        (4, "There", "Here", "Line 4, column Country/Region: Canada Here stands twice, first in line 3"),
    ],
)
def test_a_mistake_is_named_by_line_and_column(line, old, new, said):
    lines = list(GOOD)
    lines[line - 1] = lines[line - 1].replace(old, new)
    assert said in refusal(lines)


def test_a_pair_must_cover_the_same_days_and_regions():
    shorter = [line.rsplit(",", 1)[0] for line in GOOD]
    with pytest.raises(DataError, match=r"deaths\.csv can't be used\. Line 1: ends on 2020-01-23"):
        jhu.check_pair(read(GOOD), read(shorter, "deaths.csv"))
    with pytest.raises(DataError, match=r"different regions \(Canada There is only in one\): one may have been cut"):
        jhu.check_pair(read(GOOD), read(GOOD[:-1], "deaths.csv"))
