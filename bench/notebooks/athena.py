"""A table in the simulated account, and PyAthena's default cursor over its rows."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pyarrow as pa
from pyarrow import parquet
from pyathena import connect

from bench.ground import waiting
from bench.traffic import sockets
from portal.configuration import BASE_DIR

REGION, BUCKET, NAME = "eu-west-1", "bench", "rows"
KEYS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_EC2_METADATA_DISABLED": "true"}
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
HIVE = {
    pa.string(): "string", pa.int32(): "int", pa.int64(): "bigint", pa.float64(): "double", pa.date32(): "date",
    pa.bool_(): "boolean",
}  # fmt: skip


@contextmanager
def executed(table: pa.Table) -> Iterator[Any]:
    """Will give a default cursor whose query over exactly these rows has ended, and none of them fetched yet.

    The account is a process of its own: were it one with its client, the two would wait for each other.
    """
    [port] = sockets.free(1)
    os.environ.update({**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_DEFAULT_REGION": REGION})
    # As fast as it likes: how long a query waits for its turn there is not what is measured.
    command = [sys.executable, "-m", "simulator", "--port", str(port), "--speed", "1000"]
    process = subprocess.Popen(command, cwd=BASE_DIR, stdin=subprocess.DEVNULL)
    try:
        waiting.until(lambda: sockets.listens(port), what="the simulated account answers")
        _declare(table)
        staging = f"s3://{BUCKET}/results/"
        with connect(s3_staging_dir=staging, schema_name=BUCKET, region_name=REGION, poll_interval=0.05) as connection:
            yield connection.cursor().execute(f"SELECT * FROM {NAME}")  # noqa: S608 - a name of our own
    finally:
        process.terminate()
        process.wait()


def _declare(table: pa.Table) -> None:
    """Puts the rows into the account's lake as Parquet, and tells Glue of them."""
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink)
    s3, glue = boto3.client("s3"), boto3.client("glue")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=BUCKET, Key=f"{NAME}/part.parquet", Body=sink.getvalue().to_pybytes())
    glue.create_database(DatabaseInput={"Name": BUCKET})
    storage = {
        "Columns": [{"Name": field.name, "Type": HIVE[field.type]} for field in table.schema],
        "Location": f"s3://{BUCKET}/{NAME}/",
        "SerdeInfo": {"SerializationLibrary": PARQUET},
    }
    told = {"Name": NAME, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
    glue.create_table(DatabaseName=BUCKET, TableInput=told)
