"""The insights site in the system's Chromium: charts under the strict policy, nothing from elsewhere, axe."""

import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import sync_playwright

from tests.chromium import ARGUMENTS, PATH

pytestmark = pytest.mark.browser
LISTEN = """document.addEventListener('securitypolicyviolation',
    (event) => console.error(`policy: ${event.violatedDirective} ${event.sourceFile}`))"""


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        """Says nothing in a test's output."""


@pytest.fixture
def address(site, settings, sample_state):
    site(sample_state)
    settings.WHITENOISE_USE_FINDERS = True
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet, connections_override={})
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PATH, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_charts_are_drawn_under_the_strict_policy_and_fit(address, chromium, scheme, width):
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    complaints, asked = [], []
    page.add_init_script(LISTEN)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/country/ITA/?per=million"):
        page.goto(address + path)
        page.locator(".chart[data-drawn]").nth(1).wait_for()
        chart = page.locator(".chart").first
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5)
        page.locator(".hoverlayer .legend").first.wait_for()
        before = page.locator(".chart .js-line").first.evaluate("line => getComputedStyle(line).stroke")
        page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
        page.locator(f".chart .js-line:not([style*='{before}'])").first.wait_for()
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert complaints == []
    assert {url.split("/")[2] for url in asked} == {address.split("/")[2]}


def test_the_site_reads_without_javascript(address, chromium):
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(address)
    page.get_by_label("Find a country").fill("oceania")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Fiji").click()
    page.get_by_role("link", name="Per million people").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Fiji"
    assert page.get_by_role("row").count() == 15


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/country/ITA/", "/nope"])
def test_axe_finds_nothing(address, chromium, path, scheme):
    page = chromium.new_context(color_scheme=scheme, bypass_csp=True).new_page()
    page.goto(address + path)
    if path != "/nope":
        page.locator(".chart[data-drawn]").nth(1).wait_for()
    found = Axe().run(page).response["violations"]
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []
