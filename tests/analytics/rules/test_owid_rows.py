"""Our World in Data's file: what is read, and which line and column a mistake is named by."""

from datetime import date

import pytest

from analytics.rules import owid
from analytics.rules.problems import DataError
from tests.analytics.conftest import HEADINGS, owid_lines


def read(lines):
    reader = owid.Reader([f"{line}\n".encode() for line in lines], file="owid.csv", latest=date(2026, 1, 1))
    return list(reader.days()), reader.places


def refusal(lines):
    with pytest.raises(DataError) as caught:
        read(lines)
    return caught.value


def changed(line, column, value):
    """A good file in which one cell (lines count from 1, as in an editor) has another value."""
    lines = owid_lines()
    cells = lines[line - 1].split(",")
    cells[HEADINGS.split(",").index(column)] = value
    lines[line - 1] = ",".join(cells)
    return lines


def test_a_good_file_is_read():
    days, places = read(owid_lines())
    assert len(days) == 30
    assert days[10][:6] == ("ITA", date(2021, 1, 1), 100, 100, 1, 1)
    assert [(place.name, place.kind, place.population) for place in places.values()] == [
        ("Fiji", "country", 900_000),
        ("Italy", "country", 60_000_000),
        ("World", "world", 7_800_000_000),
    ]


def test_columns_may_stand_in_any_order_and_more_may_be_there():
    lines = [",".join(["extra", *reversed(line.split(","))]) for line in owid_lines()]
    assert len(read(lines)[0]) == 30


@pytest.mark.parametrize(
    ("line", "column", "value", "said"),
    [
        (14, "date", "2021-13-01", "Line 14, column date: “2021-13-01” is a day that doesn't exist"),
        (14, "date", "yesterday", "Line 14, column date: “yesterday” isn't a date"),
        (14, "date", "2021-01-02", "Line 14, column date: ITA has 2021-01-02 twice, first in line 13"),
        (14, "date", "2020-12-31", "Line 14, column date: ITA goes back from 2021-01-02 to 2020-12-31"),
        (14, "total_cases", "-5", "Line 14, column total_cases: “-5” is negative"),
        (14, "total_deaths", "-1.0", "Line 14, column total_deaths: “-1.0” is negative"),
        (14, "new_cases", "-7", "Line 14, column new_cases: -7 is negative, and the total doesn't fall by as much"),
        (14, "new_cases", "61000000", "Line 14, column new_cases: “61000000” is more than the 60,000,000"),
        (14, "total_cases", "1e15", "Line 14, column total_cases: “1e15” is more than the 120,000,000"),
        (14, "new_cases", "12x", "Line 14, column new_cases: “12x” isn't a number"),
        (14, "new_deaths", "nan", "Line 14, column new_deaths: “nan” isn't a number"),
        (14, "new_cases", "1.5", "Line 14, column new_cases: “1.5” isn't a whole number"),
        (14, "new_cases_smoothed", "?", "Line 14, column new_cases_smoothed: “?” isn't a number"),
        (14, "population", "-3", "Line 14, column population: “-3” is negative"),
        (14, "population", "12", "Line 14, column population: Italy has another population here than before"),
        (14, "iso_code", "it", "Line 14, column iso_code: “it” isn't a country code"),
        (14, "location", "", "Line 14, column location: the name of the place is missing"),
        (14, "location", "Italia", "Line 14, column location: ITA is “Italia” here and “Italy” before"),
    ],
)
def test_a_mistake_is_named_by_line_and_column(line, column, value, said):
    assert said in str(refusal(changed(line, column, value)))


def test_missing_columns_are_all_named():
    lines = [line.replace("new_deaths,", "x,").replace("population", "y") for line in owid_lines()]
    assert "Line 1: the columns new_deaths, population are missing" in str(refusal(lines))


def test_a_heading_that_stands_twice_is_refused():
    lines = [f"{line},date" for line in owid_lines()]
    assert "Line 1, column date: this heading stands twice" in str(refusal(lines))


def test_a_line_that_was_cut_is_named():
    lines = owid_lines()
    lines[-1] = lines[-1][:30]
    error = refusal(lines)
    assert error.problems[0].line == 31
    assert "it may have been cut" in str(error)


def test_headings_without_rows_are_refused():
    assert "there are headings but no rows" in str(refusal([HEADINGS]))


def test_five_mistakes_are_shown_and_the_others_counted():
    lines = owid_lines()
    lines[3:11] = [line.replace("2021-", "2051-") for line in lines[3:11]]
    error = refusal(lines)
    assert error.count == 8
    assert str(error).count("Line ") == 5
    assert str(error).endswith("And 3 more.")


def test_a_negative_day_is_a_correction_where_the_total_falls_by_as_much():
    lines = changed(21, "new_cases", "-40")
    cells = lines[20].split(",")
    cells[4] = "860"
    lines[20] = ",".join(cells)
    days, _ = read(lines)
    assert days[19].new_cases == -40
