"""What queries read: formats, partitions, views, and Athena's SQL rather than DuckDB's."""

import json

import duckdb
import pytest

from tests.account import Account
from tests.simulator import lake


@pytest.mark.parametrize(
    ("serde", "parameters", "content"),
    [
        (lake.LAZY, {"field.delim": "\t"}, b"FRA\t3\t1.5\nDEU\tmany\n"),
        (lake.JSON, {}, b'{"ISO": "FRA", "n": 3, "share": 1.5}\n{"iso": "DEU", "other": [1]}\n'),
    ],
    ids=["lazy", "json"],
)
def test_what_a_row_lacks_is_null(account: Account, serde: str, parameters: dict[str, str], content: bytes) -> None:
    lake.build(account)
    columns = {"iso": "string", "n": "int", "share": "double"}
    lake.table(account, "rows", columns, content, serde=serde, parameters=parameters)

    assert lake.rows(account, "SELECT * FROM rows")[1:] == [["FRA", "3", "1.5"], ["DEU", None, None]]


def test_open_csv_knows_quotes_and_no_bad_numbers(account: Account) -> None:
    lake.build(account)
    content = b'iso,name,n\nFRA,"France, la ""belle""",3\nDEU,Germany,many\n'
    header = {"skip.header.line.count": "1"}
    columns = {"iso": "string", "name": "string", "n": "int"}
    lake.table(account, "named", columns, content, serde=lake.OPEN_CSV, parameters=header)

    assert lake.rows(account, "SELECT name FROM named WHERE iso = 'FRA'")[1] == ['France, la "belle"']
    assert "many" in lake.reason(account, "SELECT sum(n) FROM named")


def parquet(tmp_path, sql: str) -> bytes:
    path = tmp_path / "one.parquet"
    duckdb.connect().execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def test_parquet_costs_the_columns_that_are_asked(account: Account, tmp_path) -> None:
    lake.build(account)
    content = parquet(tmp_path, "SELECT range AS n, hash(range) AS h, 'x' AS Word FROM range(1000)")
    columns = {"n": "bigint", "word": "string", "newer": "double"}
    lake.table(account, "wide", columns, content, serde=lake.PARQUET, parameters={})

    assert lake.rows(account, "SELECT max(n), max(word), max(newer) FROM wide")[1] == ["999", "x", None]
    one = lake.ended(account, "SELECT sum(n) FROM wide")["Statistics"]["DataScannedInBytes"]
    both = lake.ended(account, "SELECT * FROM wide")["Statistics"]["DataScannedInBytes"]
    none = lake.ended(account, "SELECT count(*) FROM wide")["Statistics"]["DataScannedInBytes"]
    assert 0 == none < one < both < len(content)


def test_parquet_of_another_type(account: Account, tmp_path) -> None:
    lake.build(account)
    lake.table(account, "odd", {"n": "string"}, parquet(tmp_path, "SELECT 1 AS n"), serde=lake.PARQUET, parameters={})

    assert lake.reason(account, "SELECT n FROM odd").startswith("HIVE_BAD_DATA: Field n's type INTEGER in parquet file")


def test_partitions_are_found_and_left_out(account: Account) -> None:
    lake.build(account)
    lake.table(account, "yearly", {"n": "int"}, keys=["year"])
    for year in ("2020", "2021"):
        lake.put(account, f"yearly/year={year}/part", b"n\n1\n2\n")
    assert lake.rows(account, "SELECT count(*) FROM yearly")[1] == ["0"]

    lake.ended(account, "MSCK REPAIR TABLE yearly")

    assert lake.rows(account, "SHOW PARTITIONS yearly") == [["year=2020"], ["year=2021"]]
    both = lake.rows(account, "SELECT year, sum(n) FROM yearly GROUP BY year ORDER BY 1")
    assert both == [["year", "_col1"], ["2020", "3"], ["2021", "3"]]
    one = lake.ended(account, "SELECT count(*) FROM yearly y WHERE y.year = '2021' AND n > 0")
    assert one["Statistics"]["DataScannedInBytes"] == len(b"n\n1\n2\n")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("7 / 2", "3"),
        ("date_diff('day', TIMESTAMP '2020-01-01 23:00:00', TIMESTAMP '2020-01-02 01:00:00')", "0"),
        ("date_trunc('month', DATE '2020-03-05')", "2020-03-01"),
        ("date_trunc('month', TIMESTAMP '2020-03-05 01:00:00')", "2020-03-01 00:00:00.000"),
        ("date_add('day', 1, DATE '2020-03-05')", "2020-03-06"),
        ("DATE '2020-03-05' + INTERVAL '1' DAY", "2020-03-06"),
        ("CAST('Germany' AS varchar(3))", "Ger"),
        ("1.0E10", "1.0E10"),
        ("0.1E0 + 0.2E0", "0.30000000000000004"),
        ("CAST(1.50 AS decimal(10,2))", "1.50"),
        ("ARRAY[1, NULL]", "[1, null]"),
        ("MAP(ARRAY['a'], ARRAY[1])", "{a=1}"),
        ("X'00ff'", "00 ff"),
        ("CAST(NULL AS integer)", None),
        ("''", ""),
        ("TRUE", "true"),
        ("TIMESTAMP '2020-03-05 01:02:03.456 UTC'", "2020-03-05 01:02:03.456 UTC"),
        ("split_part('a-b', '-', 2)", "b"),
        ("day_of_week(DATE '2020-03-01')", "7"),
    ],
)
def test_values_are_athenas(account: Account, expression: str, text: str | None) -> None:
    lake.build(account)

    assert lake.rows(account, f"SELECT {expression}") == [["_col0"], [text]]


def test_dates_of_a_table_stay_dates(account: Account) -> None:
    lake.build(account)

    found = lake.rows(account, "SELECT date_trunc('month', c.day) m, sum(cases) FROM cases c GROUP BY 1 ORDER BY 1")

    assert found[1:] == [["2020-03-01", "3"], ["2020-04-01", "5"]]


def test_types_of_columns(account: Account) -> None:
    athena = lake.build(account)
    sql = """SELECT iso, day, cases, sum(cases), 1.5E0, CAST(1 AS decimal(9,2)), ARRAY[1], CAST(ROW(1) AS ROW(x int)),
        now() FROM cases GROUP BY 1, 2, 3"""
    one = lake.ended(account, sql)

    found = athena.get_query_results(QueryExecutionId=one["QueryExecutionId"])["ResultSet"]["ResultSetMetadata"]

    types = [(each["Type"], each["Precision"], each["Scale"]) for each in found["ColumnInfo"]]
    assert types == [
        ("varchar", 2147483647, 0),
        ("date", 0, 0),
        ("integer", 10, 0),
        ("bigint", 19, 0),
        ("double", 17, 0),
        ("decimal", 9, 2),
        ("array", 0, 0),
        ("row", 0, 0),
        ("timestamp with time zone", 3, 0),
    ]


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT 1\nFROM nowhere", "TABLE_NOT_FOUND: line 2:6: Table 'awsdatacatalog.covid.nowhere' does not exist"),
        ("SELECT 1 FROM no.places", "SCHEMA_NOT_FOUND: Schema 'no' does not exist"),
        ("SELECT iso, nothing FROM cases", "COLUMN_NOT_FOUND: line 1:13: Column 'nothing' cannot be resolved"),
        ("SELECT c.nothing FROM cases c", "COLUMN_NOT_FOUND: line 1:10: Column 'nothing' cannot be resolved"),
        ("SELECT nofunction(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'nofunction' not registered"),
        ("SELECT CAST('a' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast 'a' to the type that was asked"),
        ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT iso, sum(cases) FROM cases", "EXPRESSION_NOT_AGGREGATE: line 1:8: 'iso' must be"),
        ("SELECT ?", "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 1 but found 0"),
    ],
)
def test_a_query_fails(account: Account, sql: str, why: str) -> None:
    lake.build(account)

    status = lake.ended(account, sql)["Status"]

    assert (status["State"], status["StateChangeReason"][: len(why)]) == ("FAILED", why)
    assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]
    assert status["AthenaError"]["ErrorCategory"] == 2


def test_no_query_reads_this_machine(account: Account) -> None:
    lake.build(account)

    why = lake.reason(account, "SELECT * FROM read_text('/etc/hostname')")
    assert why == "FUNCTION_NOT_FOUND: line 1:15: Function 'read_text' not registered"


def test_names_in_full(account: Account) -> None:
    lake.build(account)
    sql = """WITH own AS (SELECT Cases.ISO FROM "AwsDataCatalog"."Covid"."CASES")
        SELECT count(*) AS n FROM own o JOIN cases USING (iso)"""

    assert lake.rows(account, sql, QueryExecutionContext={"Database": "covid"}) == [["n"], ["5"]]


def test_json_types(account: Account) -> None:
    lake.build(account)
    columns = {"at": "struct<city:string,tags:array<string>>", "counts": "map<string,int>"}
    content = json.dumps({"at": {"city": "Lyon", "tags": ["a"]}, "counts": {"x": 1}}).encode()
    lake.table(account, "nested", columns, content, serde=lake.JSON, parameters={})

    found = lake.rows(account, "SELECT at, at.city, at.tags[1], counts['x'], counts FROM nested")

    assert found[1] == ["{city=Lyon, tags=[a]}", "Lyon", "a", "1", "{x=1}"]
