"""What people do with a release, with real copies, HAProxy, Redis and a worker."""

import httpx
import pytest

from tests.journeys.conftest import House, sentence_of
from tests.journeys.people import PRODUCTION, colours, sign_in
from tests.portal.stack.running import await_true

pytestmark = [pytest.mark.onprem, pytest.mark.alone]


def test_green_is_looked_at_approved_promoted_and_then_serves(house: House) -> None:
    blue, green = house.serving, house.other()
    number = house.ready(green)
    assert colours(house.stack) == {blue}
    preview = httpx.get(f"http://127.0.0.1:{house.stack.port + 2}/version").json()
    by_header = httpx.get(f"http://127.0.0.1:{house.stack.port + 1}/version", headers={"X-Preview": "green"}).json()
    assert preview["version"] == by_header["version"] == green
    refused = house.ada.on_rollout(number, "promote")
    assert "0 of 1 approvals" in sentence_of(refused.text)
    house.ada.on_rollout(number, "approve", note="The charts agree.")
    house.ada.on_rollout(number, "promote")
    house.ada.await_state(number, "succeeded", limit_s=150)
    assert house.serving == green
    assert colours(house.stack) == {green}


def test_one_click_takes_all_traffic_back_and_locks(house: House) -> None:
    blue = house.serving
    number = house.promoted(house.other())
    answer = house.dora.on_rollout(number, "roll_back", note="The charts are empty.")
    assert answer.status_code == 200
    assert colours(house.stack) == {blue}
    house.ada.await_state(number, "rolled_back")
    assert "The charts are empty." in sentence_of(house.ada.see(PRODUCTION))
    again = house.ready(house.other())
    house.ada.on_rollout(again, "approve")
    refused = house.ada.on_rollout(again, "promote")
    assert refused.status_code == 409
    assert "locked" in sentence_of(refused.text)


def test_after_success_the_way_back_is_one_click_too(house: House) -> None:
    blue, green = house.serving, house.other()
    number = house.promoted(green)
    house.ada.on_rollout(number, "skip")
    house.ada.await_state(number, "baking")
    house.ada.on_rollout(number, "skip")
    house.ada.await_state(number, "succeeded")
    house.otto.press(f"{PRODUCTION}roll-back/", seen_on=PRODUCTION, note="Wrong sums.")
    await_true(lambda: colours(house.stack, asks=5) == {blue}, limit_s=10, what="blue again")
    await_true(lambda: house.serving == blue, limit_s=30, what="recorded")


def test_a_release_that_fails_is_rolled_back_by_the_machine_which_says_why(house: House) -> None:
    blue = house.serving
    number = house.promoted("1.2.0-bad")
    rollout = house.ada.await_state(number, "rolled_back", limit_s=120)
    assert rollout["reason"]["code"] == "analysis_failed"
    assert "with an error" in sentence_of(house.ada.see(f"/rollouts/{number}/"))
    assert colours(house.stack) == {blue}
    house.otto.press(f"{PRODUCTION}lift/", seen_on=PRODUCTION, note="It was made to fail.")


def test_a_viewer_can_look_and_not_touch(house: House) -> None:
    vera = sign_in(house.stack, "vera")
    number = house.ready(house.other())
    vera.see(f"/rollouts/{number}/")
    assert vera.on_rollout(number, "promote").status_code == 403
    assert house.ada.rollout(number)["state"] == "ready"
