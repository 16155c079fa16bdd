"""A query that takes long holds nobody up, and doesn't take for ever."""

from threading import Event, Thread
from time import monotonic

import pytest

from simulator.services import athena as athenas
from tests.account import Account
from tests.simulator import lake

# Some 10 ** 15 pairs: far more than anybody waits for.
ENDLESS = "SELECT count(*) FROM numbers a CROSS JOIN numbers b CROSS JOIN numbers c WHERE a.n + b.n * c.n = 7"
LIMIT_S = 30.0


@pytest.fixture
def numbers(account: Account) -> Account:
    lake.build(account)
    lake.table(account, "numbers", {"n": "int"}, b"n\n" + b"".join(b"%d\n" % one for one in range(100_000)))
    return account


def begun(account: Account) -> str:
    """Starts it, and turns the clock to where DuckDB runs it, on a thread that the clock would wait for."""
    id_ = lake.start(account.client("athena"), ENDLESS)
    Thread(target=lambda: account.advance(minutes=1), daemon=True).start()
    return id_


def state(account: Account, id_: str) -> str:
    return str(lake.told(account.client("athena"), id_)["Status"]["State"])


def await_state(account: Account, id_: str, *wanted: str) -> None:
    deadline, pause = monotonic() + LIMIT_S, Event()
    while state(account, id_) not in wanted:
        assert monotonic() < deadline, state(account, id_)
        pause.wait(0.02)


def test_it_fails_when_its_time_is_over(numbers: Account) -> None:
    athenas.set_pace(athenas.Pace(limit_s=0.3))

    one = lake.ended(numbers, ENDLESS)

    assert one["Status"]["State"] == "FAILED"
    assert one["Status"]["StateChangeReason"] == "Query timeout"


def test_others_are_answered_while_it_runs_and_stopping_ends_it(numbers: Account) -> None:
    id_ = begun(numbers)
    await_state(numbers, id_, "RUNNING")

    began = monotonic()
    listed = numbers.client("glue").get_tables(DatabaseName="covid")["TableList"]
    took_s = monotonic() - began
    numbers.client("athena").stop_query_execution(QueryExecutionId=id_)
    numbers.world.settle()

    assert {one["Name"] for one in listed} == {"cases", "numbers"}
    assert took_s < LIMIT_S / 3
    assert state(numbers, id_) == "CANCELLED"
    assert lake.rows(numbers, "SELECT count(*) FROM cases")[1] == ["3"]
