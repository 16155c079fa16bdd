"""The page of notebooks as people see it: by light and by dark, wide and narrow, without and with a server."""

import pytest

from notebooks.models import Server
from portal.accounts.permissions import Role
from tests import factories
from tests.browser.conftest import chromium, reader  # noqa: F401 - the browser and who sits at it
from tests.factories import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIGHT, DARK, NARROW = {"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 800}}


@pytest.mark.parametrize("how", [LIGHT, DARK, NARROW])
@pytest.mark.parametrize("has_server", [False, True])
def test_the_page_is_whole(reader, tmp_path, how, has_server):  # noqa: F811 - the fixture
    analyst = factories.user(Role.ANALYST)
    if has_server:
        Server.objects.create(person=analyst, slot=1, started_at=NOW, seen_at=NOW)
    visitor = reader(user=analyst, **how)
    page = visitor.open("/notebooks/")
    wanted = "Open JupyterLab" if has_server else "Open a notebook"
    assert page.get_by_role("button", name=wanted, exact=True).is_visible()
    page.screenshot(path=tmp_path / "notebooks.png", full_page=True)
    assert visitor.faults() == []


def test_the_page_of_one_that_starts_is_whole(reader):  # noqa: F811 - the fixture
    analyst = factories.user(Role.ANALYST)
    Server.objects.create(person=analyst, slot=2, started_at=NOW, seen_at=NOW)
    visitor = reader(user=analyst)
    assert visitor.open("/notebooks/enter/2/").get_by_role("heading", name="Your notebook starts").is_visible()
    assert visitor.faults() == []
