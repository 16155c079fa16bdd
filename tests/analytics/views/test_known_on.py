"""Pages as they were known at an earlier snapshot, the axis on which the snapshots stand, and what was corrected."""

import gzip
import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.insights import known_on
from analytics.operations import serving, shelf, snapshots
from analytics.rules.snapshot import Snapshot
from analytics.sources.file import FileSource
from tests.analytics.conftest import NOW, owid_lines, quiet

CHART = "measure=new_cases&place=ITA&place=FJI"


@pytest.fixture
def bring(state_dir, owid_file):
    """Will import lines as they came in on a day, and let them serve unless they are only a candidate."""

    def build(lines, day, *, serves=True):
        file = FileSource(owid_file(lines, f"{day}.csv"))
        now = NOW + timedelta(days=day)
        made = snapshots.build([file], form="owid", state_dir=state_dir, now=now, progress=quiet)
        if serves:
            serving.serve(state_dir, made.dataset, revision=made.revision)
        return made.revision

    return build


def italy(lines, day, cases, total="{}.0"):
    """The same lines with another count of new cases in Italy on one day of January 2021."""
    was = f"ITA,Europe,Italy,2021-01-{day:02},{day * 100}.0,100.0,"
    now = f"ITA,Europe,Italy,2021-01-{day:02},{total.format(day * 100)},{cases},"
    assert any(line.startswith(was) for line in lines)
    return [line.replace(was, now) for line in lines]


@pytest.fixture
def three(bring):
    """Each corrects the one before: the 3rd of January; then the 4th and 5th, and the 8th by a count taken back."""
    first = owid_lines(days=10)
    second = italy(first, 3, "140.0")
    third = italy(italy(italy(owid_lines(days=11), 3, "140.0"), 4, "90.0"), 5, "20.0")
    return bring(first, 0), bring(second, 1), bring(italy(third, 8, "-7.0", total="693.0"), 9)


def read(answer):
    packed = answer.get("Content-Encoding") == "gzip"
    return json.loads(gzip.decompress(answer.content) if packed else answer.content)


def test_every_page_stands_on_the_axis_of_its_snapshots(site, state_dir, three):
    browser = site(state_dir)
    for path in ("/", "/country/ITA/", "/map/", f"/compare/?{CHART}", "/topics/waves/", "/quality/"):
        page = browser.get(path).content.decode()
        assert page.count("<circle") == 3, path
        assert page.count("· serves now</title>") == 1, path
        assert "<strong>As known on" not in page


def test_a_page_as_known_before_shows_what_was_known_and_keeps_to_it(site, state_dir, three):
    browser = site(state_dir)
    first, second, third = three
    page = " ".join(browser.get(f"/country/ITA/?as_of={second}").content.decode().split())
    assert "<strong>As known on 23 November 2026, 12:00 UTC.</strong>" in page
    assert f'data-figure="/figures/ITA.json?as_of={second}"' in page
    assert f'href="/compare/?as_of={second}"' in page
    assert f'href="?as_of={second}&amp;per=million"' in page
    assert f'href="/country/ITA/?as_of={first}" rel="prev"' in page
    assert 'href="/country/ITA/" rel="next"' in page
    shown = {revision: read(browser.get(f"/figures/ITA.json?as_of={revision}")) for revision in three}
    assert [shown[one]["cases"]["new"][2] for one in three] == [100, 140, 140]
    assert [shown[one]["cases"]["new"][4] for one in three] == [100, 100, 20]
    assert read(browser.get("/figures/ITA.json"))["snapshot"] == third


def test_one_snapshot_alone_has_no_axis_and_a_candidate_is_not_known_yet(site, state_dir, bring):
    bring(owid_lines(), 0)
    browser = site(state_dir)
    assert "known-on" not in browser.get("/").content.decode()
    candidate = bring(italy(owid_lines(), 2, "50.0"), 1, serves=False)
    serving.show_green(state_dir, "covid-cases", revision=candidate)
    assert "known-on" not in browser.get("/").content.decode()
    # The green copy, which an approver looks at, shows both.
    green = site(state_dir, snapshot=shelf.pointer(state_dir, "covid-cases", shelf.CANDIDATE))
    assert green.get("/").content.decode().count("<circle") == 2


def test_what_an_earlier_snapshot_had_otherwise_is_marked(site, state_dir, three):
    found = read(site(state_dir).get(f"/corrections.json?{CHART}"))
    assert found["before"]["revision"] == three[1]
    rewritten = [one for one in found["corrections"] if one["kind"] == "rewritten"]
    told = [(one["place"], one["first"], one["last"], one["on"], one["was"], one["now"]) for one in rewritten]
    assert told == [
        ("Italy", "2021-01-04", "2021-01-05", "2021-01-05", 100, 20),
        ("Italy", "2021-01-08", "2021-01-08", "2021-01-08", 100, -7),
    ], "the 11th is news, no correction, and the 3rd was corrected before"
    [taken] = [one for one in found["corrections"] if one["kind"] == "taken back"]
    assert (taken["place"], taken["on"], taken["value"]) == ("Italy", "2021-01-08", -7)
    assert found["more"] == 0


def test_the_first_snapshot_has_nothing_to_be_compared_with(site, state_dir, three):
    found = read(site(state_dir).get(f"/corrections.json?{CHART}&as_of={three[0]}"))
    assert (found["before"], found["corrections"]) == (None, [])


def test_a_value_that_was_missing_is_a_correction_too(site, state_dir, bring):
    bring(italy(owid_lines(), 6, ""), 0)
    bring(owid_lines(), 1)
    [one] = read(site(state_dir).get("/corrections.json?measure=new_cases&place=ITA"))["corrections"]
    assert (one["on"], one["was"], one["now"]) == ("2021-01-06", None, 100)


def test_only_so_many_are_listed_and_the_rest_is_counted(site, state_dir, bring):
    first = owid_lines(days=200)
    every_other = [
        line.replace("0.0,100.0,", "0.0,130.0,") if number % 2 else line for number, line in enumerate(first)
    ]
    bring(first, 0)
    bring(every_other, 1)
    found = read(site(state_dir).get("/corrections.json?measure=new_cases&place=ITA"))
    assert (len(found["corrections"]), found["more"]) == (60, 40)


def snapshot(number, at):
    return Snapshot("d", f"{number:012x}", "", "", "", at, 1, 1, None, None, "", "", "", False, 0, 0)


@given(st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1)), min_size=2, max_size=60), st.data())
def test_marks_stand_in_order_apart_and_within_the_axis(times, data):
    all_of_them = [snapshot(number, at) for number, at in enumerate(times)]
    shown = data.draw(st.sampled_from(all_of_them)).revision
    found = known_on.axis(all_of_them, shown=shown, serving=all_of_them[0].revision)
    places = [mark.x for mark in found.marks]
    assert [mark.snapshot.revision for mark in found.marks if mark.is_shown] == [shown]
    assert len(places) == min(len(times), known_on.MOST)
    assert all(later - earlier >= known_on.LEAST_GAP - 0.02 for earlier, later in pairwise(places))
    assert places[0] >= known_on.MARGIN
    assert places[-1] <= 100 - known_on.MARGIN + 0.02
