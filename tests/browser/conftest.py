"""Chromium, signed in, on a portal of the test's own."""

from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, sync_playwright

from portal.accounts.permissions import Role
from tests import factories
from tests.chromium import ARGUMENTS, PATH
from tests.releases.views.conftest import _static_files_without_a_manifest, signed_in  # noqa: F401


@pytest.fixture(scope="module")
def chromium():
    """One browser per module: while it is open, no other test of this process could run an event loop."""
    with pytest.MonkeyPatch.context() as patch:
        # Playwright runs its loop in this thread, which Django's guard would take for ours.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=PATH, args=ARGUMENTS)
            yield browser
            browser.close()


@dataclass
class Reader:
    """Somebody at a screen. `refused` is what the browser did not do because of the policy."""

    context: BrowserContext
    address: str
    page: Page = None
    refused: list = field(default_factory=list)

    def __post_init__(self):
        self.page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.refused.append(str(error)))

    def _hear(self, message):
        if "Content Security Policy" in message.text:
            self.refused.append(message.text)

    def open(self, path):
        self.page.goto(f"{self.address}{path}")
        return self.page

    def faults(self):
        """Will say what axe finds wrong on the page, and whether it is wider than the screen."""
        found = Axe().run(self.page).response["violations"]
        told = [f"{fault['id']}: {node['html'][:120]}" for fault in found for node in fault["nodes"]]
        wider = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return [*told, *self.refused, *([f"{wider} px too wide"] if wider > 0 else [])]


@pytest.fixture
def reader(chromium, live_server):
    """Will make a reader with roles; `how` is what Playwright's contexts take."""
    contexts = []

    def make(*roles: Role, user=None, **how):
        client = signed_in(user=user or factories.user(*roles))
        how = {"viewport": {"width": 1280, "height": 900}, **how}
        context = chromium.new_context(**how)
        value = client.cookies["verdigris_session"].value
        context.add_cookies([{"name": "verdigris_session", "value": value, "url": live_server.url}])
        contexts.append(context)
        return Reader(context, live_server.url)

    yield make
    for context in contexts:
        context.close()
