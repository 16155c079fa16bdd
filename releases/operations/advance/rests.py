"""How long nobody needs to look again at a rollout that waits: what stays below an outside API's rate limits."""

from datetime import datetime, timedelta

from releases.rules.observation import Capabilities
from releases.rules.standing import Standing
from releases.rules.states import State

# What waits for a person changes seldom, and what a person does is looked at at once.
WAITING_FACTOR = 3
TROUBLE_FACTOR = 2


def next_look(standing: Standing, *, now: datetime) -> datetime | None:
    """Will say when the tick looks again after a decision to wait; None is the next tick, as for targets at hand."""
    pause_s = rest_s(standing.state, standing.can)
    if not pause_s:
        return None
    if standing.trouble:
        pause_s = standing.can.look_every_s * TROUBLE_FACTOR
    elif standing.state in (State.SHIFTING, State.BAKING):
        pause_s = min(pause_s, max(_left_s(standing, now), 0))
    return now + timedelta(seconds=pause_s)


def rest_s(state: State, can: Capabilities) -> float:
    """Will say how long a rollout that waits in `state` may rest; 0 is until the next tick."""
    return can.look_every_s * (WAITING_FACTOR if state is State.READY else 1)


def _left_s(standing: Standing, now: datetime) -> float:
    """Seconds to the end of the step or the bake; when they are over, the usual pause counts."""
    held_s = standing.plan.bake_s if standing.state is State.BAKING else standing.step.wait_s
    left_s = held_s - standing.seconds_in_step(now)
    return left_s if left_s > 0 else standing.can.look_every_s
