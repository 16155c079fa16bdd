"""Files read by DuckDB: what becomes of a cell, and which line and column a mistake is named by."""

from datetime import date

import duckdb
import pytest

from analytics.engines.duckdb import checking
from analytics.rules.datasets import covid_cases
from analytics.rules.datasets.tables import Column, Table
from analytics.rules.problems import DataError
from tests.analytics.conftest import HEADINGS, owid_lines

SMALL = Table("small", (Column("name", "text", must_stand=True), Column("date", "day"), Column("people", "count")))


@pytest.fixture
def stage(tmp_path):
    """Will write bytes as a file, stage it, and give its rows by their columns, the row's number first."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"ATTACH ':memory:' AS {checking.SCRATCH}")

    def stage(content, table=SMALL):
        plain = tmp_path / "plain"
        plain.write_bytes(content)
        checking.stage(connection, plain, file="owid.csv", table=table, latest=date(2026, 1, 1))
        staged = connection.execute("SELECT * FROM staged ORDER BY row")
        names = [column[0] for column in staged.description]
        return [dict(zip(names, row, strict=True)) for row in staged.fetchall()]

    yield stage
    connection.close()


@pytest.fixture
def read(stage):
    return lambda lines: stage("".join(f"{line}\n" for line in lines).encode(), covid_cases.OWID)


@pytest.fixture
def refusal(read):
    def refuse(lines):
        with pytest.raises(DataError) as caught:
            read(lines)
        return caught.value

    return refuse


def changed(line, column, value):
    """A good file in which one cell (lines count from 1, as in an editor) has another value."""
    lines = owid_lines()
    cells = lines[line - 1].split(",")
    cells[HEADINGS.split(",").index(column)] = value
    lines[line - 1] = ",".join(cells)
    return lines


def test_a_good_file_is_read(read):
    rows = read(owid_lines())
    assert len(rows) == 30
    italy = rows[10]
    assert (italy["row"], italy["iso_code"], italy["date"]) == (11, "ITA", date(2021, 1, 1))
    assert [italy[name] for name in ("total_cases", "new_cases", "total_deaths", "new_deaths")] == [100, 100, 1, 1]
    assert italy["new_cases_smoothed"] is None
    assert italy["population"] == 60_000_000


def test_columns_may_stand_in_any_order_and_more_may_be_there(read):
    lines = [",".join(["extra", *reversed(line.split(","))]) for line in owid_lines()]
    assert len(read(lines)) == 30


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
        (14, "new_cases", "1_000", "Line 14, column new_cases: “1_000” isn't a number"),
        (14, "new_deaths", "1e999", "Line 14, column new_deaths: “1e999” is more than"),
        (14, "date", "2021/01/03", "Line 14, column date: “2021/01/03” isn't a date"),
        (14, "new_cases", "1.5", "Line 14, column new_cases: “1.5” isn't a whole number"),
        (14, "new_cases_smoothed", "?", "Line 14, column new_cases_smoothed: “?” isn't a number"),
        (14, "population", "-3", "Line 14, column population: “-3” is negative"),
        (14, "population", "59000000", "Line 14, column population: Italy has another population here than before"),
        (14, "iso_code", "it", "Line 14, column iso_code: “it” isn't a country code"),
        (14, "location", "", "Line 14, column location: the name of the place is missing"),
        (14, "location", "Italia", "Line 14, column location: ITA is “Italia” here and “Italy” before"),
    ],
)
def test_a_mistake_is_named_by_line_and_column(refusal, line, column, value, said):
    assert said in str(refusal(changed(line, column, value)))


def test_missing_columns_are_all_named(refusal):
    lines = [line.replace("new_deaths,", "x,").replace("population", "y") for line in owid_lines()]
    assert "Line 1: the columns new_deaths, population are missing" in str(refusal(lines))


def test_a_heading_that_stands_twice_is_refused(refusal):
    lines = [f"{line},date" for line in owid_lines()]
    assert "Line 1, column date: this heading stands twice" in str(refusal(lines))


def test_a_line_that_was_cut_is_named(refusal):
    lines = owid_lines()
    lines[-1] = lines[-1][:30]
    error = refusal(lines)
    assert error.problems[0].line == 31
    assert "it may have been cut" in str(error)


def test_headings_without_rows_are_refused(refusal):
    assert "there are headings but no rows" in str(refusal([HEADINGS]))


def test_five_mistakes_are_shown_and_the_others_counted(refusal):
    lines = owid_lines()
    lines[3:11] = [line.replace("2021-", "2051-") for line in lines[3:11]]
    error = refusal(lines)
    assert error.count == 8
    assert str(error).count("Line ") == 5
    assert str(error).endswith("And 3 more.")


def test_a_negative_day_is_a_correction_where_the_total_falls_by_as_much(read):
    lines = changed(21, "new_cases", "-40")
    cells = lines[20].split(",")
    cells[4] = "860"
    lines[20] = ",".join(cells)
    assert read(lines)[19]["new_cases"] == -40


def test_todays_compact_file_names_two_columns_otherwise_and_leaves_codes_out(read):
    lines = owid_lines()
    lines[0] = lines[0].replace("iso_code", "code").replace("location", "country")
    lines += [line.replace("OWID_WRL,,World", ",,Asia excl. China") for line in lines if "OWID_WRL" in line]
    assert {row["iso_code"] for row in read(lines)} == {"FJI", "ITA", "OWID_WRL", "X_ASIAEXCLCHINA"}


def test_only_the_international_row_has_no_code(read, refusal):
    lines = [line.replace("OWID_WRL,,World", ",,International") for line in owid_lines()]
    assert read(lines)[-1]["iso_code"] == "OWID_INT"
    lines = [line.replace("OWID_WRL,,World", ",,World") for line in owid_lines()]
    assert "Line 22, column iso_code: “” isn't a country code" in str(refusal(lines))


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_lines_are_right_after_quoted_line_ends_and_empty_lines(stage, end):
    lines = [b"name,date,people", b'"two', b'lines",2021-01-01,1', b"", b"x,2021-01-01,one", b"y,2021-13-01,2"]
    with pytest.raises(DataError) as caught:
        stage(end.join(lines) + end)
    assert str(caught.value) == (
        "owid.csv can't be used. Line 5, column people: “one” isn't a number. "
        "Line 6, column date: “2021-13-01” is a day that doesn't exist."
    )


def test_lines_are_right_far_into_a_file_that_is_read_in_parallel(stage):
    good = b'"a name, and\nmore of it",2021-01-01,12\n' * 400_000
    with pytest.raises(DataError) as caught:
        stage(b"name,date,people\n" + good + b"x,2021-01-01\n" + good + b",2021-01-01,1\n" + good)
    assert str(caught.value) == (
        "owid.csv can't be used. Line 800,002: has 2 fields where the headings have 3: fewer; it may have been cut. "
        "Line 1,600,003, column name: it is missing."
    )


def test_spaces_around_a_cell_are_no_part_of_it(stage):
    assert stage(b"name , date,people\n a ,2021-01-01 , 5 \nb, , \n") == [
        {"row": 1, "name": "a", "date": date(2021, 1, 1), "people": 5, "is_wrong": None},
        {"row": 2, "name": "b", "date": None, "people": None, "is_wrong": None},
    ]


def test_a_file_of_json_lines_is_read_and_refused_like_any(stage):
    good = b'{"name": "a", "date": "2021-01-01", "people": 5, "more": [1]}\n'
    assert stage(good)[0]["people"] == 5
    for bad, said in (
        (b'{"name": "b", "people": 1.5}\n', "Line 3, column people: “1.5” isn't a whole number."),
        (b'{"people": 1}\n', "Line 3, column name: it is missing."),
        (b'{"name": "b", \n', "Line 3: isn't valid JSON"),
        (b"[1]\n", "Line 3: isn't a JSON object"),
    ):
        with pytest.raises(DataError) as caught:
            stage(good + b"\n" + bad + good)
        assert said in str(caught.value)
