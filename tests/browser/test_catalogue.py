"""From a search to a table to the workbench, in a real browser."""

import re

import pytest

from analytics.operations import catalogue, serving, snapshots
from analytics.sources.sample import SampleSource
from portal import clock
from portal.accounts.permissions import Role
from tests.analytics import doses
from tests.browser.test_pages import SCREENS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def indexed(tmp_path, settings):
    settings.STATE_DIR = state_dir = tmp_path / "state"
    made = snapshots.build(
        [SampleSource()], form="sample", state_dir=state_dir, now=clock.now(), progress=lambda *_: None
    )
    serving.serve(state_dir, made.dataset, revision=made.revision)
    serving.serve(state_dir, doses.DATASET, revision=doses.bring(state_dir, tmp_path, "first"))
    catalogue.refresh("duckdb", now=clock.now())


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("screen", SCREENS)
def test_a_word_leads_to_a_table_and_the_table_to_a_question(reader, screen):
    person = reader(Role.ANALYST, **screen)
    page = person.open("/catalogue/")
    assert person.faults() == []
    page.get_by_role("searchbox").fill("smoothed")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="measures").click()
    page.wait_for_url(re.compile("/catalogue/covid-cases/measures/"))
    assert person.faults() == []
    assert page.get_by_role("link", name="Waves").is_visible()
    page.get_by_role("link", name="Query this table").click()
    page.wait_for_url(re.compile("/workbench/"))
    page.get_by_text("Would run.").wait_for()
    assert 'FROM "measures"' in page.locator("textarea[name=sql]").input_value()
