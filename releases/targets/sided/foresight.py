"""What a promotion between two sides will call, and what would stop it."""

from collections.abc import Mapping

from releases.rules.foresight import Finding, PlannedCall
from releases.rules.observation import Health
from releases.targets.sided.note import Move, Side
from releases.targets.sided.places.base import Place, Standing


def finish(name: str, side: Side) -> PlannedCall:
    """Will say what ends it."""
    return PlannedCall("note", f"{name}: side {side} becomes blue, side {side.other} stays as it is")


def of_sides(green: Side, candidate: Standing, blue: Standing, places: Mapping[Side, Place]) -> tuple[Finding, ...]:
    """Will say how both sides do."""
    found = f"Green, {places[green].foresee()}: {_told(candidate)}"
    # A first release has no blue, and a sick blue is a reason to promote rather than against it.
    is_good = blue.health in (Health.HEALTHY, Health.ABSENT)
    return (
        Finding("green", found, is_good=candidate.health is Health.HEALTHY),
        Finding("blue", f"Blue, {places[green.other].foresee()}: {_told(blue)}", is_good=is_good, is_blocking=False),
    )


def pending(move: Move | None, *, is_settled: bool) -> Finding:
    """Will say whether an earlier move is still on its way."""
    if is_settled or move is None:
        return Finding("pending", "No earlier move is on its way", is_good=True)
    sentence = f"The move of {move.at:%H:%M:%S} UTC has not reached everybody yet"
    return Finding("pending", sentence, is_good=False, is_blocking=False)


def _told(standing: Standing) -> str:
    return f"{standing.health}. {standing.message}" if standing.message else str(standing.health)
