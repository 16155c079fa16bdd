"""HAProxy as it really behaves: switches under load, reloads, kills, and hands that meddle."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from releases.measures.base import Numbers, Slot
from releases.measures.haproxy import HAProxyMeasure
from releases.rules.observation import Health
from releases.targets.onprem import sides
from releases.targets.onprem.config import Side
from tests.contracts.load import Load
from tests.contracts.rigs import VISITORS, bring, release, until

pytestmark = pytest.mark.onprem
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("is_kept", [True, False])
def test_switching_under_load_fails_nobody(onprem, is_kept):
    release(onprem, "1")
    ref = bring(onprem, "2")
    with Load(onprem.stack.site.live.port, is_kept=is_kept) as load:
        for flip in range(60):
            onprem.target.shift(ref, 0 if flip % 2 else 100)
    assert load.failures == []
    assert load.counts["1"] > 20
    assert load.counts["2"] > 20


def test_after_the_acknowledgement_nobody_gets_the_other_colour(onprem):
    release(onprem, "1")
    ref = bring(onprem, "2")
    for flip in range(20):
        onprem.target.shift(ref, 0 if flip % 2 else 100)
        assert onprem.ask(VISITORS[flip]) == ("1" if flip % 2 else "2")


def test_a_new_visitor_gets_a_name_and_keeps_his_colour(onprem):
    release(onprem, "1")
    ref = bring(onprem, "2")
    onprem.target.shift(ref, 50)
    colours = Counter()
    for _ in range(40):
        _, headers, body = onprem.stack.get()
        cookie = headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        name = cookie.removeprefix("vid=").partition(";")[0]
        _, headers, again = onprem.stack.get(visitor=name)
        assert again == body
        assert "set-cookie" not in headers
        colours[body] += 1
    assert set(colours) == {"1", "2"}


@pytest.mark.parametrize("name", ["", "x" * 36, "../../etc", "0" * 35])
def test_a_name_that_is_none_is_replaced(onprem, name):
    release(onprem, "1")
    status, headers, _ = onprem.stack.get(headers={"Cookie": f"vid={name}"})
    assert status == 200
    assert headers["set-cookie"].startswith("vid=")


def test_the_header_shows_green_to_those_who_ask(onprem):
    release(onprem, "1")
    wish = {"X-Preview": "green"}
    assert onprem.stack.get(headers=wish)[0] == 503  # there is no green, and blue doesn't pass for it
    bring(onprem, "2")
    assert {onprem.stack.get(visitor=visitor, headers=wish)[2] for visitor in VISITORS[:20]} == {"2"}
    assert {onprem.stack.get(visitor=visitor)[2] for visitor in VISITORS[:20]} == {"1"}


def test_what_visitors_write_into_forwarding_headers_is_not_believed(onprem):
    release(onprem, "1")
    lies = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "https",
        "Forwarded": "for=6.6.6.6",
        "X-Real-Ip": "6.6.6.6",
    }
    said = onprem.stack.get("/about", headers=lies)[2]
    assert "6.6.6.6" not in said
    assert '"HTTP_X_FORWARDED_PROTO": "http"' in said


def test_a_reload_keeps_what_was_asked_and_fails_nobody(onprem):
    release(onprem, "1")
    ref = bring(onprem, "2")
    onprem.target.shift(ref, 30)
    before = [onprem.ask(visitor) for visitor in VISITORS]
    with Load(onprem.stack.site.live.port, "/count?id={id}", "POST") as load:
        for _ in range(3):
            onprem.stack.reload()
            seen = onprem.target.observe(ref)
            assert (seen.asked, seen.seen, seen.green, seen.blue) == (30, 30, Health.HEALTHY, Health.HEALTHY)
    assert load.failures == []
    assert [onprem.ask(visitor) for visitor in VISITORS] == before
    assert onprem.ask(VISITORS[0], is_preview=True) == "2"


def test_haproxy_killed_comes_back_with_what_was_asked(onprem):
    release(onprem, "1")
    ref = bring(onprem, "2")
    onprem.target.shift(ref, 30)
    before = [onprem.ask(visitor) for visitor in VISITORS]
    onprem.stack.kill_haproxy()
    until(onprem.stack.answers)
    seen = until(lambda: (look := onprem.target.observe(ref)).green is Health.HEALTHY and look)
    assert (seen.asked, seen.seen) == (30, 30)
    assert [onprem.ask(visitor) for visitor in VISITORS] == before


def test_a_fraction_set_by_hand_is_seen_as_drift(onprem):
    release(onprem, "1")
    ref = bring(onprem, "2")
    onprem.target.shift(ref, 30)
    points = sides.read(onprem.stack.site.folder).share_b * 100
    onprem.stack.runtime.set_map(onprem.stack.site.split_map, "share_b", str(points + 1))
    assert onprem.target.observe(ref).seen in {29, 31}


def test_copies_taken_out_by_hand_are_seen_and_put_back(onprem):
    release(onprem, "1")
    asked = sides.read(onprem.stack.site.folder)
    onprem.stack.runtime.tell(f"set server be_shop_{asked.blue}/{asked.blue}1 state maint")
    onprem.stack.runtime.tell(f"set server be_shop_{asked.blue}/{asked.blue}2 weight 0")
    seen = onprem.target.observe(None)
    assert seen.blue is Health.UNHEALTHY
    assert "by hand" in seen.message
    onprem.target.restore()
    until(lambda: onprem.target.observe(None).blue is Health.HEALTHY)
    rows = [row for row in onprem.stack.runtime.servers() if row["be_name"] == f"be_shop_{asked.blue}"]
    assert {(row["srv_admin_state"], row["srv_uweight"]) for row in rows} == {("0", "1")}


def test_a_slow_request_outlives_the_flip_and_the_cleaning(onprem):
    release(onprem, "1")
    ref = bring(onprem, "2")
    onprem.target.shift(ref, 100)
    with ThreadPoolExecutor() as pool:
        slow = [pool.submit(onprem.stack.get, "/slow?s=3", visitor=visitor) for visitor in VISITORS[:6]]
        until(lambda: sum(onprem.stack.traffic.see().in_flight.values()) == 6, what="six in flight")
        onprem.target.abort(ref)
        onprem.target.clean(ref)
        assert {onprem.ask(visitor) for visitor in VISITORS[:20]} == {"1"}
        assert [(one.result()[0], one.result()[2]) for one in slow] == [(200, "2")] * 6


def test_the_measure_counts_visitors_of_each_colour(onprem):
    release(onprem, "1")
    ref = bring(onprem, "2")
    measure = HAProxyMeasure(onprem.stack.site, onprem.stack.runtime)
    assert measure.read(now=NOW).readings[Slot.GREEN].requests == 0
    onprem.target.shift(ref, 30)
    got = Counter(onprem.ask(visitor) for visitor in VISITORS)
    for visitor in VISITORS[:10]:
        onprem.ask(visitor, is_preview=True)  # a look is no visit
    greens = [visitor for visitor in VISITORS if onprem.ask(visitor) == "2"]
    got += Counter(onprem.ask(visitor) for visitor in VISITORS)
    onprem.stack.get("/fail", visitor=greens[0])
    readings = until(lambda: (found := measure.read(now=NOW).readings)[Slot.GREEN].errors and found)
    assert readings[Slot.GREEN].requests == 3 * got["2"] // 2 + 1
    assert readings[Slot.BLUE].requests == 3 * got["1"] // 2
    assert (readings[Slot.GREEN].errors, readings[Slot.BLUE].errors) == (1, 0)
    assert readings[Slot.BLUE].response_ms is not None


def test_a_measure_of_nothing_has_no_slots(onprem):
    assert HAProxyMeasure(onprem.stack.site, onprem.stack.runtime).read(now=NOW) == Numbers()


def test_two_hands_at_once_end_in_one_truth(onprem):
    release(onprem, "1")
    ref = bring(onprem, "2")
    barrier = threading.Barrier(8)

    def shift(weight):
        barrier.wait()
        onprem.target.shift(ref, weight)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(shift, range(10, 90, 10)))
    seen = onprem.target.observe(ref)
    assert seen.asked == seen.seen
    assert onprem.stack.site.split_map.read_text() == f"share_b {sides.read(onprem.stack.site.folder).share_b * 100}\n"
    assert sides.read(onprem.stack.site.folder).share_of(Side.B) in range(101)
