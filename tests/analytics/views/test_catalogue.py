"""The catalogue's pages."""

import pytest
from django.test import Client

from analytics.operations import catalogue, serving
from portal import clock
from portal.accounts.permissions import Role
from tests import factories
from tests.analytics import doses

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def indexed(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"
    revision = doses.bring(settings.STATE_DIR, tmp_path, "first")
    serving.serve(settings.STATE_DIR, doses.DATASET, revision=revision)
    catalogue.refresh("duckdb", now=clock.now())
    return revision


def page(role, address):
    client = Client()
    client.force_login(factories.user(role), backend="django.contrib.auth.backends.ModelBackend")
    return client.get(address)


def test_a_search_leads_to_a_table(indexed):
    found = page(Role.VIEWER, "/catalogue/?search=iso_code").content.decode()
    assert "1 table with “iso_code”" in found
    assert f'href="/catalogue/{doses.DATASET}/vaccinations/?catalog=duckdb"' in found
    assert indexed in found
    assert "No table has all of these words" in page(Role.VIEWER, "/catalogue/?search=rain").content.decode()


def test_a_table_shows_what_is_known_and_leads_to_the_workbench():
    address = f"/catalogue/{doses.DATASET}/vaccinations/"
    shown = page(Role.ANALYST, address).content.decode()
    for part in ("7 columns", "First rows", "1 partition", "of 60, as they lie", "30 Jan 2021", "year=2021"):
        assert part in shown
    link = f"/workbench/?table={doses.DATASET}.vaccinations"
    assert link in shown
    assert "FROM &quot;vaccinations&quot;" in page(Role.ANALYST, link).content.decode()
    assert "Query this table" not in page(Role.VIEWER, address).content.decode()


def test_a_table_that_is_not_there():
    assert page(Role.VIEWER, "/catalogue/weather/rain/").status_code == 404


def test_what_is_written_in_a_search_stays_text():
    shown = page(Role.VIEWER, "/catalogue/?search=<script>alert(1)</script>").content.decode()
    assert "<script>alert" not in shown
