"""The promises of analytics/catalogs/base.py, kept by every catalogue."""

import re
from dataclasses import dataclass

import pytest

from analytics.catalogs import base
from analytics.catalogs.base import Catalog, CatalogError
from analytics.catalogs.duckdb import DuckDBCatalog
from analytics.catalogs.glue import GlueCatalog
from analytics.engines.duckdb.snapshots import Snapshots
from tests.analytics import doses
from tests.contracts import glue

TYPE = re.compile(
    r"(varchar|bigint|integer|smallint|tinyint|double|real|boolean|date|varbinary|timestamp\(\d\)( with time zone)?"
    r"|decimal\(\d+,\d+\)|array\(.+\)|map\(.+\)|row\(.+\))"
)


@dataclass(frozen=True)
class Rig:
    """A catalogue in which `database` has the table `vaccinations` of tests/analytics/doses.py, and one other."""

    catalog: Catalog
    database: str
    other: str
    is_by_rows: bool  # whether it has rows at hand


def embedded(tmp_path, _):
    revision = doses.bring(tmp_path, tmp_path, "first")
    return Rig(DuckDBCatalog(Snapshots(tmp_path / "lake"), {doses.DATASET: revision}), doses.DATASET, "snapshot", True)


def on_aws(_, request):
    account = request.getfixturevalue("account")
    glue.fill(account)
    return Rig(GlueCatalog(account.client), glue.DATABASE, "snapshot", False)


@pytest.fixture(params=[embedded, on_aws])
def rig(request, tmp_path):
    return request.param(tmp_path, request)


def test_databases_and_tables_stand_in_order(rig):
    assert rig.database in rig.catalog.databases()
    assert list(rig.catalog.databases()) == sorted(set(rig.catalog.databases()))
    names = [table.name for table in rig.catalog.tables(rig.database)]
    assert names == sorted({rig.other, "vaccinations"})


def test_a_table_is_listed_without_its_partitions_and_given_with_them(rig):
    (listed,) = [one for one in rig.catalog.tables(rig.database) if one.name == "vaccinations"]
    whole = rig.catalog.table(rig.database, "vaccinations")
    assert listed.partitions == ()
    assert (listed.columns, listed.size_bytes, listed.rows) == (whole.columns, whole.size_bytes, whole.rows)
    assert listed.partition_count in {None, whole.partition_count}
    assert whole.partitioned_by
    assert whole.partition_count in {None, len(whole.partitions)}
    assert 0 < len(whole.partitions) <= base.MOST_PARTITIONS
    assert all(len(one.values) == len(whole.partitioned_by) for one in whole.partitions)
    assert [one.values for one in whole.partitions] == sorted(one.values for one in whole.partitions)


def test_names_and_types_are_sqls(rig):
    table = rig.catalog.table(rig.database, "vaccinations")
    types = {column.name: column.type for column in table.columns}
    assert types.items() >= {"iso_code": "varchar", "date": "date", "total_vaccinations": "bigint"}.items()
    assert all(name == name.lower() for name in types)
    assert all(TYPE.fullmatch(one) for one in types.values())
    is_partition = [column.is_partition for column in table.columns]
    assert is_partition == sorted(is_partition)


def test_what_is_known_is_true_and_what_is_not_is_none(rig):
    table = rig.catalog.table(rig.database, "vaccinations")
    assert table.rows in {None, 60}
    assert table.size_bytes is None or table.size_bytes > 0
    assert table.size_bytes in {None, sum(one.size_bytes or 0 for one in table.partitions)}
    assert table.last_date is None or table.last_date.isoformat() == "2021-01-30"
    assert table.changed_at is None or table.changed_at.tzinfo is not None


def test_no_place_of_this_machine_is_told(rig, tmp_path):
    assert str(tmp_path) not in repr(rig.catalog.table(rig.database, "vaccinations"))
    for ask in (rig.catalog.tables, lambda name: rig.catalog.table(name, "x")):
        with pytest.raises(CatalogError) as told:
            ask("nowhere")
        assert str(tmp_path) not in told.value.message


def test_a_sample_is_a_few_rows_or_none(rig):
    found = rig.catalog.sample(rig.database, "vaccinations", rows=3)
    assert (found is not None) == rig.is_by_rows
    if found is not None:
        assert found.num_rows == 3
        assert found.column_names == [column.name for column in rig.catalog.table(rig.database, "vaccinations").columns]


def test_what_is_not_there_is_missing(rig):
    for ask in (
        lambda: rig.catalog.tables("nowhere"),
        lambda: rig.catalog.table(rig.database, "nothing"),
        lambda: rig.catalog.table("nowhere", "vaccinations"),
    ):
        with pytest.raises(CatalogError) as told:
            ask()
        assert (told.value.code, told.value.permanent) == (base.MISSING, True)
        assert told.value.message.count(".") >= 2
