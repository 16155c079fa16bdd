"""The states of a rollout and the moves between them: one table, read by everything.

docs/states.md is generated from it.
"""

from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a rollout stands; the value is what the database keeps."""

    QUEUED = "queued"
    DEPLOYING = "deploying"
    READY = "ready"
    SHIFTING = "shifting"
    BAKING = "baking"
    FINISHING = "finishing"
    ROLLING_BACK = "rolling_back"
    ROLLBACK_FAILED = "rollback_failed"
    SUCCEEDED = "succeeded"
    ROLLED_BACK = "rolled_back"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class Move(StrEnum):
    """A step from one state to another; only `advance` makes one."""

    START = "start"
    DEPLOYED = "deployed"
    PROMOTE = "promote"
    SHIFTED = "shifted"
    BAKED = "baked"
    FINISHED = "finished"
    ROLL_BACK = "roll_back"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    RETRY = "retry"
    RESOLVE = "resolve"
    REJECT = "reject"
    CANCEL = "cancel"
    SUPERSEDE = "supersede"


TRANSITIONS = MappingProxyType(
    {
        (State.QUEUED, Move.START): State.DEPLOYING,
        (State.QUEUED, Move.CANCEL): State.CANCELLED,
        (State.QUEUED, Move.ROLL_BACK): State.CANCELLED,
        (State.QUEUED, Move.SUPERSEDE): State.SUPERSEDED,
        (State.DEPLOYING, Move.DEPLOYED): State.READY,
        (State.DEPLOYING, Move.ROLL_BACK): State.ROLLING_BACK,
        (State.DEPLOYING, Move.SUPERSEDE): State.SUPERSEDED,
        (State.READY, Move.PROMOTE): State.SHIFTING,
        (State.READY, Move.REJECT): State.REJECTED,
        (State.READY, Move.ROLL_BACK): State.ROLLING_BACK,
        (State.READY, Move.SUPERSEDE): State.SUPERSEDED,
        (State.SHIFTING, Move.SHIFTED): State.BAKING,
        (State.SHIFTING, Move.ROLL_BACK): State.ROLLING_BACK,
        (State.BAKING, Move.BAKED): State.FINISHING,
        (State.BAKING, Move.ROLL_BACK): State.ROLLING_BACK,
        (State.FINISHING, Move.FINISHED): State.SUCCEEDED,
        (State.FINISHING, Move.ROLL_BACK): State.ROLLING_BACK,
        (State.ROLLING_BACK, Move.ROLLED_BACK): State.ROLLED_BACK,
        (State.ROLLING_BACK, Move.FAILED): State.ROLLBACK_FAILED,
        (State.ROLLBACK_FAILED, Move.RETRY): State.ROLLING_BACK,
        (State.ROLLBACK_FAILED, Move.ROLL_BACK): State.ROLLING_BACK,
        (State.ROLLBACK_FAILED, Move.RESOLVE): State.ROLLED_BACK,
    }
)

ENDED = frozenset({State.SUCCEEDED, State.ROLLED_BACK, State.REJECTED, State.CANCELLED, State.SUPERSEDED})
# At most one of these per environment: the database holds it (models.rollout).
ACTIVE = frozenset(State) - ENDED - {State.QUEUED}
# Green may hold production traffic, so blue must be put back before anything else happens.
WITH_TRAFFIC = frozenset({State.SHIFTING, State.BAKING, State.FINISHING, State.ROLLING_BACK, State.ROLLBACK_FAILED})


def after(state: State, move: Move) -> State:
    """Will give the state that `move` leads to.

    Raises ValueError where the table has no such move.
    """
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        raise ValueError(f"A rollout that is {state} can't {move}.") from None


def moves_from(state: State) -> frozenset[Move]:
    """Will give every move that leaves `state`."""
    return frozenset(move for (origin, move) in TRANSITIONS if origin is state)
