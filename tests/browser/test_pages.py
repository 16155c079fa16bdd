"""Every page in a real browser: nothing that axe finds, nothing refused by the policy, none wider than its screen."""

import re

import pytest
from django.db import transaction

from portal import clock
from portal.accounts.actors import MACHINE
from portal.accounts.permissions import Role
from portal.audit import ledger
from releases.models import Approval, Commit, Measurement, Rollout, SlotReading
from releases.rules.states import State
from tests import factories
from tests.browser.conftest import Reader
from tests.releases.views.conftest import environment, rollout

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCREENS = [
    {"color_scheme": "light"},
    {"color_scheme": "dark"},
    {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
    {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
]
PAGES = ["/", "/waiting/", "/freezes/", "/ledger/", "/accounts/profile/", "/accounts/password/", "/accounts/tokens/"]


def everything():
    """A fleet in which something serves, moves, waits, failed and is locked."""
    service = factories.service(slug="shop", name="shop with a rather long name for a narrow screen")
    moving = environment(service=service)
    blue = moving.serving
    type(blue).objects.filter(pk=blue.pk).update(configuration={"OLD": "1", "API_KEY": "x" * 60})
    made = rollout(State.SHIFTING, moving, asked=50, seen=10, step_since=clock.now())
    Commit.objects.create(
        release=made.release, position=0, sha="a" * 40, author="Dana", subject="Round it " * 9, at=clock.now()
    )
    for slot in ("blue", "green"):
        for number in range(9):
            SlotReading.objects.create(
                rollout=made, step_index=0, slot=slot, at=clock.now(), requests=number, errors=0, response_ms=80
            )
    Measurement.objects.create(
        rollout=made, step_index=0, measure="errors", unit="%", green=7.4, verdict="fail",
        sentence="Green answered 7.4 % of 203 requests with an error.", measured_at=clock.now(),
    )  # fmt: skip
    ready = rollout(State.READY, environment(locked_at=clock.now(), locked_by="Olga", lock_reason="Inventory"))
    Approval.objects.create(
        rollout=ready, release_digest=ready.release.digest, plan_digest=ready.plan_digest, decision="approved",
        decided_by=factories.user(), decided_at=clock.now(), expires_at=clock.now(), comment="Seen.",
    )  # fmt: skip
    over, stuck = rollout(State.ROLLED_BACK), rollout(State.ROLLBACK_FAILED, seen=50)
    with transaction.atomic():
        for number in range(60):
            entry = ledger.Entry("start", rollout_id=made.pk, to_state="deploying", sentence=f"row {number}")
            ledger.append(entry, by=MACHINE, now=clock.now())
    named = ["/services/shop/", "/services/shop/releases/1.1.0/", "/services/shop/environments/production/"]
    return [*named, *(f"/rollouts/{one.pk}/" for one in (made, ready, over, stuck))]


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_on_every_screen(reader, screen):
    addresses = [*PAGES, *everything()]
    person = reader(Role.APPROVER, Role.OPERATOR, Role.DEVELOPER, **screen)
    faults = {}
    for address in addresses:
        person.open(address)
        faults[address] = person.faults()
    assert {address: found for address, found in faults.items() if found} == {}


@pytest.mark.parametrize("screen", SCREENS[:2])
def test_pages_for_nobody_in_particular(chromium, live_server, screen):
    context = chromium.new_context(**screen)
    person = Reader(context, live_server.url)
    for address in ("/accounts/sign-in/", "/nothing/"):
        person.open(address)
        assert person.faults() == []
    context.close()


def test_one_click_rolls_back_without_javascript(reader):
    made = rollout(State.READY)
    page = reader(Role.APPROVER, java_script_enabled=False).open(f"/rollouts/{made.pk}/")
    page.get_by_role("button", name=re.compile("^Roll back")).click()
    assert "Rolling back: all traffic goes to blue." in page.content()
    assert Rollout.objects.get(pk=made.pk).requests.filter(verb="roll_back").exists()


def test_a_comment_survives_what_others_do_meanwhile(reader):
    made = rollout(State.READY)
    page = reader(Role.APPROVER).open(f"/rollouts/{made.pk}/")
    page.get_by_label("What you saw").fill("The map looks")
    other = factories.user(Role.APPROVER)
    Approval.objects.create(
        rollout=made, release_digest=made.release.digest, plan_digest=made.plan_digest, decision="approved",
        decided_by=other, decided_at=clock.now(), expires_at=clock.now(), comment="Fine by me.",
    )  # fmt: skip
    page.evaluate(f"htmx.trigger('#panel-approvals', 'sse:rollout-{made.pk}')")
    page.get_by_text("Fine by me.").wait_for()
    assert page.get_by_label("What you saw").input_value() == "The map looks"


def test_the_keyboard_reaches_the_way_back_first_after_the_menu(reader):
    made = rollout(State.SHIFTING, asked=10, seen=10)
    page = reader(Role.APPROVER).open(f"/rollouts/{made.pk}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "roll_back":
            return
    raise AssertionError("Six tabs after the content begins, Roll back was not reached.")


def test_older_rows_come_in_below(reader):
    everything()
    page = reader().open("/ledger/")
    assert page.locator(".events > li").count() == 51
    page.get_by_role("link", name="Older").click()
    page.get_by_text("row 0", exact=True).wait_for()
    assert page.locator(".events > li").count() == 60
