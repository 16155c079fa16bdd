"""What a promotion on this machine will ask HAProxy, and what would stop it."""

from collections.abc import Sequence

from releases.rules.foresight import Finding, Foresight, PlannedCall
from releases.rules.observation import Health
from releases.targets.onprem.config import Side, Site
from releases.targets.onprem.haproxy.config import SPLIT_KEY
from releases.targets.onprem.view import View


def of(site: Site, side: Side, weights: Sequence[int], *, green: View, blue: View) -> Foresight:
    """Will list the map's values one after the other, and how both sides do."""
    shifts = (
        PlannedCall("haproxy:set map", f"{site.split_map.name} {SPLIT_KEY} {_basis_points(side, weight)}: {weight} %")
        for weight in weights
    )
    finish = PlannedCall("sides.json", f"side {side} becomes blue, side {side.other} stays warm")
    return Foresight((*shifts, finish), (_green(side, green), _blue(side.other, blue)))


def _basis_points(side: Side, weight: int) -> int:
    return weight * 100 if side is Side.B else 10_000 - weight * 100


def _green(side: Side, view: View) -> Finding:
    return Finding("green", f"Green, side {side}: {view.sentence}", is_good=view.health is Health.HEALTHY)


def _blue(side: Side, view: View) -> Finding:
    # A first release has no blue, and a sick blue is a reason to promote rather than against it.
    is_good = view.health in (Health.HEALTHY, Health.ABSENT)
    return Finding("blue", f"Blue, side {side}: {view.sentence}", is_good=is_good, is_blocking=False)
