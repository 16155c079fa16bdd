"""An analyst opens a notebook in the browser, and whatever dies under it, the work stays."""

import json
import os
import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.chromium import ARGUMENTS, PATH
from tests.journeys import labs, people
from tests.journeys.labs import PAGE, Lab
from tests.portal.stack.running import Stack, await_true

pytestmark = [pytest.mark.onprem, pytest.mark.alone]


@pytest.fixture
def lab(stack: Stack) -> Iterator[Lab]:
    ana = people.sign_in(stack, "ana")
    yield labs.open_lab(ana)
    ana.press("/notebooks/stop/", seen_on=PAGE)
    ana.client.close()
    assert labs.running_slots(stack) == []


def is_ready(stack: Stack) -> bool:
    try:
        return stack.readiness()[0] == 200
    except OSError:
        return False


@pytest.mark.browser
def test_from_the_portals_page_to_a_cell_that_ran(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> None:
    password = re.search(r"^ +ana +(\S+)", stack.output, re.MULTILINE)
    assert password
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PATH, args=ARGUMENTS)
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(f"http://localhost:{stack.port}/notebooks/")
        page.get_by_label("Username").fill("ana")
        page.get_by_label("Password").fill(password[1])
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Open a notebook").click()
        page.wait_for_url("**/jupyter/*/lab*", timeout=60_000)
        # Without the tabs of last time.
        page.goto(f"{page.url}?reset")
        page.locator(".jp-LauncherCard[data-category='Notebook']").first.click(timeout=60_000)
        expect(page.get_by_role("contentinfo")).to_contain_text("| Idle", timeout=60_000)
        cell = page.locator(".jp-Notebook .cm-content").first
        cell.click(timeout=60_000)
        page.keyboard.type("import covid; len(covid.sql('SELECT iso FROM places').pandas())")
        page.keyboard.press("Shift+Enter")
        expect(page.locator(".jp-OutputArea-output").last).to_contain_text(re.compile(r"^\d+$"), timeout=60_000)
        assert page.get_by_text("Would you like to get notified about official Jupyter news?").count() == 0
        page.screenshot(path=tmp_path_factory.mktemp("notebook") / "cell.png")
        page.goto(f"http://localhost:{stack.port}/notebooks/")
        page.get_by_role("button", name="Stop it").click()
        expect(page.get_by_text("Your notebook server is stopped.")).to_be_visible()
        browser.close()


def test_a_kernel_that_is_killed_takes_nothing_saved_with_it(lab: Lab) -> None:
    lab.save("kept.py", "kept")
    kernel = lab.kernel()
    assert lab.run(kernel, "held = 41") == ""
    channel = lab.channel(kernel)
    channel.send(labs.request("import os; os.kill(os.getpid(), 9)"))
    # Jupyter sees it, says so, and starts another in its place.
    while json.loads(channel.recv())["content"].get("execution_state") != "restarting":
        pass
    channel.close()
    assert lab.run(kernel, "print(held)") == "NameError"
    assert lab.get("api/contents/work/kept.py").json()["content"] == "kept"


def test_a_server_that_is_killed_comes_back_with_the_files(lab: Lab, stack: Stack) -> None:
    lab.save("kept.py", "kept")
    before = stack.pid_of(f"notebook-{lab.slot}")
    os.kill(before, signal.SIGKILL)
    await_true(lambda: stack.pid_of(f"notebook-{lab.slot}") not in {0, before}, limit_s=30, what="started again")
    await_true(lambda: lab.get("api/me").status_code == 200, limit_s=60, what="answers again")
    assert lab.get("api/contents/work/kept.py").json()["content"] == "kept"


def test_the_portal_starts_again_and_the_kernel_goes_on(lab: Lab, stack: Stack) -> None:
    kernel = lab.kernel()
    assert lab.run(kernel, "held = 41") == ""
    for name in ("web-a", "web-b", "haproxy"):
        os.kill(stack.pid_of(name), signal.SIGKILL)
    await_true(lambda: is_ready(stack), limit_s=60, what="the portal is back")
    await_true(lambda: lab.get("api/me").status_code == 200, limit_s=30, what="it knows its person again")
    assert lab.run(kernel, "print(held + 1)") == "42"
    assert lab.run(kernel, "import covid; print(len(covid.sql('SELECT iso FROM places').pandas()))").endswith("40")


def test_a_server_that_ended_gives_its_slot_back(lab: Lab, stack: Stack) -> None:
    stack.supervisor.call("stopProcess", f"notebook-{lab.slot}")
    assert b"Your notebook server does not run" in lab.get("lab").content
    await_true(lambda: "None runs for you" in lab.person.see(PAGE), limit_s=60, what="the slot is free")
