"""PyAthena's cursors work here as they do on AWS."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyathena import connect
from pyathena.cursor import DictCursor
from pyathena.error import OperationalError
from pyathena.pandas.cursor import PandasCursor

from tests.account import REGION, Account
from tests.simulator import lake

SUMS = "SELECT iso, sum(cases) AS n, max(day) AS last FROM cases GROUP BY iso ORDER BY iso"


def cursor(**more: Any) -> Any:
    told = {"s3_staging_dir": lake.RESULTS, "schema_name": "covid", "region_name": REGION, "poll_interval": 0.05}
    return connect(**told, **more).cursor()


def test_a_cursor_reads_types(account: Account) -> None:
    lake.build(account)
    sql = """SELECT iso, day, cases, sum(cases) OVER () AS n, 1.5E0 AS half, CAST(1.50 AS decimal(9,2)) AS cost,
        TIMESTAMP '2020-03-05 01:02:03' AS at, ARRAY[1, 2] AS some, X'00ff' AS raw, TRUE AS yes, '' AS empty
        FROM cases ORDER BY day, iso"""

    found = cursor().execute(sql)

    at = datetime(2020, 3, 5, 1, 2, 3)
    rest = (8, 1.5, Decimal("1.50"), at, [1, 2], b"\x00\xff", True, "")
    assert found.fetchall()[:2] == [("DEU", date(2020, 3, 1), None, *rest), ("FRA", date(2020, 3, 1), 3, *rest)]
    assert [one[1] for one in found.description[:4]] == ["varchar", "date", "integer", "bigint"]
    assert found.data_scanned_in_bytes == len(lake.CASES)
    assert found.output_location.endswith(".csv")


def test_parameters_and_pages(account: Account) -> None:
    lake.build(account)

    quoted = cursor().execute("SELECT sum(cases) FROM cases WHERE iso = %(iso)s", {"iso": "FRA"})
    marked = cursor().execute("SELECT ? || iso FROM cases LIMIT 1", ["'it''s '"], paramstyle="qmark")
    many = cursor().execute("SELECT n FROM UNNEST(sequence(1, 2500)) AS t (n)")

    assert quoted.fetchone() == (8,)
    assert marked.fetchone() == ("it's FRA",)
    assert [one for (one,) in many] == list(range(1, 2501))


def test_a_dict_cursor(account: Account) -> None:
    lake.build(account)

    found = cursor(cursor_class=DictCursor).execute("SELECT iso, cases FROM cases WHERE cases > 4")

    assert found.fetchall() == [{"iso": "FRA", "cases": 5}]


def test_a_failure_says_why(account: Account) -> None:
    lake.build(account)

    with pytest.raises(OperationalError, match="COLUMN_NOT_FOUND: line 1:8: Column 'nothing' cannot be resolved"):
        cursor().execute("SELECT nothing FROM cases")


def test_the_catalogue(account: Account) -> None:
    lake.build(account)
    found = cursor()

    assert [one.name for one in found.list_databases("AwsDataCatalog")] == ["covid"]
    assert [one.name for one in found.list_table_metadata()] == ["cases"]
    assert [one.name for one in found.get_table_metadata("cases").columns] == ["iso", "day", "cases"]
    assert found.execute("SHOW TABLES").fetchall() == [("cases",)]


# Pandas says with a warning that a parser is to be named.
@pytest.mark.parametrize(("is_unloaded", "parser"), [(False, "c"), (True, "pyarrow")])
def test_a_pandas_cursor(account: Account, is_unloaded: bool, parser: str) -> None:
    lake.build(account)

    asked = cursor(cursor_class=PandasCursor, cursor_kwargs={"unload": is_unloaded, "engine": parser})
    found = asked.execute(SUMS)
    frame = found.as_pandas()

    assert list(frame.columns) == ["iso", "n", "last"]
    assert frame["iso"].tolist() == ["DEU", "FRA"]
    assert frame["n"].isna().tolist() == [True, False]
    assert frame["n"].tolist()[1] == 8
    assert found.data_manifest_location == (f"{found.output_location}-manifest.csv" if is_unloaded else None)


def test_nothing_unloaded_is_an_empty_table(account: Account) -> None:
    lake.build(account)

    asked = cursor(cursor_class=PandasCursor, cursor_kwargs={"unload": True, "engine": "pyarrow"})
    found = asked.execute("SELECT iso FROM cases WHERE cases > 1000")

    assert found.fetchall() == []
