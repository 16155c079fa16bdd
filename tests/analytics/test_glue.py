"""What only Glue's catalogue has: Hive's types, projected and many partitions, other people's tables."""

from datetime import date

import pytest

from analytics.catalogs import glue, hive, registry
from analytics.catalogs.base import MOST_PARTITIONS, CatalogError
from analytics.catalogs.glue import GlueCatalog
from analytics.models import CatalogueTable
from analytics.operations import catalogue, snapshots
from analytics.operations.lake import publishing, serving
from analytics.operations.lake.base import database
from analytics.rules.datasets import covid_19
from analytics.sources.lake_sample import LakeSampleSource
from tests.account import REGION
from tests.analytics import doses
from tests.analytics.conftest import quiet
from tests.analytics.doses import DATASET, NOW
from tests.analytics.operations import lake as lakes
from tests.contracts import glue as declared
from tests.contracts.engines.athena import AthenaRig
from tests.contracts.engines.rigs import submission

TYPES = {
    "string": "varchar",
    "varchar(12)": "varchar",
    "int": "integer",
    "float": "real",
    "binary": "varbinary",
    "timestamp": "timestamp(3)",
    "decimal(10,2)": "decimal(10,2)",
    "array<string>": "array(varchar)",
    "map<string,array<int>>": "map(varchar, array(integer))",
    "struct<a:int,b:struct<at:timestamp>>": "row(a integer, b row(at timestamp(3)))",
}


@pytest.fixture
def catalog(account):
    declared.fill(account)
    return GlueCatalog(account.client)


@pytest.mark.parametrize(("said", "meant"), TYPES.items())
def test_types_of_hive_are_named_as_athena_does(said, meant):
    assert hive.athena_type(said) == meant
    if said not in {"varchar(12)"}:
        assert hive.athena_type(hive.hive_type(meant)) == meant


def test_a_type_that_nobody_can_read_keeps_its_name():
    assert hive.athena_type("uniontype<int") == "uniontype<int"


def test_projected_partitions_are_not_listed_and_not_counted(account, catalog):
    projected = declared.table("daily", keys=(("day", "string"),)) | {"Parameters": {"projection.enabled": "TRUE"}}
    account.hand("glue").create_table(DatabaseName=DATASET, TableInput=projected)
    found = catalog.table(DATASET, "daily")
    assert (found.partitioned_by, found.partitions, found.partition_count) == (("day",), (), None)
    assert account.calls("glue:GetPartitions") == []


def test_of_many_partitions_the_last_are_given_and_all_counted(account, catalog):
    for year in range(1000, 1000 + MOST_PARTITIONS):
        declared.register(account, "vaccinations", str(year))
    found = catalog.table(DATASET, "vaccinations")
    assert (len(found.partitions), found.partition_count) == (MOST_PARTITIONS, MOST_PARTITIONS + 2)
    assert [one.values[0] for one in found.partitions][:: MOST_PARTITIONS - 1] == ["1002", "2022"]


def test_tables_of_other_kinds_are_told_as_what_they_are(account, catalog):
    hand = account.hand("glue")
    view = {"Name": "a_view", "TableType": "VIRTUAL_VIEW", "Parameters": {"comment": "Presto View"}}
    crawled = declared.table("crawled") | {"Parameters": {"sizeKey": "70", "recordCount": "7", "numRows": "-1"}}
    iceberg = declared.table("ice") | {"Parameters": {"table_type": "ICEBERG"}}
    for one in (view | {"StorageDescriptor": {}}, crawled, iceberg):
        hand.create_table(DatabaseName=DATASET, TableInput=one)
    found = {one.name: one for one in catalog.tables(DATASET)}
    assert (found["a_view"].format, found["a_view"].location, found["a_view"].comment) == ("view", "", "Presto View")
    assert (found["crawled"].size_bytes, found["crawled"].rows, found["crawled"].format) == (70, 7, "Parquet")
    assert found["ice"].format == "Iceberg"


@pytest.mark.parametrize(
    ("code", "status", "is_permanent"), [("ThrottlingException", 400, False), ("AccessDeniedException", 400, True)]
)
def test_what_fails_is_told_with_whether_asking_again_helps(account, catalog, code, status, is_permanent):
    account.fault("glue:GetTables", code=code, status=status, times=None)
    with pytest.raises(CatalogError) as told:
        catalog.tables(DATASET)
    assert (told.value.code, told.value.permanent) == (code, is_permanent)
    assert told.value.message.count(".") >= 3


@pytest.fixture
def published(account, tmp_path):
    """Two tables that serve from the lake, partitioned by year."""
    lake, revision = lakes.made(account), doses.bring(tmp_path, tmp_path, "first", days=400)
    publishing.publish(lake, DATASET, revision=revision, state_dir=tmp_path, progress=quiet)
    serving.serve(lake, DATASET, revision=revision)
    return revision


def test_a_published_table_is_told_with_all_that_is_known_of_it(account, published):
    catalog = GlueCatalog(account.client)
    assert catalog.databases() == (DATASET,)
    found = catalog.table(DATASET, "vaccinations")
    assert (found.snapshot, found.rows, found.changed_at) == (published, 800, NOW)
    assert (found.last_date, found.partition_count, found.format) == (date(2022, 2, 4), None, "Parquet")
    assert found.location == f"s3://a-lake/lake/{DATASET}/parquet/{published}/vaccinations/"
    assert [one.name for one in found.columns if one.is_partition] == ["year"]
    assert next(one.comment for one in found.columns if one.name == "total_vaccinations")


@pytest.mark.django_db
def test_the_index_is_filled_from_glue_where_there_is_a_region(account, published, settings):
    assert registry.names() == ("duckdb",)
    with pytest.raises(CatalogError, match="There are: duckdb"):
        catalogue.refresh("glue", now=NOW)
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"athena_region": REGION})
    assert catalogue.refresh("glue", now=NOW) == 2
    row = CatalogueTable.objects.get(catalog=glue.GlueCatalog.name, name="vaccinations")
    assert (row.rows, row.snapshot, row.size_bytes > 0) == (800, published, True)
    assert catalogue.detail(row).partitioned_by == ("year",)


def answered(rig, schema, table, facts, where=""):
    id_ = rig.engine.submit(submission(f'SELECT {facts} FROM "{schema}"."{table}" {where}'))  # noqa: S608
    rig.settle()
    status = rig.engine.poll(id_, patience_s=5)
    assert status.message == ""
    return [tuple(row.values()) for batch in rig.engine.batches(id_) for row in batch.to_pylist()]


def test_athena_reads_what_was_published_by_year_and_by_snapshot(account, published):
    rig = AthenaRig(account)
    facts = "count(*), min(date), max(total_vaccinations)"
    of_year = answered(rig, DATASET, "vaccinations", facts, "WHERE year = 2022")
    assert of_year == [(70, date(2022, 1, 1), 40_000)]
    assert answered(rig, database(DATASET, published), "vaccinations", "count(*)") == [(800,)]


def test_every_table_of_a_wide_dataset_can_be_declared_and_read(account, tmp_path):
    sources = [LakeSampleSource(table) for table in covid_19.TABLES]
    made = snapshots.build(sources, form="covid-19-sample", state_dir=tmp_path, now=NOW, progress=quiet)
    lake = lakes.made(account)
    publishing.publish(lake, made.dataset, revision=made.revision, state_dir=tmp_path, progress=quiet)
    serving.serve(lake, made.dataset, revision=made.revision)
    rig, found = AthenaRig(account), GlueCatalog(account.client).tables(made.dataset)
    assert len(found) > len(covid_19.TABLES) - 1
    for one in found:
        [(count,)] = answered(rig, made.dataset, one.name, "count(*)")
        assert count == one.rows > 0
