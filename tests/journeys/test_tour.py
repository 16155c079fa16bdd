"""The tour of the README, clicked through in Chromium; its screenshots are taken here.

They are written to docs/tour/ when PORTAL_TOUR is set (`make tour`), else to a folder of the test's own.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import chromium  # noqa: F401 - the browser, shared by these tests
from tests.journeys.conftest import House
from tests.journeys.people import colours

pytestmark = [pytest.mark.onprem, pytest.mark.browser, pytest.mark.alone]
TOUR = Path(__file__).parents[2] / "docs" / "tour"
WINDOW = {"width": 1280, "height": 800}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if os.environ.get("PORTAL_TOUR"):
        TOUR.mkdir(exist_ok=True)
        return TOUR
    return tmp_path


@pytest.fixture
def ada(house: House, chromium) -> Iterator[Page]:  # noqa: F811 - the fixture
    context = chromium.new_context(base_url=f"http://localhost:{house.stack.port}", viewport=WINDOW)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    password = re.search(r"^ +ada +(\S+)", house.stack.output, re.MULTILINE)
    page.goto("/")
    page.locator("input[name=username]").fill("ada")
    page.locator("input[name=password]").fill(password[1] if password else "")
    page.get_by_role("button", name="Sign in").click()
    yield page
    assert refused == []
    context.close()


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{fault['id']}: {node['html'][:100]}" for fault in found for node in fault["nodes"]]


def test_the_tour(house: House, ada: Page, folder: Path) -> None:
    blue, green = house.serving, house.other()
    number = house.ready(green)
    ada.goto("/")
    expect(ada.get_by_role("main")).to_contain_text(f"blue {blue}")
    ada.screenshot(path=folder / "fleet.png")
    assert faults(ada) == []

    ada.goto(f"/rollouts/{number}/")
    ada.locator("textarea[name=note]").first.fill("The preview looks right.")
    ada.get_by_role("button", name="Approve").click()
    ada.get_by_role("button", name="Promote").click()
    expect(ada.get_by_role("main")).to_contain_text("asked 10 %, seen 10 %", timeout=15_000)
    expect(ada.get_by_role("main")).to_contain_text("asked 50 %, seen 50 %", timeout=60_000)
    expect(ada.get_by_role("main")).to_contain_text("pass", timeout=30_000)
    ada.screenshot(path=folder / "rollout.png")
    assert faults(ada) == []

    ada.get_by_role("button", name="Roll back").click()
    assert colours(house.stack) == {blue}
    expect(ada.get_by_role("main")).to_contain_text("rolled back", timeout=15_000)


def test_the_bad_release(house: House, ada: Page, folder: Path) -> None:
    number = house.ready("1.2.0-bad")
    ada.goto(f"/rollouts/{number}/")
    ada.get_by_role("button", name="Approve").click()
    ada.get_by_role("button", name="Promote").click()
    expect(ada.get_by_role("main")).to_contain_text("with an error", timeout=60_000)
    expect(ada.get_by_role("main")).to_contain_text("rolled back", timeout=30_000)
    ada.screenshot(path=folder / "rolled-back.png")
    assert faults(ada) == []
