"""Statements that change the catalogue or write files."""

import duckdb
import pytest
from botocore.exceptions import ClientError

from tests.account import Account
from tests.simulator import lake

DECLARED = """
CREATE EXTERNAL TABLE IF NOT EXISTS covid.`tests` (`iso` string, n int, s struct<x:int,y:array<string>>)
PARTITIONED BY (year string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' WITH SERDEPROPERTIES ('separatorChar' = ';')
LOCATION 's3://lake/tests/' TBLPROPERTIES ('skip.header.line.count' = '1')
"""


def test_a_table_is_declared_read_and_dropped(account: Account) -> None:
    lake.build(account)
    lake.put(account, "tests/year=2021/part", b"iso;n;s\nFRA;3\n")

    one = lake.ended(account, DECLARED)
    lake.ended(account, "ALTER TABLE tests ADD IF NOT EXISTS PARTITION (year = '2021')")

    assert (one["StatementType"], one["SubstatementType"]) == ("DDL", "CREATE_TABLE")
    assert one["ResultConfiguration"]["OutputLocation"].endswith(".txt")
    assert lake.rows(account, "SELECT iso, n, year FROM tests")[1:] == [["FRA", "3", "2021"]]
    assert lake.rows(account, "SHOW TABLES IN covid '*s'") == [["cases"], ["tests"]]
    described = [str(row[0]).split() for row in lake.rows(account, "DESCRIBE tests")]
    assert described[2:] == [["s", "struct<x:int,y:array<string>>"], ["year", "string"]]
    assert lake.reason(account, DECLARED.replace("IF NOT EXISTS", "")).startswith("FAILED: Execution Error")
    lake.ended(account, "DROP TABLE covid.tests")
    assert lake.rows(account, "SHOW TABLES") == [["cases"]]
    assert "Table not found" in lake.reason(account, "DROP TABLE tests")


def test_databases(account: Account) -> None:
    lake.build(account)
    lake.ended(account, "CREATE DATABASE IF NOT EXISTS other")

    assert lake.rows(account, "SHOW DATABASES") == [["covid"], ["other"]]
    assert "not empty" in lake.reason(account, "DROP DATABASE covid")
    lake.ended(account, "DROP DATABASE other")
    assert lake.rows(account, "SHOW DATABASES") == [["covid"]]


def test_a_view(account: Account) -> None:
    lake.build(account)
    lake.ended(account, "CREATE VIEW french AS SELECT day, cases FROM cases WHERE iso = 'FRA'")

    assert lake.rows(account, "SELECT sum(cases) AS n FROM french") == [["n"], ["8"]]
    assert "VIEW_ALREADY_EXISTS" in lake.reason(account, "CREATE VIEW french AS SELECT 1 AS one")
    lake.ended(account, "CREATE OR REPLACE VIEW french AS SELECT 1 AS one")
    assert lake.rows(account, "SELECT * FROM french") == [["one"], ["1"]]


def test_create_table_as(account: Account) -> None:
    lake.build(account)
    sql = """CREATE TABLE sums WITH (format = 'PARQUET', external_location = 's3://lake/sums/',
        partitioned_by = ARRAY['iso']) AS SELECT sum(cases) AS n, iso FROM cases GROUP BY iso"""

    one = lake.ended(account, sql)

    assert (one["StatementType"], one["SubstatementType"]) == ("DDL", "CREATE_TABLE_AS_SELECT"), one
    manifest = lake.read(account, one["Statistics"]["DataManifestLocation"]).decode().split()
    assert [line.rpartition("/")[0] for line in manifest] == ["s3://lake/sums/iso=DEU", "s3://lake/sums/iso=FRA"]
    table = account.client("glue").get_table(DatabaseName="covid", Name="sums")["Table"]
    assert [each["Type"] for each in table["StorageDescriptor"]["Columns"]] == ["bigint"]
    assert lake.rows(account, "SELECT * FROM sums WHERE iso = 'FRA'") == [["n", "iso"], ["8", "FRA"]]
    lake.ended(account, "INSERT INTO sums SELECT 9, 'ITA'")
    assert lake.rows(account, "SELECT sum(n) AS n FROM sums") == [["n"], ["17"]]
    assert "TABLE_ALREADY_EXISTS" in lake.reason(account, "CREATE TABLE sums AS SELECT 1 AS one")
    assert "MISSING_COLUMN_NAME" in lake.reason(account, "CREATE TABLE nameless AS SELECT 1")
    assert "HIVE_PATH_ALREADY_EXISTS" in lake.reason(account, sql.replace("TABLE sums", "TABLE others"))


def test_unload(account: Account, tmp_path) -> None:
    lake.build(account)
    sql = """UNLOAD (SELECT iso, sum(cases) AS n FROM cases WHERE iso > ? GROUP BY iso)
        TO 's3://lake/out' WITH (format = 'PARQUET')"""

    one = lake.ended(account, sql, ExecutionParameters=["'E'"])

    assert (one["SubstatementType"], one["Status"]["State"]) == ("UNLOAD", "SUCCEEDED"), one["Status"]
    [location] = lake.read(account, one["Statistics"]["DataManifestLocation"]).decode().split()
    assert location.startswith("s3://lake/out/")
    (tmp_path / "one.parquet").write_bytes(lake.read(account, location))
    found = duckdb.read_parquet(str(tmp_path / "one.parquet")).project("*, typeof(n)").fetchall()
    assert found == [("FRA", 8, "BIGINT")]
    assert "HIVE_PATH_ALREADY_EXISTS" in lake.reason(account, sql, ExecutionParameters=["'E'"])
    none = lake.ended(account, sql.replace("out", "none"), ExecutionParameters=["'Z'"])
    assert lake.read(account, none["Statistics"]["DataManifestLocation"]) == b""


def test_prepared_statements(account: Account) -> None:
    athena = lake.build(account)
    lake.ended(account, "PREPARE of_country FROM SELECT sum(cases) AS n FROM cases WHERE iso = ? AND cases > ?")

    assert lake.rows(account, "EXECUTE of_country USING 'FRA', 1") == [["n"], ["8"]]
    assert lake.rows(account, "EXECUTE of_country", ExecutionParameters=["'FRA'", "4"]) == [["n"], ["5"]]
    [kept] = athena.list_prepared_statements(WorkGroup="primary")["PreparedStatements"]
    assert kept["StatementName"] == "of_country"
    athena.update_prepared_statement(WorkGroup="primary", StatementName="of_country", QueryStatement="SELECT 1 AS one")
    assert lake.rows(account, "EXECUTE of_country") == [["one"], ["1"]]
    athena.delete_prepared_statement(WorkGroup="primary", StatementName="of_country")
    with pytest.raises(athena.exceptions.ResourceNotFoundException):
        athena.get_prepared_statement(WorkGroup="primary", StatementName="of_country")
    assert "NOT_FOUND" in lake.reason(account, "EXECUTE of_country")


def test_metadata(account: Account) -> None:
    athena = lake.build(account)
    lake.table(account, "yearly", {"n": "int"}, keys=["year"])
    asked = {"CatalogName": "AwsDataCatalog", "DatabaseName": "covid"}

    assert athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"] == [{"Name": "covid"}]
    assert [one["Name"] for one in athena.list_table_metadata(**asked)["TableMetadataList"]] == ["cases", "yearly"]
    named = athena.list_table_metadata(**asked, Expression="year.*")["TableMetadataList"]
    assert [one["PartitionKeys"] for one in named] == [[{"Name": "year", "Type": "string"}]]
    table = athena.get_table_metadata(**asked, TableName="Cases")["TableMetadata"]
    assert table["Columns"][1] == {"Name": "day", "Type": "date"}
    assert table["Parameters"]["location"] == "s3://lake/cases/"
    with pytest.raises(athena.exceptions.MetadataException):
        athena.get_table_metadata(**asked, TableName="nothing")
    with pytest.raises(ClientError, match="is not found"):
        athena.list_databases(CatalogName="other")
