"""The first query on the stack analytics, by the portal's own engine, with the role of queries and nothing else.

Every call is held to that role's policies. What Athena itself reads and writes by that role isn't: the simulated Athena
reads what it is asked for (docs/aws.md).
"""

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from pyarrow import parquet

from analytics.engines import base
from analytics.engines.athena.config import Config
from analytics.engines.athena.engine import AthenaEngine
from portal import aws
from simulator.services import iam
from tests.account import REGION
from tests.infra import standing
from tests.simulator import lake

LIMITS = base.Limits(wall_s=60, cpu_s=60, memory_bytes=10**9, rows=1000, result_bytes=10**9)
DAYS = pa.table({"country": ["FRA", "DEU"], "new_cases": pa.array([3, 5], pa.int64())})


class Asked:
    """The stack, a table in its lake, and an engine as the portal makes it of the stack's outputs."""

    def __init__(self, account, *, unload_from_bytes: int) -> None:
        self.account = account
        self.outputs = standing.Standing(account, standing.environment("production", stacks=("analytics",))).up()
        self._declare()
        iam.enforce()
        config = Config(
            REGION,
            self.outputs["WorkGroup"],
            f"s3://{self.outputs['ResultsBucket']}/",
            reuse_minutes=0,
            unload_from_bytes=unload_from_bytes,
        )
        self.engine = AthenaEngine(config, self.door)

    def door(self, person: str) -> aws.Door:
        return aws.Door(aws.Access(REGION, self.outputs["QueryRole"], session=person))

    def _declare(self) -> None:
        sink = pa.BufferOutputStream()
        parquet.write_table(DAYS, sink)
        bucket = self.outputs["LakeBucket"]
        hand = self.account.hand
        hand("s3").put_object(Bucket=bucket, Key="tables/days/part.parquet", Body=sink.getvalue().to_pybytes())
        storage = {
            "Columns": [{"Name": "country", "Type": "string"}, {"Name": "new_cases", "Type": "bigint"}],
            "Location": f"s3://{bucket}/tables/days/",
            "SerdeInfo": {"SerializationLibrary": lake.PARQUET},
        }
        declared = {"Name": "days", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
        hand("glue").create_table(DatabaseName=self.outputs["GlueDatabase"], TableInput=declared)

    def submit(self, sql: str) -> str:
        return self.engine.submit(
            base.Submission(sql, token="t" * 32, person="ada", database=self.outputs["GlueDatabase"], limits=LIMITS)
        )

    def end(self, run: str) -> base.RunStatus:
        for _ in range(60):
            status = self.engine.poll(run)
            if status.state.is_end:
                return status
            self.account.advance(seconds=1)
        raise AssertionError("the query did not end")


@pytest.mark.parametrize("unload_from_bytes", [1, 1 << 40], ids=["unloaded", "selected"])
def test_a_person_asks_and_reads_by_the_query_role_alone(account, unload_from_bytes):
    asked = Asked(account, unload_from_bytes=unload_from_bytes)
    account.world.journal.clear()
    run = asked.submit("SELECT country, new_cases FROM days")
    status = asked.end(run)
    assert (status.state, status.message) == (base.State.SUCCEEDED, "")
    assert asked.engine.page(run).sort_by("country").to_pydict() == {"country": ["DEU", "FRA"], "new_cases": [5, 3]}
    asked.engine.cancel(run)
    asked.engine.forget(run)
    assert (
        not account.hand("s3").list_objects_v2(Bucket=asked.outputs["ResultsBucket"], Prefix="unload/").get("Contents")
    )
    callers = {one.caller for one in account.world.journal.calls if "assumed-role" in one.caller}
    assert {one.split("/")[1] for one in callers} == {"verdigris-production-query"}
    assert any(one.endswith("/ada") for one in callers)


def test_the_query_role_may_do_nothing_else(account):
    asked = Asked(account, unload_from_bytes=1)
    door = asked.door("ada")
    bucket, database = asked.outputs["LakeBucket"], asked.outputs["GlueDatabase"]
    for call in (
        lambda: door.client("s3").get_object(Bucket=bucket, Key="raw/secret.csv"),
        lambda: door.client("s3").put_object(Bucket=bucket, Key="tables/days/more", Body=b""),
        lambda: door.client("glue").delete_table(DatabaseName=database, Name="days"),
        lambda: door.client("athena").start_query_execution(QueryString="SELECT 1", WorkGroup="primary"),
        lambda: door.client("codedeploy").stop_deployment(deploymentId="d-1"),
    ):
        with pytest.raises(ClientError, match="is not authorized to perform"):
            call()
