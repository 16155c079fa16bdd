"""`make run-aws`: a person without an account promotes through CodeDeploy, looks at both colours, and goes back.

The account's time runs ten times as fast, for its tasks start no sooner than on AWS.
"""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from portal.configuration import BASE_DIR
from tests.journeys import people
from tests.journeys.conftest import sentence_of
from tests.journeys.people import PRODUCTION, Person
from tests.portal.stack import running
from tests.portal.stack.running import Stack, await_true

pytestmark = [pytest.mark.onprem, pytest.mark.alone]
FIRST = 19700
SPEED = 10


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    state_dir = tmp_path_factory.mktemp("rehearsal")
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator.stage.rehearsal"],
        cwd=BASE_DIR,
        env=running.environment(state_dir, FIRST),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    started = Stack(process, state_dir, FIRST)
    try:
        account = re.search(r"account answers at (\S+)\.", started.read_until("next start.", limit_s=60))
        assert account
        httpx.post(f"{account[1]}/simulator/clock", json={"speed": SPEED}).raise_for_status()
        started.read_until("Ctrl-C stops everything.", limit_s=240)
        yield started
    finally:
        # The terminal's Ctrl-C goes to the portal too; here only the first process hears of it.
        assert started.stop(signal.SIGTERM) == 0
    assert running.left_behind(state_dir) == []


def opened(page: str, colour: str) -> str:
    """Where the page's "Open green" or "Open blue" leads."""
    found = re.search(rf'href="([^"]+)"\s+rel="noopener"><span class="slot {colour}">Open {colour}</span>', page)
    assert found
    return found[1]


def version_behind(address: str) -> str:
    answer = httpx.get(f"{address}version", timeout=120).raise_for_status()
    return str(answer.json()["version"])


def waiting(ada: Person) -> int:
    """The rollout of 1.1.0 to production, once it waits for somebody."""
    found = ada.client.get("/api/v1/rollouts/?active=true").json()["results"]
    ours = [one for one in found if (one["environment"], one["release"]) == ("production", "1.1.0")]
    return int(ours[0]["id"]) if ours and ours[0]["state"] == "ready" else 0


def test_green_is_looked_at_promoted_and_taken_back(rehearsal: Stack) -> None:
    ada = people.sign_in(rehearsal, "ada")
    await_true(lambda: waiting(ada), limit_s=240, what="1.1.0 is ready in production")
    number = waiting(ada)
    page = ada.see(f"/rollouts/{number}/")
    green, blue = opened(page, "green"), opened(page, "blue")
    assert (version_behind(green), version_behind(blue)) == ("1.1.0", "1.0.0")
    assert "codedeploy:ContinueDeployment" in page

    ada.on_rollout(number, "approve", note="The preview looks right.")
    ada.on_rollout(number, "promote")
    ada.await_state(number, "baking", limit_s=120)
    assert version_behind(blue) == "1.1.0"

    ada.on_rollout(number, "roll_back", note="It was only a rehearsal.")
    ada.await_state(number, "rolled_back", limit_s=120)
    assert version_behind(blue) == "1.0.0"
    assert "1.0.0" in sentence_of(ada.see(PRODUCTION))
