"""The pages of data in a real browser: snapshots, sources in every state, two snapshots beside each other."""

import pytest

from analytics.models import SourceRevision
from analytics.operations import serving
from analytics.operations.sources import following
from portal import clock
from portal.accounts.actors import MACHINE
from portal.accounts.permissions import Role
from tests.analytics import doses
from tests.browser.test_pages import SCREENS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADDRESS = "https://data.example.org/a-rather-long-name-of-a-folder/vaccinations-of-every-place.csv"


@pytest.fixture
def compared(tmp_path, settings):
    """Will give the address at which a snapshot stands beside the one that serves, of which it rewrites history."""
    settings.STATE_DIR = state_dir = tmp_path / "state"
    first, second, third = (doses.bring(state_dir, tmp_path, f"n{factor}", factor=factor) for factor in (1, 2, 3))
    serving.serve(state_dir, doses.DATASET, revision=first)
    serving.quarantine(state_dir, doses.DATASET, revision=third, why="Doses thrice", by="Ana", now=clock.now())
    return f"/data/{doses.DATASET}/compare/?blue={first}&green={second}"


@pytest.fixture
def followed():
    """A source with a revision in each state."""
    source = following.follow("owid-vaccinations", [ADDRESS], by=MACHINE, now=clock.now())
    told = {
        "waiting": {"message": "The address did not answer; it is asked again in a minute."},
        "coming": {"stage": "fetching", "done_bytes": 400, "total_bytes": 1000},
        "came": {"snapshot": "0123456789ab"},
        "failed": {"message": "2 lines can't be read.", "problems": [[1042, "date", "'soon' is none"], [7, "", "?"]]},
        "revoked": {"revoked_at": clock.now(), "revoked_why": "Counted twice", "snapshot": "0123456789ab"},
    }
    for number, (state, known) in enumerate(told.items()):
        facts = {"outside_id": f"{number:040x}", "comment": f"The {state} one", "due_at": clock.now(), **known}
        SourceRevision.objects.create(source=source, state=state, seen_at=clock.now(), **facts)


@pytest.mark.usefixtures("followed")
@pytest.mark.parametrize("screen", SCREENS)
def test_the_data_page_leads_to_two_snapshots_beside_each_other(reader, compared, screen):
    person = reader(Role.ANALYST, **screen)
    page = person.open("/data/")
    assert page.get_by_role("progressbar").get_attribute("aria-label") == "fetching"
    page.locator("summary", has_text="quarantine").first.click()
    assert page.get_by_label("Why must it not serve?").first.is_visible()
    assert person.faults() == []
    page.locator(f"a[href='{compared}']").click()
    page.get_by_role("heading", name="Where history was rewritten").wait_for()
    assert person.faults() == []
