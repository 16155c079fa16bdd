"""Athena in the simulated account, as the engine suite drives it."""

from typing import Any

import pyarrow as pa
from pyarrow import parquet

from analytics.engines.athena.config import Config
from analytics.engines.athena.engine import AthenaEngine
from portal import aws
from simulator.services import athena as athenas
from tests.account import REGION, Account
from tests.contracts.engines.rigs import DATABASE, ROWS, word
from tests.simulator import lake

WORKGROUP = "people"
CUT_OFF_BYTES = 10_000_000


class AthenaRig:
    def __init__(self, account: Account, *, unload_from_bytes: int = 1 << 40, reuse_minutes: int = 0) -> None:
        self.account = account
        self.people: list[str] = []
        lake.build(account)
        account.hand("glue").create_database(DatabaseInput={"Name": DATABASE})
        self.declare("counted", {"n": "bigint", "word": "string"}, self._counted())
        configuration = {
            "ResultConfiguration": {"OutputLocation": lake.RESULTS},
            "EnforceWorkGroupConfiguration": False,
            "BytesScannedCutoffPerQuery": CUT_OFF_BYTES,
        }
        account.hand("athena").create_work_group(Name=WORKGROUP, Configuration=configuration)
        config = Config(
            REGION, WORKGROUP, lake.RESULTS, reuse_minutes=reuse_minutes, unload_from_bytes=unload_from_bytes
        )
        self.engine = AthenaEngine(config, self._door)

    def hold(self) -> None:
        athenas.set_pace(athenas.Pace(running_s=3600))

    def settle(self) -> None:
        self.account.advance(seconds=10)

    def close(self) -> None: ...

    def declare(
        self, name: str, columns: dict[str, str], content: pa.Table | None = None, keys: dict[str, str] | None = None
    ) -> None:
        """Will declare a table of Parquet in the suite's database, with one file if it has content."""
        storage = {
            "Columns": [{"Name": one, "Type": type_} for one, type_ in columns.items()],
            "Location": f"s3://lake/{DATABASE}/{name}/",
            "SerdeInfo": {"SerializationLibrary": lake.PARQUET},
        }
        declared: dict[str, Any] = {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
        declared["PartitionKeys"] = [{"Name": one, "Type": type_} for one, type_ in (keys or {}).items()]
        self.account.hand("glue").create_table(DatabaseName=DATABASE, TableInput=declared)
        if content is not None:
            self.put(f"{DATABASE}/{name}/part.parquet", content)

    def put(self, key: str, content: pa.Table) -> int:
        sink = pa.BufferOutputStream()
        parquet.write_table(content, sink)
        raw = sink.getvalue().to_pybytes()
        lake.put(self.account, key, raw)
        return len(raw)

    def _door(self, person: str) -> aws.Door:
        self.people.append(person)
        return aws.Door(self.account.access)

    def _counted(self) -> pa.Table:
        numbers = list(range(1, ROWS + 1))
        return pa.table({"n": pa.array(numbers, pa.int64()), "word": [word(one) for one in numbers]})
