"""The index of tables: filled from the catalogue that serves, searched without it."""

import pytest

from analytics.models import CatalogueTable
from analytics.operations import catalogue, saving, serving
from analytics.rules.sql.parameters import Parameter
from portal.accounts.permissions import Role
from tests import factories
from tests.analytics import doses
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_what_serves_is_indexed_and_nothing_else(lake, state_dir):
    assert catalogue.refresh("duckdb", now=NOW) == 2
    first = catalogue.find(doses.DATASET, "vaccinations")
    assert (first.rows, first.size_bytes > 0, first.changed_at) == (60, True, doses.NOW)
    serving.serve(state_dir, doses.DATASET, revision=lake("second", days=40))
    catalogue.refresh("duckdb", now=NOW.replace(year=2027))
    second = catalogue.find(doses.DATASET, "vaccinations")
    assert (second.pk, second.rows, second.snapshot != first.snapshot) == (first.pk, 80, True)
    serving.clear(state_dir, doses.DATASET)
    assert catalogue.refresh("duckdb", now=NOW.replace(year=2028)) == 0
    assert not CatalogueTable.objects.exists()


def test_nothing_is_read_where_nothing_changed(lake):
    catalogue.refresh("duckdb", now=NOW)
    assert catalogue.refresh("duckdb", now=NOW.replace(year=2027)) == 2
    assert set(CatalogueTable.objects.values_list("seen_at", flat=True)) == {NOW}


def test_thousands_of_tables_are_searched_in_one_question(django_assert_num_queries):
    about = {"type": "bigint", "comment": "", "is_partition": False}
    columns = [{"name": f"column_{number}", **about} for number in range(40)]
    CatalogueTable.objects.bulk_create(
        CatalogueTable(
            catalog="glue", database=f"db{number % 50}", name=f"t{number}", columns=columns, seen_at=NOW,
            words=f"db{number % 50}\nt{number}\nhospital beds of region {number}" + "\ncolumn" * 40,
        )
        for number in range(5_000)
    )  # fmt: skip
    with django_assert_num_queries(1):
        assert [str(one) for one in catalogue.search("Beds 4321")] == ["db21.t4321"]
    assert str(catalogue.search("t43")[0]) == "db43.t43"
    assert catalogue.search("beds nowhere").count() == 0


def test_what_reads_a_table_is_found_by_its_queries(lake):
    catalogue.refresh("duckdb", now=NOW)
    ana = factories.actor(Role.ANALYST)

    def save(title, sql, *parameters):
        facts = {"parameters": parameters, "database": doses.DATASET, "note": "", "by": ana, "now": NOW}
        return saving.save(title=title, sql=sql, **facts)

    save("Doses", "SELECT * FROM vaccinations WHERE iso_code = :place", Parameter("place", "varchar", "ITA"))
    save("Elsewhere", 'SELECT * FROM "covid-cases".vaccinations')
    save("Only a word", "SELECT 'vaccinations' AS word")
    save("Broken", "SELECT ( FROM vaccinations")
    save("Changed", "SELECT * FROM vaccinations")
    save("Changed", "SELECT 1 AS vaccinations")
    found = catalogue.used_by(catalogue.find(doses.DATASET, "vaccinations"))
    assert ([one.query.title for one in found.saved], found.pages) == (["Doses"], ())


def test_a_snapshot_that_is_gone_is_told_and_the_index_stays(lake, state_dir):
    catalogue.refresh("duckdb", now=NOW)
    row = catalogue.find(doses.DATASET, "vaccinations")
    assert (catalogue.detail(row).trouble, catalogue.detail(row).rows.num_rows) == ("", 10)
    row.snapshot = "0123456789ab"
    found = catalogue.detail(row)
    assert (found.rows, "There is no snapshot" in found.trouble) == (None, True)
