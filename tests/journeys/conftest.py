"""One whole Verdigris for all journeys, and its people. Each journey begins with nothing on its way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.journeys import people
from tests.journeys.people import PRODUCTION, Person
from tests.portal.stack import running
from tests.portal.stack.running import Stack, await_true

FIRST = 19550
ENDED = {"succeeded", "rolled_back", "rejected", "cancelled", "superseded"}


@dataclass
class House:
    """The running stack and everybody in it."""

    stack: Stack
    dora: Person
    ada: Person
    otto: Person

    @property
    def serving(self) -> str:
        answer = self.ada.client.get("/api/v1/environments/covid-insights/production/").raise_for_status()
        return str(answer.json()["serving"]["release"])

    def other(self) -> str:
        """A good version that doesn't serve now."""
        return "1.0.0" if self.serving == "1.1.0" else "1.1.0"

    def ready(self, version: str) -> int:
        """Opens a rollout and waits until green is up."""
        number = self.dora.open(version)
        self.ada.await_state(number, "ready")
        return number

    def promoted(self, version: str) -> int:
        """Green is up, approved, and has its first share."""
        number = self.ready(version)
        self.ada.on_rollout(number, "approve", note="It looks right.")
        self.ada.on_rollout(number, "promote")
        self.ada.await_state(number, "shifting")
        return number

    def settled(self) -> None:
        """Ends what is on its way, and lifts the lock that this leaves."""
        for rollout in self.ada.client.get("/api/v1/rollouts/?active=true").json()["results"]:
            self.otto.on_rollout(rollout["id"], "roll_back")
            self.ada.await_state(rollout["id"], *ENDED)
        if "Lift the lock" in self.otto.see(PRODUCTION):
            self.otto.press(f"{PRODUCTION}lift/", seen_on=PRODUCTION, note="The journey is over.")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    started = running.start(tmp_path_factory.mktemp("journeys"), FIRST)
    try:
        started.read_until("Ctrl-C stops everything.", limit_s=240)
        yield started
    finally:
        started.stop()
    assert running.left_behind(started.state_dir) == []


@pytest.fixture(scope="session")
def everybody(stack: Stack) -> Iterator[House]:
    await_true(lambda: stack.readiness()[0] == 200, limit_s=60, what="ready")
    house = House(stack, *(people.sign_in(stack, name) for name in ("dora", "ada", "otto")))
    yield house
    for person in (house.dora, house.ada, house.otto):
        person.client.close()


@pytest.fixture
def house(everybody: House) -> Iterator[House]:
    everybody.settled()
    yield everybody
    await_true(lambda: everybody.stack.readiness()[0] == 200, limit_s=60, what="ready again")


def sentence_of(page: str) -> str:
    """The page's text without its tags, for looking for a sentence in it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
