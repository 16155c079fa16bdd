"""Runs in the system's Chromium: figures alive in their frame, a notebook's own scripts dead, axe."""

import os

import pytest

from notebooks.operations import shares
from portal import clock
from portal.accounts import actors
from tests.browser.conftest import _static_files_without_a_manifest, chromium, reader  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("state_dir")]
FIGURE = {"data": [{"type": "scatter", "x": [1, 2], "y": [3, 4]}], "layout": {"title": {"text": "A figure"}}}
EVIL = "<b id='told'>untouched</b><script>document.getElementById('told').textContent = 'script ran'</script>"


@pytest.fixture
def run(ended):
    return ended({"application/vnd.plotly.v1+json": FIGURE}, {"text/html": EVIL})


@pytest.fixture
def ana_reads(reader, ana):  # noqa: F811 - a fixture
    return reader(user=ana)


def cells(page):
    frame = page.frame_locator("iframe.notebook").first
    frame.locator(".figure .main-svg").first.wait_for()
    return frame


def test_a_figure_lives_and_a_script_of_the_notebook_does_not(run, ana_reads):
    page = ana_reads.open(f"/notebooks/runs/{run.token}/")
    frame = cells(page)
    assert frame.locator("#told").text_content() == "untouched"
    assert frame.locator(".gtitle").first.text_content() == "A figure"
    page.wait_for_function("document.querySelector('iframe.notebook').style.height.endsWith('px')")
    inside = page.frames[-1]
    assert inside.evaluate("origin") == "null"
    assert inside.evaluate("fetch('/notebooks/whoami').then(() => 'went', () => 'kept')") == "kept"
    ana_reads.refused.clear()


def test_a_shared_run_is_seen_by_whoever_holds_the_link(run, ana, chromium, live_server):  # noqa: F811 - a fixture
    made = shares.share(run, days=1, by=actors.from_user(ana), now=clock.now())
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{live_server.url}/notebooks/shared/{shares.signed(made)}/")
    assert cells(page).locator(".gtitle").first.text_content() == "A figure"
    context.close()


@pytest.mark.parametrize("address", ["runs/", "runs/new/waves/", "runs/{token}/"])
def test_pages_have_no_faults(run, ana_reads, address):
    page = ana_reads.open(f"/notebooks/{address.format(token=run.token)}")
    if "token" in address:
        cells(page)
        # Refusing the notebook's script is what the policy is for.
        ana_reads.refused.clear()
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{address.split('/')[1] or 'list'}.png", full_page=True)
    assert ana_reads.faults() == []
