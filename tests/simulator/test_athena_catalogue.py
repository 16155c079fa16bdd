"""What a query may ask the catalogue: EXPLAIN, information_schema, "$path", projected partitions."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.account import Account
from tests.simulator import lake

DAYS = {
    "projection.enabled": "true",
    "projection.day.type": "date",
    "projection.day.format": "yyyy-MM-dd",
    "projection.day.range": "2020-01-01,NOW",
    "projection.source.type": "enum",
    "projection.source.values": "jhu,owid",
    "projection.part.type": "integer",
    "projection.part.range": "1,3",
    "projection.part.digits": "2",
}


def projected(account: Account, day: str = "date", **parameters: str) -> None:
    """Declares a table whose partitions nobody lists; `day` is that key's type."""
    storage = {
        "Columns": [{"Name": "cases", "Type": "int"}],
        "Location": "s3://lake/drops/",
        "SerdeInfo": {"SerializationLibrary": lake.PARQUET},
    }
    declared = {
        "Name": "drops",
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": storage,
        "PartitionKeys": [
            {"Name": name, "Type": type_} for name, type_ in (("source", "string"), ("day", day), ("part", "int"))
        ],
        "Parameters": {**DAYS, **parameters},
    }
    account.client("glue").create_table(DatabaseName="covid", TableInput=declared)


def drop(account: Account, folder: str, cases: int) -> None:
    written = io.BytesIO()
    pq.write_table(pa.table({"cases": pa.array([cases], pa.int32())}), written)
    lake.put(account, f"{folder}/part.parquet", written.getvalue())


def test_explain_validates_without_scanning(account: Account) -> None:
    lake.build(account)

    one = lake.ended(account, "EXPLAIN (TYPE VALIDATE) SELECT iso FROM cases WHERE cases > 3")
    wrong = lake.reason(account, "EXPLAIN (TYPE VALIDATE) SELECT nothing FROM cases")

    assert one["Status"]["State"] == "SUCCEEDED"
    assert (one["StatementType"], one["SubstatementType"]) == ("UTILITY", "EXPLAIN")
    assert one["Statistics"]["DataScannedInBytes"] == 0
    assert wrong.startswith("COLUMN_NOT_FOUND: line 1:")
    assert "'nothing' cannot be resolved" in wrong
    assert lake.rows(account, "EXPLAIN (TYPE VALIDATE) SELECT ? + 1", ExecutionParameters=["2"]) == [["true"]]


def test_explain_says_which_tables_are_read(account: Account) -> None:
    lake.build(account)

    sql = "EXPLAIN (TYPE IO, FORMAT JSON) WITH one AS (SELECT * FROM cases) SELECT count(*) FROM one, covid.cases"
    plan = json.loads(lake.rows(account, sql)[0][0] or "")

    read = [one["table"]["schemaTable"] for one in plan["inputTableColumnInfos"]]
    assert read == [{"schema": "covid", "table": "cases"}]


def test_a_plan_is_not_made_up(account: Account) -> None:
    lake.build(account)

    assert "explains TYPE VALIDATE and TYPE IO, not DISTRIBUTED" in lake.reason(account, "EXPLAIN SELECT 1")
    assert "not DISTRIBUTED" in lake.reason(account, "EXPLAIN ANALYZE SELECT 1")


def test_information_schema(account: Account) -> None:
    lake.build(account)
    lake.table(account, "kept", {"some": "array<struct<a:int,b:string>>"}, keys=["year"])
    lake.ended(account, "CREATE VIEW seen AS SELECT iso FROM cases")

    tables = lake.rows(account, "SELECT table_name, table_type FROM information_schema.tables ORDER BY table_name")
    columns = lake.rows(
        account,
        "SELECT column_name, ordinal_position, data_type, extra_info FROM information_schema.columns "
        "WHERE table_schema = 'covid' AND table_name = 'kept' ORDER BY ordinal_position",
    )

    assert tables[1:] == [["cases", "BASE TABLE"], ["kept", "BASE TABLE"], ["seen", "VIEW"]]
    assert columns[1:] == [
        ["some", "1", "array(row(a integer, b varchar))", None],
        ["year", "2", "varchar", "partition key"],
    ]
    assert lake.reason(account, "SELECT * FROM information_schema.nothing").startswith("TABLE_NOT_FOUND: line 1:34")


def test_the_path_of_a_row(account: Account) -> None:
    lake.build(account)
    lake.put(account, "cases/more", b"iso,day,cases\nITA,2020-05-01,9\n")

    found = lake.rows(account, 'SELECT iso, "$path" FROM cases WHERE cases > 4 ORDER BY iso')
    counted = lake.rows(account, 'SELECT "$path", count(*) FROM cases GROUP BY 1 ORDER BY 1')

    assert found[1:] == [["FRA", "s3://lake/cases/part"], ["ITA", "s3://lake/cases/more"]]
    assert counted[1:] == [["s3://lake/cases/more", "1"], ["s3://lake/cases/part", "3"]]
    assert "not beside *" in lake.reason(account, 'SELECT *, "$path" FROM cases')


def test_partitions_are_projected(account: Account) -> None:
    lake.build(account)
    projected(account)
    drop(account, "drops/source=jhu/day=2020-03-01/part=01", 3)
    drop(account, "drops/source=owid/day=2021-02-28/part=03", 5)
    drop(account, "drops/source=who/day=2021-02-28/part=03", 100)

    every = lake.rows(account, "SELECT source, day, part, cases FROM drops ORDER BY day")
    one = lake.ended(account, "SELECT sum(cases) FROM drops WHERE day >= DATE '2021-01-01' AND source = 'owid'")
    nothing = lake.ended(account, "SELECT sum(cases) FROM drops WHERE day > DATE '2022-01-01'")

    assert every[1:] == [["jhu", "2020-03-01", "1", "3"], ["owid", "2021-02-28", "3", "5"]]
    assert 0 < one["Statistics"]["DataScannedInBytes"] < 100
    assert nothing["Statistics"]["DataScannedInBytes"] == 0


def test_a_template_says_where_they_lie(account: Account) -> None:
    lake.build(account)
    template = "s3://lake/by-month/${day}/${source}-${part}/"
    months = {"projection.day.format": "yyyy/MM", "projection.day.range": "NOW-2YEARS,NOW"}
    projected(account, "string", **{"storage.location.template": template, **months})
    now = account.world.now()
    drop(account, f"by-month/{now:%Y/%m}/jhu-02", 7)

    assert lake.rows(account, "SELECT day, cases FROM drops")[1:] == [[f"{now:%Y/%m}", "7"]]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"projection.part.type": "injected"}, "the simulator projects enum, integer, date, not injected"),
        ({"projection.part.range": "one,two"}, "is none of whole numbers"),
        ({"projection.day.range": "2020-01-01"}, "is two values"),
        ({"projection.day.format": "dd.MM.yyyy"}, "can't be read by its format"),
    ],
)
def test_a_projection_that_is_set_wrongly(account: Account, changed: dict[str, str], told: str) -> None:
    lake.build(account)
    projected(account, **changed)

    reason = lake.reason(account, "SELECT count(*) FROM drops")

    assert reason.startswith("INVALID_TABLE_PROPERTY: For the projected column")
    assert told in reason
