"""Queries live on the account's clock, and give what the SQL gives."""

import pytest
from botocore.exceptions import ClientError

from simulator.services import athena as athenas
from tests.account import Account
from tests.simulator import lake


def test_a_query_runs(account: Account) -> None:
    lake.build(account)

    found = lake.rows(account, "SELECT iso, sum(cases) AS n, count(*) FROM cases GROUP BY iso ORDER BY iso")

    assert found == [["iso", "n", "_col2"], ["DEU", None, "1"], ["FRA", "8", "2"]]


def test_its_life(account: Account) -> None:
    athena = lake.build(account)
    account.world.clock.run_at(0)

    id_ = lake.start(athena, "SELECT * FROM cases")
    states = [lake.told(athena, id_)["Status"]["State"]]
    with pytest.raises(ClientError, match="Current state: QUEUED"):
        athena.get_query_results(QueryExecutionId=id_)
    for _ in range(2):
        account.advance(seconds=0.15)
        states.append(lake.told(athena, id_)["Status"]["State"])
    account.advance(seconds=1)
    one = lake.told(athena, id_)

    assert [*states, one["Status"]["State"]] == ["QUEUED", "RUNNING", "RUNNING", "SUCCEEDED"]
    assert one["Statistics"]["DataScannedInBytes"] == len(lake.CASES)
    assert one["Statistics"]["QueryQueueTimeInMillis"] == 100
    assert one["Statistics"]["EngineExecutionTimeInMillis"] == 300
    assert one["Statistics"]["TotalExecutionTimeInMillis"] == 400
    assert one["ResultConfiguration"]["OutputLocation"] == f"{lake.RESULTS}{id_}.csv"
    written = lake.read(account, f"{lake.RESULTS}{id_}.csv").splitlines()
    assert written == [
        b'"iso","day","cases"',
        b'"FRA","2020-03-01","3"',
        b'"FRA","2020-04-02","5"',
        b'"DEU","2020-03-01",',
    ]


def test_the_token_makes_it_once(account: Account) -> None:
    athena = lake.build(account)
    token = "t" * 32

    first = lake.start(athena, "SELECT 1", ClientRequestToken=token)

    assert lake.start(athena, "SELECT 1", ClientRequestToken=token) == first
    with pytest.raises(ClientError, match="Idempotent parameters do not match"):
        lake.start(athena, "SELECT 2", ClientRequestToken=token)
    assert athena.list_query_executions()["QueryExecutionIds"] == [first]


def test_a_stopped_query_did_nothing(account: Account) -> None:
    athena = lake.build(account)
    athenas.set_pace(athenas.Pace(running_s=60))
    id_ = lake.start(athena, "CREATE TABLE copied AS SELECT * FROM cases")
    account.advance(seconds=10)

    running = lake.told(athena, id_)["Status"]["State"]
    athena.stop_query_execution(QueryExecutionId=id_)
    account.advance(minutes=5)

    assert (running, lake.told(athena, id_)["Status"]["State"]) == ("RUNNING", "CANCELLED")
    athenas.set_pace(athenas.Pace())
    assert lake.rows(account, "SHOW TABLES") == [["cases"]]
    with pytest.raises(ClientError, match="Final query state: CANCELLED"):
        athena.get_query_results(QueryExecutionId=id_)


def test_stopping_what_has_ended_changes_nothing(account: Account) -> None:
    athena = lake.build(account)
    one = lake.ended(account, "SELECT 1")

    athena.stop_query_execution(QueryExecutionId=one["QueryExecutionId"])

    assert lake.told(athena, one["QueryExecutionId"]) == one


def test_results_come_in_pages(account: Account) -> None:
    athena = lake.build(account)
    id_ = lake.ended(account, "SELECT * FROM UNNEST(sequence(1, 1500)) AS t (n)")["QueryExecutionId"]

    first = athena.get_query_results(QueryExecutionId=id_)
    second = athena.get_query_results(QueryExecutionId=id_, NextToken=first["NextToken"])

    values = [[row["Data"][0]["VarCharValue"] for row in one["ResultSet"]["Rows"]] for one in (first, second)]
    assert (len(values[0]), values[0][:2], len(values[1]), values[1][-1]) == (1000, ["n", "1"], 501, "1500")
    assert "NextToken" not in second
    assert len(athena.get_query_results(QueryExecutionId=id_, MaxResults=10)["ResultSet"]["Rows"]) == 10


def test_many_are_told_at_once(account: Account) -> None:
    athena = lake.build(account)
    ids = [lake.start(athena, f"SELECT {n}") for n in range(2)]

    answer = athena.batch_get_query_execution(QueryExecutionIds=[*ids, "none"])

    assert [one["QueryExecutionId"] for one in answer["QueryExecutions"]] == ids
    assert [one["QueryExecutionId"] for one in answer["UnprocessedQueryExecutionIds"]] == ["none"]


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELEC 1", "line 1:1: mismatched input 'SELEC'"),
        ("SELECT a\nFROM t x y", "line 2:10: mismatched input 'y'"),
        ("SELECT 1; SELECT 2", "Only one sql statement is allowed"),
    ],
)
def test_what_is_no_statement_never_starts(account: Account, sql: str, why: str) -> None:
    athena = lake.build(account)

    with pytest.raises(ClientError) as refused:
        lake.start(athena, sql)

    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"
    assert why in refused.value.response["Error"]["Message"]
    assert "QueryExecutionIds" not in athena.list_query_executions()


def test_where_nothing_can_be_written(account: Account) -> None:
    athena = lake.build(account)

    with pytest.raises(ClientError, match="No output location provided"):
        athena.start_query_execution(QueryString="SELECT 1")
    with pytest.raises(ClientError, match="Unable to verify/create output bucket nowhere"):
        lake.start(athena, "SELECT 1", ResultConfiguration={"OutputLocation": "s3://nowhere/"})


def test_a_workgroup_enforces_where_results_go(account: Account) -> None:
    athena = lake.build(account)
    own = {"ResultConfiguration": {"OutputLocation": "s3://lake/own/"}}
    athena.create_work_group(Name="team", Configuration=own)

    enforced = lake.ended(account, "SELECT 1", WorkGroup="team")
    updates = {"EnforceWorkGroupConfiguration": False, "BytesScannedCutoffPerQuery": 10_000_000}
    athena.update_work_group(WorkGroup="team", ConfigurationUpdates=updates)
    asked = lake.ended(account, "SELECT 1", WorkGroup="team")

    assert enforced["ResultConfiguration"]["OutputLocation"].startswith("s3://lake/own/")
    assert asked["ResultConfiguration"]["OutputLocation"].startswith(lake.RESULTS)
    configuration = athena.get_work_group(WorkGroup="team")["WorkGroup"]["Configuration"]
    assert configuration["BytesScannedCutoffPerQuery"] == 10_000_000
    assert [one["Name"] for one in athena.list_work_groups()["WorkGroups"]] == ["primary", "team"]


def test_a_disabled_workgroup(account: Account) -> None:
    athena = lake.build(account)
    athena.create_work_group(Name="team")
    athena.update_work_group(WorkGroup="team", State="DISABLED")

    with pytest.raises(ClientError, match="WorkGroup team is disabled"):
        lake.start(athena, "SELECT 1", WorkGroup="team")
    athena.delete_work_group(WorkGroup="team")
    with pytest.raises(ClientError, match="WorkGroup team is not found"):
        lake.start(athena, "SELECT 1", WorkGroup="team")


def test_a_query_that_reads_too_much_is_cancelled(account: Account) -> None:
    athena = lake.build(account)
    athena.create_work_group(Name="team", Configuration={"BytesScannedCutoffPerQuery": 10_000_000})
    lake.table(account, "large", {"word": "string"}, b"word\n" + b"x" * 10_000_000)

    one = lake.ended(account, "SELECT count(*) FROM large", WorkGroup="team")

    assert (one["Status"]["State"], one["Statistics"]["DataScannedInBytes"]) == ("CANCELLED", 10_000_005)
    assert one["Status"]["StateChangeReason"] == "Bytes scanned limit was exceeded"
