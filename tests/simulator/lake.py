"""A bucket with data, and Glue's tables over it."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.account import REGION, Account

LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
JSON = "org.openx.data.jsonserde.JsonSerDe"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
COMMAS = {"field.delim": ",", "skip.header.line.count": "1"}
RESULTS = "s3://lake/results/"
CASES = b"iso,day,cases\nFRA,2020-03-01,3\nFRA,2020-04-02,5\nDEU,2020-03-01,\n"
COLUMNS = {"iso": "string", "day": "date", "cases": "int"}


def build(account: Account) -> Any:
    """Will make the bucket, the database `covid` and its table `cases`, and give a client of Athena."""
    location = {"LocationConstraint": REGION}
    account.hand("s3").create_bucket(Bucket="lake", CreateBucketConfiguration=location)
    account.hand("glue").create_database(DatabaseInput={"Name": "covid"})
    table(account, "cases", COLUMNS, CASES)
    return account.hand("athena")


def put(account: Account, key: str, content: bytes) -> None:
    account.hand("s3").put_object(Bucket="lake", Key=key, Body=content)


def read(account: Account, location: str) -> bytes:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    content: bytes = account.hand("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


def table(
    account: Account,
    name: str,
    columns: Mapping[str, str],
    content: bytes = b"",
    *,
    serde: str = LAZY,
    parameters: Mapping[str, str] = COMMAS,
    keys: Sequence[str] = (),
) -> None:
    """Will declare a table over lake/<name>/, and put its one file there."""
    storage = {
        "Columns": [{"Name": one, "Type": type_} for one, type_ in columns.items()],
        "Location": f"s3://lake/{name}/",
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": dict(parameters)},
    }
    declared = {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
    declared["PartitionKeys"] = [{"Name": one, "Type": "string"} for one in keys]
    account.hand("glue").create_table(DatabaseName="covid", TableInput=declared)
    if content:
        put(account, f"{name}/part", content)


def start(athena: Any, sql: str, **more: Any) -> str:
    """Will start a query in the database `covid`, and give its id."""
    asked = {"QueryExecutionContext": {"Database": "covid"}, "ResultConfiguration": {"OutputLocation": RESULTS}}
    return str(athena.start_query_execution(QueryString=sql, **{**asked, **more})["QueryExecutionId"])


def told(athena: Any, id_: str) -> dict[str, Any]:
    return dict(athena.get_query_execution(QueryExecutionId=id_)["QueryExecution"])


def ended(account: Account, sql: str, **more: Any) -> dict[str, Any]:
    """Will run a query to its end, and describe it."""
    athena = account.hand("athena")
    id_ = start(athena, sql, **more)
    account.advance(minutes=1)
    return told(athena, id_)


def rows(account: Account, sql: str, **more: Any) -> list[list[str | None]]:
    """Will run a query, and give all that GetQueryResults has of it, the header too."""
    one = ended(account, sql, **more)
    assert one["Status"]["State"] == "SUCCEEDED", one["Status"]
    answer = account.hand("athena").get_query_results(QueryExecutionId=one["QueryExecutionId"])
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in answer["ResultSet"]["Rows"]]


def reason(account: Account, sql: str, **more: Any) -> str:
    """Will run a query that fails, and say why it did."""
    status = ended(account, sql, **more)["Status"]
    assert status["State"] == "FAILED", status
    return str(status["StateChangeReason"])
