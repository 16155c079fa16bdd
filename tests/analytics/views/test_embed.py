"""Charts that stand in pages elsewhere: only at addresses that the site signed, only in the pages that are set."""

import html
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from pydantic import ValidationError

from portal.configuration import Configuration

NEWS = "https://news.example.org https://other.example.org:8443"
CHART = "/compare/?measure=new_deaths_smoothed&place=ITA&place=FRA&from=2021-01-01&scale=log"


@pytest.fixture
def browser(site, sample_state, settings):
    def browse(origins=NEWS):
        settings.SURFACE = "insights"
        return site(sample_state, embed_origins=origins)

    return browse


def offered(page):
    """Will give the addresses of the frames that a page offers, each within its site."""
    found = re.findall(r'<iframe src="([^"]+)"', html.unescape(page.content.decode()))
    return [html.unescape(one).removeprefix("http://testserver") for one in found]


def changed(address, change):
    query = change(dict(parse_qsl(urlsplit(address).query)))
    return f"/embed/chart/?{urlencode(query)}"


def test_the_frame_shows_the_chart_to_the_pages_that_are_set_and_to_no_other(browser):
    client = browser()
    [address] = offered(client.get(CHART))
    answer = client.get(address)
    assert answer.status_code == 200
    assert f"frame-ancestors {NEWS}" in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer
    page = answer.content.decode()
    assert page.count("data-series=") == 1
    assert 'data-scale="log"' in page
    assert "Italy" in page
    assert "<iframe" not in html.unescape(page)
    around = client.get(CHART)
    assert "frame-ancestors 'none'" in around["Content-Security-Policy"]
    assert around["X-Frame-Options"] == "DENY"


def test_every_chart_of_a_place_is_offered_too(browser):
    client = browser("*")
    addresses = offered(client.get("/country/ITA/?per=million"))
    assert len(addresses) == 2
    assert all(client.get(address).status_code == 200 for address in addresses)


@pytest.mark.parametrize(
    ("path", "drawn"),
    [
        ("/map/?measure=total_cases_per_million&on=2021-02-03", 'data-on="2021-02-03"'),
        ("/multiples/?measure=total_deaths&continent=Oceania&heights=same", "<svg viewBox"),
    ],
)
def test_the_map_and_the_small_lines_are_offered_too(browser, path, drawn):
    client = browser()
    [address] = offered(client.get(path))
    answer = client.get(address)
    assert answer.status_code == 200
    assert f"frame-ancestors {NEWS}" in answer["Content-Security-Policy"]
    page = answer.content.decode()
    assert drawn in page
    assert page.count("<h1>") == page.count("<iframe") == page.count("<nav") == 0
    # What is signed as one kind of chart is none of another.
    other = address.replace("/embed/map/", "/embed/chart/").replace("/embed/multiples/", "/embed/map/")
    assert client.get(other).status_code == 403


def test_the_order_of_its_parts_is_no_matter(browser):
    client = browser()
    [address] = offered(client.get(CHART))
    parts = parse_qsl(urlsplit(address).query)
    # The order of places is the order of lines; everything else may move.
    assert client.get(f"/embed/chart/?{urlencode(parts[::-1])}").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda query: query | {"measure": "new_cases"},
        lambda query: query | {"as_of": "0123456789ab"},
        lambda query: query | {"signature": query["signature"][:-1]},
        lambda query: {name: value for name, value in query.items() if name != "signature"},
        lambda query: {},
    ],
    ids=["measure", "more", "cut", "unsigned", "nothing"],
)
def test_an_address_that_the_site_did_not_give_out_shows_no_chart(browser, change):
    client = browser()
    [address] = offered(client.get(CHART.replace("&place=FRA", "")))
    assert client.get(address).status_code == 200
    answer = client.get(changed(address, change))
    assert answer.status_code == 403
    assert "No chart stands at this address" in answer.content.decode()
    assert "data-series" not in answer.content.decode()


def test_another_key_ends_what_was_given_out(browser, settings):
    client = browser()
    [address] = offered(client.get(CHART))
    settings.EMBED_KEY = "another"
    assert client.get(address).status_code == 403


def test_without_pages_that_may_nothing_is_offered_and_nothing_framed(browser, settings):
    [address] = offered(browser().get(CHART))
    closed = browser("")
    assert offered(closed.get(CHART)) == []
    assert closed.get(address).status_code == 404
    # The portal's own pages are for people who signed in: nobody else could see a frame of them.
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"embed_origins": NEWS})
    settings.SURFACE = "portal"
    assert offered(closed.get(CHART)) == []


@pytest.mark.parametrize(
    "wrong", ["news.example.org", "https://a.example; script-src *", "https://a.example,https://b.example"]
)
def test_what_is_no_list_of_origins_is_refused_at_the_start(wrong):
    with pytest.raises(ValidationError, match="embed_origins"):
        Configuration(embed_origins=wrong)
