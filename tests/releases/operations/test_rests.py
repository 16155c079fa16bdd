from datetime import UTC, datetime, timedelta

import pytest

from releases.operations.advance import rests
from releases.rules.observation import Capabilities
from releases.rules.plan import Plan, Step
from releases.rules.policy import Policy
from releases.rules.standing import Standing
from releases.rules.states import State

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FAR = Capabilities(look_every_s=5)


def standing(state, *, since_s=0.0, trouble="", can=FAR, wait_s=60, bake_s=60):
    began = NOW - timedelta(seconds=since_s)
    steps = Plan((Step(10, wait_s), Step(100)), bake_s=bake_s)
    return Standing(state, began, steps, Policy(), step_since=began, trouble=trouble, can=can)


@pytest.mark.parametrize(
    ("given", "pause_s"),
    [
        (standing(State.DEPLOYING), 5),
        (standing(State.READY), 15),
        (standing(State.READY, trouble="AWS is asked too often"), 10),
        (standing(State.SHIFTING), 5),
        (standing(State.SHIFTING, since_s=58), 2),
        (standing(State.SHIFTING, since_s=61), 5),
        (standing(State.BAKING, since_s=59), 1),
        (standing(State.ROLLING_BACK), 5),
    ],
)
def test_what_waits_is_looked_at_again_in_time(given, pause_s):
    assert rests.next_look(given, now=NOW) == NOW + timedelta(seconds=pause_s)


@pytest.mark.parametrize("state", list(State))
def test_what_is_at_hand_is_looked_at_by_every_tick(state):
    assert rests.next_look(standing(state, can=Capabilities(), wait_s=1), now=NOW) is None
