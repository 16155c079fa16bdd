"""Many places at once: which ones, their lines, what is said of them, and the picture to keep."""

import re
from datetime import date
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import selectors
from analytics.insights import multiples
from analytics.insights.comparison import Ask, Series
from analytics.insights.corrections import Rewritten, TakenBack
from analytics.operations import shelf
from analytics.rules.measures.catalog import MEASURES

NAN = float("nan")
MEASURE = MEASURES["new_cases_smoothed"]


def drawn(*rows, is_same_scale=False):
    places = tuple(f"P{number:02}" for number in range(len(rows)))
    series = Series(date(2021, 1, 1), np.array(rows, dtype=float), (None,) * len(rows))
    ask = Ask(MEASURE, places)
    return multiples.panels(ask, series, {iso: iso.lower() for iso in places}, is_same_scale=is_same_scale), ask


def points(path):
    return [tuple(map(float, pair.split())) for pair in re.split("[ML]", path) if pair]


@pytest.fixture
def browser(site, sample_state):
    return site(sample_state)


def test_the_most_populous_stand_first_and_a_continent_has_all_of_its_countries(browser, sample_state):
    lake = selectors.lake(shelf.pointer(sample_state, "covid-cases"))
    by_people = "SELECT name FROM places WHERE kind = 'country' {} ORDER BY population DESC LIMIT {}"
    shown = re.compile(r'<a href="/country/[A-Z_]+/">([^<]+)</a>')
    expected = [name for (name,) in lake.rows(by_people.format("", 24))]
    assert shown.findall(browser.get("/multiples/").content.decode()) == expected
    oceania = [name for (name,) in lake.rows(by_people.format("AND continent = 'Oceania'", 60))]
    assert shown.findall(browser.get("/multiples/?continent=Oceania").content.decode()) == oceania


def test_the_whole_of_it_stands_in_the_address_and_in_the_numbers_address(browser):
    page = browser.get(
        "/multiples/?measure=total_deaths&place=ITA&place=FRA&from=2021-01-01&to=2021-02-01&heights=same"
    )
    text = page.content.decode()
    assert text.count('<svg viewBox="0 0 160 56"') == 2
    assert '<input type="hidden" name="place" value="ITA">' in text
    assert '<option value="same" selected>' in text
    query = "measure=total_deaths&amp;place=ITA&amp;place=FRA&amp;from=2021-01-01&amp;to=2021-02-01"
    assert f'href="/series.csv?{query}"' in text
    assert f'href="/compare/?{query}"' in text
    assert browser.get("/multiples/?measure=nonsense").status_code == 404


def test_the_picture_is_a_whole_svg_with_its_source(browser):
    answer = browser.get("/multiples.svg?continent=Oceania")
    assert answer["Content-Type"] == "image/svg+xml"
    root = ElementTree.fromstring(answer.content)  # noqa: S314 - our own site wrote it
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "New confirmed cases, 7-day mean per million"
    assert "Fiji" in texts
    assert "snapshot" in texts[-1]


def test_a_line_breaks_where_there_is_no_value():
    [panel], _ = drawn([1, 2, NAN, NAN, 5, 4])
    assert panel.path.count("M") == 2
    assert (panel.peak, panel.peak_on, panel.last) == (5, date(2021, 1, 5), 4)


def test_a_corrected_day_has_a_mark_on_its_line():
    places = ("P00", "P01")
    series = Series(date(2021, 1, 1), np.array([[0.0, 4, 2, NAN], [0, 1, 1, 2]]), (None, None))
    first, third, last = date(2021, 1, 1), date(2021, 1, 3), date(2021, 1, 4)
    corrected = [
        Rewritten(0, first, third, third, 9.0, 2.0),
        TakenBack(0, last, -5.0),
        TakenBack(1, third, -1.0),
        Rewritten(1, first, first, date(2020, 12, 31), 1.0, 2.0),
    ]
    names = dict.fromkeys(places, "name")
    panels = multiples.panels(Ask(MEASURE, places), series, names, is_same_scale=False, corrected=corrected)
    # A diamond on the first line, a triangle on the second; none where a line has no value, or hasn't begun.
    middle = (multiples.HEIGHT - 2) / 2
    across = f"{multiples.WIDTH * 2 / 3:.1f}"
    assert panels[0].marks == f"M{across} {1 + middle:.1f}{multiples.SHAPES[Rewritten]}"
    assert panels[1].marks == f"M{across} {1 + middle:.1f}{multiples.SHAPES[TakenBack]}"


def test_one_scale_for_all_or_each_its_own():
    (small, large), _ = drawn([0, 1], [0, 10])
    assert small.path == large.path
    (small, large), _ = drawn([0, 1], [0, 10], is_same_scale=True)
    assert points(large.path)[-1][1] == 1
    assert points(small.path)[-1][1] == pytest.approx(multiples.HEIGHT - 1 - 5.4, abs=0.05)


def test_what_is_said():
    panels, ask = drawn([0, 3, 1, 0], [1, 2, 9, 9], [NAN] * 4, [0, 0, 0, 0])
    highest = "p01 stood highest, 9.00 cases on 3 January 2021. "
    order = "Of 3 places p00 peaked first, on 2 January 2021, and p01 last, on 3 January 2021."
    assert multiples.sentence(ask, panels) == highest + order
    assert multiples.sentence(ask, []).startswith("There are no values of")


@given(st.lists(st.one_of(st.just(NAN), st.floats(-1e9, 1e9)), min_size=1, max_size=900))
def test_no_line_leaves_its_frame_and_the_newest_value_is_drawn(row):
    panels, _ = drawn(row)
    for panel in panels:
        for across, down in points(panel.path):
            assert -0.05 <= across <= multiples.WIDTH + 0.05
            assert 0.9 <= down <= multiples.HEIGHT - 0.9
        if not np.isnan(row[-1]) and len(row) > 1:
            assert points(panel.path)[-1][0] == multiples.WIDTH
