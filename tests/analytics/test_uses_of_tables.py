"""Each page misses the tables that it is said to read, and no other."""

import shutil

import duckdb
import pytest
from django.urls import reverse

from analytics.insights.uses import PAGES
from analytics.operations import shelf

TABLES = ("measures", "places", "parity", "snapshot", "days", "published")


@pytest.fixture(params=TABLES)
def without(request, sample_pointer, tmp_path):
    """A state folder whose snapshot lacks one table."""
    made = sample_pointer.resolve()
    target = shelf.snapshot_path(tmp_path, "covid-cases", shelf.snapshot_revision(made))
    target.parent.mkdir(parents=True)
    shutil.copyfile(made, target)
    with duckdb.connect(target) as connection:
        connection.execute(f"DROP TABLE {request.param}")
    shelf.point_at(tmp_path, "covid-cases", shelf.snapshot_revision(made))
    return request.param, tmp_path


def test_a_page_misses_what_it_reads(without, site):
    table, state_dir = without
    browser = site(state_dir)
    missed = set()
    for page in PAGES:
        address = reverse(page.address, args=page.arguments, urlconf="analytics.site_urls")
        if browser.get(address).status_code != 200:
            missed.add(page.title)
    assert missed == {page.title for page in PAGES if table in page.tables}
