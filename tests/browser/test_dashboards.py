"""A dashboard of QuickSight through its whole life, in a real browser against the simulated account.

Frames come from AWS's own name, as they would; Playwright hands what is asked of it to the account on this machine.
"""

import re

import httpx
import pytest

from analytics import tasks
from analytics.operations import serving, snapshots
from analytics.sources.sample import SampleSource
from portal import clock
from portal.accounts.permissions import Role
from tests import factories
from tests.account import REGION
from tests.browser.test_pages import SCREENS
from tests.contracts.dashboards import ADA, OWNER, READERS, QuickSightRig

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FRAMES = f"https://{REGION}.quicksight.aws.amazon.com"
PAGE = "/dashboards/verdigris-overview/"
HALF_A_MINUTE_MS, AN_HOUR_MS = 36_000, 3_600_000


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory):
    """The sample, brought in once: these tests only read it."""
    state_dir = tmp_path_factory.mktemp("dashboards")
    made = snapshots.build(
        [SampleSource()], form="sample", state_dir=state_dir, now=clock.now(), progress=lambda *_: None
    )
    serving.serve(state_dir, made.dataset, revision=made.revision)
    return state_dir


@pytest.fixture
def snapshot(state_dir, settings):
    settings.STATE_DIR = state_dir


@pytest.fixture
def rig(account, snapshot, settings, live_server):
    rig = QuickSightRig(account).build()
    told = {
        "quicksight_region": REGION,
        "quicksight_account": OWNER,
        "quicksight_dashboards": ",".join(rig.shown),
        "quicksight_reader_role_arn": READERS,
        "quicksight_domains": live_server.url,
    }
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update=told)
    return rig


@pytest.fixture
def change(settings):
    def set_(**told):
        settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update=told)

    return set_


class Sitting:
    """Ada in front of the dashboard; `turn` moves the browser's clock and the account's together."""

    def __init__(self, reader, rig, **screen):
        self.person = reader(user=factories.user(Role.ANALYST, username=ADA.username), **screen)
        self.rig = rig
        self.page = self.person.page
        self.person.context.route(f"{FRAMES}/**", self._answer)
        self.page.clock.install()

    def _answer(self, route):
        answer = httpx.get(route.request.url.replace(FRAMES, self.rig.account.url))
        headers = {name: answer.headers[name] for name in answer.headers if name not in {"content-length", "server"}}
        route.fulfill(status=answer.status_code, headers=headers, body=answer.text)

    def open(self, path=PAGE):
        self.person.open(path)
        return self

    def turn(self, milliseconds):
        self.rig.account.advance(seconds=milliseconds / 1000)
        self.page.clock.fast_forward(milliseconds)

    @property
    def frame(self):
        return self.page.frame_locator("#dashboard-frame iframe")

    def await_state(self, name):
        self.page.locator(f"#dashboard[data-state={name}]").wait_for()
        return self

    def await_trouble(self, check):
        trouble = self.page.locator(f"#dashboard-trouble[data-check={check}]")
        trouble.wait_for()
        assert self.page.locator("#dashboard-frame iframe").count() == 0, "the old frame is cleared"
        return trouble.locator("p").inner_text()


@pytest.fixture
def ada(reader, rig):
    return Sitting(reader, rig)


def test_an_embed_through_its_whole_life(ada):
    page, frame, asked = ada.page, ada.frame, "quicksight:GenerateEmbedUrlForRegisteredUser"
    ada.open("/dashboards/")
    page.get_by_role("link", name="COVID-19 at a glance").click()
    ada.await_state("open")
    # A place, from our page to the dashboard and from the dashboard to our page.
    page.get_by_label("Place").select_option("FRA")
    frame.locator("#place[data-shows=FRA]").wait_for()
    frame.get_by_label("place").fill("DEU")
    frame.get_by_label("place").press("Enter")
    page.wait_for_url(re.compile("place=DEU"))
    frame.get_by_role("button", name="Deaths").click()
    frame.get_by_role("button", name="Deaths", pressed=True).wait_for()
    # Renewed before its end, with place and sheet; the address of before is spent.
    first = page.locator("#dashboard-frame iframe").get_attribute("src")
    ada.turn(AN_HOUR_MS - 110_000)
    page.wait_for_function("(was) => document.querySelector('#dashboard-frame iframe')?.src !== was", arg=first)
    ada.await_state("open")
    frame.get_by_role("button", name="Deaths", pressed=True).wait_for()
    assert frame.get_by_label("place").input_value() == "DEU"
    spent = httpx.get(first.replace(FRAMES, ada.rig.account.url)).text
    assert '"trouble": "Forbidden"' in spent
    # Another snapshot serves: SPICE reads it, and the list says how far that is.
    tasks.refresh_dashboards()
    ada.open("/dashboards/")
    page.get_by_text("waits to be read").wait_for()
    ada.rig.account.advance(minutes=5)
    page.reload()
    page.get_by_text("up to date").wait_for()
    # Its person is gone from QuickSight: nothing renews it, and the page says what to do.
    ada.open(f"{PAGE}?place=DEU").await_state("open")
    ada.rig.account.fault("quicksight:*", times=None, code="QuickSightUserNotFoundException", status=404)
    ada.turn(AN_HOUR_MS - 60_000)
    ada.turn(65_000)
    assert "session is over" in ada.await_trouble("session")
    page.get_by_role("button", name="Open it again").click()
    assert "Have them registered in QuickSight" in ada.await_trouble("user")
    assert len(ada.rig.account.calls(asked)) == 3, "the first address, the renewal's, and the one after the list"
    assert ada.person.faults() == []


def test_a_place_goes_to_the_dashboard_and_back(ada):
    ada.open(f"{PAGE}?place=ITA").await_state("open")
    assert ada.frame.get_by_label("place").input_value() == "ITA"
    ada.page.get_by_label("Place").select_option("FRA")
    ada.page.wait_for_url(re.compile("place=FRA"))
    ada.frame.locator("#place[data-shows=FRA]").wait_for()
    ada.frame.get_by_label("place").fill("DEU")
    ada.frame.get_by_label("place").press("Enter")
    ada.page.wait_for_url(re.compile("place=DEU"))
    assert ada.page.get_by_label("Place").input_value() == "DEU"
    assert ada.person.refused == []


def test_a_session_is_renewed_with_sheet_and_place(ada):
    ada.open(f"{PAGE}?place=ITA").await_state("open")
    ada.frame.get_by_role("button", name="Deaths").click()
    ada.frame.get_by_role("button", name="Deaths", pressed=True).wait_for()
    first = ada.page.locator("#dashboard-frame iframe").get_attribute("src")
    ada.turn(AN_HOUR_MS - 110_000)
    ada.page.wait_for_function("(was) => document.querySelector('#dashboard-frame iframe')?.src !== was", arg=first)
    ada.await_state("open")
    ada.frame.get_by_role("button", name="Deaths", pressed=True).wait_for()
    assert ada.frame.get_by_label("place").input_value() == "ITA"
    assert ada.page.locator("iframe").count() == 2, "the new frame and the one for messages, none of the old"
    assert len(ada.rig.account.calls("quicksight:GenerateEmbedUrlForRegisteredUser")) == 2
    ada.turn(AN_HOUR_MS - 200_000)
    ada.frame.get_by_role("button", name="Cases").click()
    ada.frame.get_by_role("button", name="Cases", pressed=True).wait_for()


def test_a_session_that_cannot_be_renewed_ends_with_a_word(ada):
    ada.open(f"{PAGE}?place=ITA").await_state("open")
    ada.rig.account.fault("quicksight:*", times=None, code="AccessDeniedException", status=403)
    ada.turn(AN_HOUR_MS - 60_000)
    ada.await_state("open")
    ada.turn(65_000)
    assert "session is over" in ada.await_trouble("session")
    assert ada.person.faults() == []
    ada.rig.account.world.faults.clear()
    ada.page.get_by_role("button", name="Open it again").click()
    ada.await_state("open")
    assert ada.frame.get_by_label("place").input_value() == "ITA"


def test_a_session_that_says_that_it_is_over_is_opened_anew(ada):
    ada.rig.plan(tells_end=True)
    ada.open().await_state("open")
    ada.rig.account.advance(hours=1)
    ada.frame.get_by_role("button", name="Deaths").click()
    ada.frame.get_by_text("This frame plays QuickSight.").wait_for()
    ada.await_state("open")
    assert len(ada.rig.account.calls("quicksight:GenerateEmbedUrlForRegisteredUser")) == 2


def test_a_domain_that_may_not_show_it_is_named(ada, change):
    change(quicksight_domains="https://releases.example.org")
    ada.open().await_state("opening")
    ada.turn(HALF_A_MINUTE_MS)
    assert "PORTAL_QUICKSIGHT_DOMAINS" in ada.await_trouble("domain")


def test_a_frame_that_says_nothing_is_named(ada, change):
    change(quicksight_domains="")
    ada.open().await_state("opening")
    ada.turn(HALF_A_MINUTE_MS)
    assert "said nothing" in ada.await_trouble("silent")


def test_a_policy_that_keeps_the_frame_away_is_named(ada, change):
    change(quicksight_frames="https://elsewhere.example.org")
    ada.open()
    assert "elsewhere.example.org" in ada.await_trouble("csp")


def test_an_address_that_was_used_twice_before_is_named(ada):
    ada.person.context.unroute(f"{FRAMES}/**")

    def scan(route):
        httpx.get(route.request.url.replace(FRAMES, ada.rig.account.url))
        ada._answer(route)

    ada.person.context.route(f"{FRAMES}/**", scan)
    ada.open()
    assert "two addresses in a row" in ada.await_trouble("code")


def test_a_refusal_of_the_account_is_told_in_its_own_words(ada):
    message = "no identity-based policy allows it"
    name = "quicksight:GenerateEmbedUrlForRegisteredUser"
    ada.rig.account.fault(name, code="AccessDeniedException", message=message, status=403)
    ada.open()
    assert "PORTAL_QUICKSIGHT_ROLE_ARN" in ada.await_trouble("permission")


@pytest.mark.parametrize("screen", SCREENS)
def test_the_pages_read_well(reader, rig, screen):
    ada = Sitting(reader, rig, **screen)
    ada.rig.dashboards.refresh("one")
    ada.open("/dashboards/")
    assert ada.page.get_by_text("waits to be read").is_visible()
    assert ada.person.faults() == []
    ada.page.get_by_role("link", name="COVID-19 at a glance").click()
    ada.await_state("open")
    assert ada.person.faults() == []


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("screen", SCREENS)
def test_without_an_account_the_same_dashboards_are_drawn(reader, screen):
    person = reader(Role.VIEWER, **screen)
    page = person.open("/dashboards/")
    assert page.get_by_text("no AWS account").is_visible()
    assert person.faults() == []
    page.get_by_role("link", name="Vaccination").click()
    page.get_by_role("link", name="Doses").click()
    page.get_by_label("Place").select_option("ITA")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile("sheet=doses.*place=ITA"))
    page.get_by_role("link", name="Dashboards").click()
    page.get_by_role("link", name="COVID-19 at a glance").click()
    page.locator(".chart .main-svg").first.wait_for()
    assert person.faults() == []
