"""What only Athena has: UNLOAD, cut-offs, people's names, bills and partitions."""

import pyarrow as pa
import pytest

from analytics.engines.base import QueryError, State
from analytics.rules import cost
from tests.contracts.engines.athena import AthenaRig
from tests.contracts.engines.rigs import ALL, ROWS, SLOW, SUM, submission, word
from tests.simulator import lake

UNSORTED = "SELECT n, word FROM counted -- all of them;"


def ended(rig, sql, **limits):
    id_ = rig.engine.submit(submission(sql, **limits))
    rig.settle()
    return id_, rig.engine.poll(id_, patience_s=5)


@pytest.fixture
def rig(account):
    return AthenaRig(account)


@pytest.fixture
def unloading(account):
    return AthenaRig(account, unload_from_bytes=0)


def test_what_is_large_and_unordered_is_unloaded(account, unloading):
    id_, status = ended(unloading, UNSORTED)

    sent = account.calls("athena:StartQueryExecution")[-1].parameters["QueryString"]
    assert sent.startswith("UNLOAD (\nSELECT n, word FROM counted")
    assert (status.state, status.rows) == (State.SUCCEEDED, ROWS)
    assert [(one.name, one.type) for one in status.columns] == [("n", "bigint"), ("word", "varchar")]
    rows = [row for batch in unloading.engine.batches(id_) for row in batch.to_pylist()]
    assert sorted(row["n"] for row in rows) == list(range(1, ROWS + 1))
    assert rows[0]["word"] == word(rows[0]["n"])


def test_what_is_ordered_is_not_unloaded(account, unloading):
    ended(unloading, ALL)

    assert account.calls("athena:StartQueryExecution")[-1].parameters["QueryString"] == ALL


def test_unloading_has_a_folder_of_its_own(account, unloading):
    for _ in range(2):
        _, status = ended(unloading, UNSORTED)
        assert status.state is State.SUCCEEDED


def test_an_unloaded_result_over_its_limits_is_none(unloading):
    assert ended(unloading, UNSORTED, rows=ROWS - 1)[1].code == "over-rows"
    assert ended(unloading, UNSORTED, result_bytes=100)[1].code == "over-bytes"


def test_forgetting_removes_what_was_unloaded(account, unloading):
    id_, _ = ended(unloading, UNSORTED)
    unloading.engine.forget(id_)

    kept = account.client("s3").list_objects_v2(Bucket="lake", Prefix="results/").get("Contents", [])
    assert [one["Key"] for one in kept if "unload/" in one["Key"] or "manifest" in one["Key"]] == []


def test_a_token_keeps_its_form_when_the_tables_have_grown(account, rig):
    asked = submission(UNSORTED)
    first = rig.engine.submit(asked)
    grown = type(rig.engine)(
        type(rig.engine.config)(**{**vars(rig.engine.config), "unload_from_bytes": 0}), rig.engine.doors
    )

    assert grown.submit(asked) == first


def test_types_come_back(rig):
    sql = """SELECT DATE '2020-03-01' AS day, TIMESTAMP '2020-03-05 01:02:03' AS at, 1.5E0 AS half,
        CAST(1.50 AS decimal(9,2)) AS cost, true AS yes, CAST(NULL AS varchar) AS none, '' AS empty,
        'a "quoted", text' || chr(10) || 'in two lines' AS text"""
    id_, status = ended(rig, sql)

    [row] = rig.engine.page(id_).to_pylist()
    assert [one.type for one in status.columns[:5]] == ["date", "timestamp", "double", "decimal(9,2)", "boolean"]
    assert [str(row[name]) for name in ("day", "at", "half", "cost")] == [
        "2020-03-01",
        "2020-03-05 01:02:03",
        "1.5",
        "1.50",
    ]
    assert (row["yes"], row["none"], row["empty"]) == (True, None, "")
    assert row["text"] == 'a "quoted", text\nin two lines'


def test_a_person_asks_under_their_own_name(rig):
    ended(rig, SUM)
    assert "ada" in rig.people


def test_what_reads_too_much_is_cut_off_and_billed(account, rig):
    account.client("athena").update_work_group(
        WorkGroup="people", ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10_000_000}
    )
    rig.declare("large", {"n": "bigint"})
    lake.put(account, "counting/large/part", b"")
    rig.put("counting/large/part", pa.table({"n": pa.array(range(3_000_000), pa.int64())}))

    _, status = ended(rig, "SELECT sum(n) AS n FROM large")

    assert (status.state, status.code) == (State.FAILED, "over-scan")
    assert status.cost_usd == cost.cost_usd(status.bytes_scanned) > 0


def test_a_failure_carries_athenas_code_and_costs_nothing(rig):
    _, status = ended(rig, "SELECT CAST(word AS integer) AS n FROM counted")

    assert (status.state, status.code, status.cost_usd) == (State.FAILED, "INVALID_CAST_ARGUMENT", 0)
    assert "Athena's error type" in status.message


def test_what_takes_too_long_is_stopped(account, rig):
    rig.hold()
    id_ = rig.engine.submit(submission(SLOW, wall_s=60.0))
    account.advance(seconds=90)

    rig.engine.poll(id_)

    assert rig.engine.poll(id_).code == "over-time"
    assert rig.engine.poll(id_).state is State.FAILED


def test_cancelling_stops_it_at_athena(account, rig):
    rig.hold()
    id_ = rig.engine.submit(submission(SLOW))
    rig.engine.cancel(id_)

    [stopped] = account.calls("athena:StopQueryExecution")
    assert id_.startswith(stopped.parameters["QueryExecutionId"])
    assert rig.engine.poll(id_).state is State.CANCELLED


def test_aws_in_trouble_is_told_and_may_be_asked_again(account, rig):
    account.fault("athena:StartQueryExecution", times=3, code="TooManyRequestsException", status=400)
    asked = submission(SUM)

    with pytest.raises(QueryError) as raised:
        rig.engine.submit(asked)

    assert not raised.value.permanent
    assert "AKIA" not in raised.value.message
    assert rig.engine.submit(asked)


def test_partitions_that_a_query_leaves_out_cost_nothing(account, rig):
    keys = {"day": "date"}
    rig.declare("daily", {"n": "bigint"}, keys=keys)
    sizes = {}
    for day in ("2020-03-01", "2020-03-02", "2020-03-03"):
        location = f"counting/daily/day={day}/part.parquet"
        sizes[day] = rig.put(location, pa.table({"n": pa.array(range(int(day[-1]) * 1000), pa.int64())}))
        storage = {
            "Columns": [{"Name": "n", "Type": "bigint"}],
            "Location": f"s3://lake/counting/daily/day={day}/",
            "SerdeInfo": {"SerializationLibrary": lake.PARQUET},
        }
        account.hand("glue").create_partition(
            DatabaseName="counting", TableName="daily", PartitionInput={"Values": [day], "StorageDescriptor": storage}
        )

    def upper(sql):
        return rig.engine.estimate(submission(sql)).bytes_upper

    assert upper("SELECT n FROM daily") == sum(sizes.values())
    assert upper("SELECT n FROM daily WHERE day = DATE '2020-03-02'") == sizes["2020-03-02"]
    assert upper("SELECT n FROM daily WHERE day > DATE '2020-03-02' AND n > 5") == (
        sizes["2020-03-02"] + sizes["2020-03-03"]
    )
    assert upper("SELECT n FROM daily WHERE day = DATE '2020-03-02' OR n = 1") == sum(sizes.values())


def test_a_large_result_is_never_held_whole(account, rig):
    rows = 400_000
    rig.declare("many", {"n": "bigint", "word": "string"})
    rig.put(
        "counting/many/part",
        pa.table({"n": pa.array(range(rows), pa.int64()), "word": [f"{one:040d}" for one in range(rows)]}),
    )
    id_, status = ended(rig, "SELECT n, word FROM many ORDER BY n")
    assert status.state is State.SUCCEEDED

    before = pa.total_allocated_bytes()
    most = 0
    for batch in rig.engine.batches(id_):
        most = max(most, pa.total_allocated_bytes() - before)
        assert batch.num_rows < rows / 3

    assert most < 14_000_000 < rows * 48
