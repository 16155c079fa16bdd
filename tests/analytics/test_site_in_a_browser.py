"""The insights site in the system's Chromium: charts under the strict policy, nothing from elsewhere, axe."""

import threading
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import expect, sync_playwright

from analytics.operations import serving, snapshots
from analytics.sources.file import FileSource
from tests.analytics.conftest import NOW, owid_lines, quiet
from tests.chromium import ARGUMENTS, PATH

pytestmark = pytest.mark.browser
LISTEN = """document.addEventListener('securitypolicyviolation',
    (event) => console.error(`policy: ${event.violatedDirective} ${event.sourceFile}`))"""


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        """Says nothing in a test's output."""


@pytest.fixture
def shown(sample_state):
    """The state folder whose snapshots the site shows."""
    return sample_state


@pytest.fixture
def address(site, settings, shown):
    site(shown)
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


def test_a_day_is_reached_and_explained_by_keyboard(address, chromium):
    page = chromium.new_page()
    page.goto(f"{address}/country/ITA/?per=million")
    chart = page.locator(".chart[data-drawn]").first
    chart.wait_for()
    step = page.locator("figure .step").first
    chart.press("Home")
    first = date.fromisoformat(step.inner_text()[:10])
    chart.press("PageDown")
    chart.press("ArrowRight")
    on = first + timedelta(days=8)
    assert step.inner_text().startswith(f"{on}: each day ")
    chart.press("Enter")
    page.get_by_role("heading", name=f"New confirmed cases, 7-day mean per million, Italy, {on}").wait_for()
    assert page.locator(".explained").first.get_by_role("row").count() == 8


def test_the_map_keeps_to_the_policy_and_its_link_leads_back_to_the_day(address, chromium):
    page = chromium.new_page()
    complaints = []
    page.add_init_script(LISTEN)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/map/?measure=total_cases_per_million")
    page.locator(".map .choroplethlayer path").first.wait_for(state="attached")
    page.get_by_label("Day").press("PageDown")
    on = page.locator("#shown-day").inner_text()
    page.get_by_role("link", name="Link to this map").click()
    page.wait_for_url(f"**&on={on}")
    page.locator(".map .choroplethlayer path").first.wait_for(state="attached")
    assert page.locator("#shown-day").inner_text() == on
    assert complaints == []


def test_the_small_lines_are_kept_as_a_picture(address, chromium):
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{address}/multiples/?continent=Oceania")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    with page.expect_download() as kept:
        page.get_by_role("button", name="PNG").click()
    assert kept.value.suggested_filename == "new_cases_smoothed_per_million.png"
    assert kept.value.path().read_bytes().startswith(b"\x89PNG")


def test_the_small_lines_share_one_day(address, chromium):
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/multiples/?measure=new_cases&place=ITA&place=FJI")
    lines, italy = page.get_by_role("group", name="New confirmed cases"), page.locator("[data-iso=ITA]")
    with page.expect_response("**/series.json*"):
        lines.focus()
    expect(italy.locator(".when")).to_have_text("now")
    lines.press("ArrowDown")
    day = date.fromisoformat(page.locator(".step").inner_text().partition(":")[0])
    lines.press("PageUp")
    before = day - timedelta(days=7)
    said = f"on {before.day} {before:%b %Y}"
    expect(page.locator(".when")).to_have_text([said, said])
    expect(page.locator(".multiples line")).to_have_count(2)
    expect(page.locator(".step")).to_have_text(f"{before}: Italy {int(italy.locator('.value').inner_text()):,}")
    lines.press("Enter")
    expect(page.locator(".explained h3")).to_have_text(f"New confirmed cases, Italy, {before}")
    lines.press("ArrowDown")
    expect(page.locator(".step")).to_contain_text(": Fiji ")
    # The link leads back to that day.
    page.get_by_role("link", name="Link to this page").click()
    expect(page.locator(".when")).to_have_text([said, said])


def test_a_click_on_a_small_line_explains_its_day(address, chromium):
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/multiples/?measure=new_cases&place=ITA&place=FJI&from=2021-01-01&to=2021-01-31")
    svg = page.locator("[data-iso=FJI] svg")
    svg.click(position={"x": svg.bounding_box()["width"] / 2, "y": 20})
    expect(page.locator(".explained h3")).to_have_text("New confirmed cases, Fiji, 2021-01-16")
    assert "on=2021-01-16" in page.url


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
@pytest.mark.parametrize("path", ["/", "/country/ITA/", "/map/", "/topics/waves/", "/multiples/", "/quality/", "/nope"])
def test_axe_finds_nothing(address, chromium, path, scheme):
    page = chromium.new_context(color_scheme=scheme, bypass_csp=True).new_page()
    page.goto(address + path)
    if path not in ("/multiples/", "/quality/", "/nope"):
        page.locator(".chart .main-svg").first.wait_for(state="attached")
    found = Axe().run(page).response["violations"]
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []


class TestEarlierSnapshots:
    """A chart with its marks, and the same chart as it was known before."""

    @pytest.fixture
    def shown(self, state_dir, owid_file):
        first = owid_lines(days=40)
        for day, lines in enumerate(
            (first, [line.replace("-20,2000.0,100.0,", "-20,2000.0,180.0,") for line in first])
        ):
            file, now = FileSource(owid_file(lines, f"{day}.csv")), NOW + timedelta(days=day)
            made = snapshots.build([file], form="owid", state_dir=state_dir, now=now, progress=quiet)
            serving.serve(state_dir, made.dataset, revision=made.revision)
        return state_dir

    @pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
    def test_corrections_are_marked_said_and_gone_before_they_were_made(self, address, chromium, scheme, width):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto(f"{address}/compare/?measure=new_cases&place=ITA&place=FJI")
        page.locator(".comparison[data-marked='1']").wait_for()
        assert page.locator(".comparison .legendtext", has_text="rewritten").count() == 1
        page.get_by_text("1 correction (against the snapshot of 22 Nov 2026)").click()
        assert page.get_by_role("listitem").filter(has_text="Italy, 20 Jan 2021: 180, was 100").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert [one["id"] for one in Axe().run(page).response["violations"]] == []
        # Another scheme draws the chart anew; its marks stay.
        page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
        page.locator(".comparison .legendtext", has_text="rewritten").wait_for()
        page.get_by_role("navigation", name="As known on").get_by_role("link").first.focus()
        page.keyboard.press("Enter")
        page.get_by_label("About the snapshot").get_by_text("As known on 22 November 2026").wait_for()
        page.locator(".comparison[data-marked='0']").wait_for()
        assert page.locator("details.corrections").is_hidden()

    def test_a_places_own_charts_are_marked(self, address, chromium):
        page = chromium.new_page()
        page.goto(f"{address}/country/ITA/")
        cases = page.locator("figure", has=page.locator(".chart[data-what=cases]"))
        cases.locator(".chart[data-marked='1']").wait_for()
        cases.get_by_text("1 correction (against").click()
        assert cases.get_by_role("listitem").filter(has_text="Italy, 20 Jan 2021 to 26 Jan 2021").is_visible()
        deaths = page.locator(".chart[data-what=deaths][data-marked='0']")
        deaths.wait_for()
        # Another scheme draws the chart anew; its mark stays, and there is one.
        page.emulate_media(color_scheme="dark")
        expect(cases.locator(".scatterlayer .point")).to_have_count(1)

    def test_the_map_marks_the_days_country(self, address, chromium):
        page = chromium.new_page()
        page.goto(f"{address}/map/?measure=new_cases_smoothed_per_million&on=2021-01-26")
        assert page.locator("details.corrections summary", has_text="1 correction").inner_text()
        expect(page.locator(".map .scattergeo .point")).to_have_count(1)
        page.get_by_role("slider", name="Day").press("End")
        expect(page.locator(".map .scattergeo .point")).to_have_count(0)

    @pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
    def test_small_lines_are_marked_too(self, address, chromium, scheme, width):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto(f"{address}/multiples/?measure=new_cases&place=ITA&place=FJI")
        assert page.locator(".multiples .mark").count() == 1
        assert page.locator("[data-iso=ITA] .mark").count() == 1
        page.get_by_text("1 correction (against the snapshot of 22 Nov 2026)").click()
        assert page.get_by_role("listitem").filter(has_text="Italy, 20 Jan 2021: 180, was 100").is_visible()
        page.get_by_role("group").first.press("End")
        expect(page.locator(".multiples line")).to_have_count(2)
        picture = page.request.get(f"{address}/multiples.svg?measure=new_cases&place=ITA&place=FJI").text()
        assert picture.count("m0-4 4 4-4 4-4-4z") == 1
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert [one["id"] for one in Axe().run(page).response["violations"]] == []


@pytest.fixture
def elsewhere():
    """Will serve one page at an origin of its own, and give that origin and what sets its content."""
    shown = {}

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(shown.get("content", "").encode())

        def log_message(self, *args):
            """Says nothing in a test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", lambda content: shown.update(content=content)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("may_frame", [True, False])
def test_a_chart_stands_in_the_page_that_may_frame_it(address, chromium, settings, elsewhere, may_frame):
    origin, put = elsewhere
    allowed = origin if may_frame else "https://news.example.org"
    settings.SURFACE = "insights"
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"embed_origins": allowed})
    page = chromium.new_page()
    page.goto(f"{address}/compare/?measure=new_cases_smoothed&place=ITA")
    page.get_by_text("Embed", exact=True).click()
    put(page.get_by_label("This shows the chart in a page of yours").input_value())
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(origin)
    frame = page.frame_locator("iframe")
    if may_frame:
        frame.locator(".comparison .scatterlayer .js-line").first.wait_for(state="attached")
        assert "Italy" in frame.locator(".said").inner_text()
        assert refused == []
    else:
        page.wait_for_load_state("networkidle")
        assert frame.locator(".said").count() == 0
        assert any("frame-ancestors" in text for text in refused)
